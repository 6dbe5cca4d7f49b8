// Who may do what: short-lived tokens that the site signs. `<payload>.<signature>`, both base64url; the signature is
// HMAC-SHA256 over "h5p-authoring:" and the payload. Nothing here makes tokens.
import { createHmac, timingSafeEqual } from "node:crypto";

const ORGANISATION = /^[A-Za-z0-9_-]{0,64}$/;
const CONTENT = /^[A-Za-z0-9_-]{0,64}$/;
const USER = /^[A-Za-z0-9:_-]{1,80}$/;
const LANGUAGE = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;

// Returns {scope, org, user, name, content, exp}, or null for whatever is not a token of ours that still holds.
export function verify(secret, token, now = Date.now()) {
  const parts = typeof token === "string" && token.length < 2000 ? token.split(".") : [];
  if (parts.length !== 2) return null;
  const wanted = createHmac("sha256", secret).update(`h5p-authoring:${parts[0]}`).digest();
  const given = Buffer.from(parts[1], "base64url");
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null;
  let grant;
  try {
    grant = JSON.parse(Buffer.from(parts[0], "base64url").toString("utf8"));
  } catch {
    return null;
  }
  const good =
    grant !== null &&
    typeof grant === "object" &&
    ["manage", "edit"].includes(grant.scope) &&
    Number.isInteger(grant.exp) &&
    grant.exp * 1000 > now &&
    matches(ORGANISATION, grant.org) &&
    matches(USER, grant.user) &&
    matches(CONTENT, grant.content) &&
    matches(LANGUAGE, grant.language) &&
    // An editor's token is for one content.
    (grant.scope === "manage" || grant.content !== "");
  return good ? grant : null;
}

function matches(pattern, text) {
  return typeof text === "string" && pattern.test(text);
}
