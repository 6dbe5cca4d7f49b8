// Checks credentials with verifiers that others wrote: Digital Bazaar's for Data Integrity proofs and status lists, jose for JWT.
// Nothing is fetched: documents come from the folder or the requests, everything else is refused.
//
//   node verify.mjs FOLDER          an unpacked download: checks every credential in it and says what it found
//   node verify.mjs --serve         one JSON request a line on stdin, one JSON answer a line on stdout (the tests' way)

import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import { cryptosuite } from "@digitalbazaar/eddsa-rdfc-2022-cryptosuite";
import * as vc from "@digitalbazaar/vc";
import { checkStatus } from "@digitalbazaar/vc-bitstring-status-list";
import * as jose from "jose";

const contexts = new Map();

function loaderFor({ did, statusLists = {} }) {
  return async (url) => {
    const found = (document) => ({ contextUrl: null, documentUrl: url, document, tag: "static" });
    if (contexts.has(url)) return found(contexts.get(url));
    if (url in statusLists) return found(statusLists[url]);
    if (url === did.id) return found(did);
    const method = did.verificationMethod.find((item) => item.id === url);
    if (method) return found({ "@context": "https://w3id.org/security/multikey/v1", ...method });
    throw new Error(`not bundled: ${url}`);
  };
}

const reason = (error) =>
  [error?.name, error?.message, ...(error?.errors ?? []).map((inner) => inner.message)].filter(Boolean).join(": ");

async function checkCredential(request) {
  const documentLoader = loaderFor(request);
  const suite = new DataIntegrityProof({ cryptosuite });
  const options = { credential: request.credential, suite, documentLoader };
  if (request.now) options.now = new Date(request.now);
  if (request.credential.credentialStatus) {
    options.checkStatus = (given) => checkStatus({ ...given, documentLoader, suite, verifyBitstringStatusListCredential: true });
  }
  const answer = await vc.verifyCredential(options);
  if (!answer.verified) return { verified: false, reason: reason(answer.error ?? answer.statusResult?.error) };
  // The library says what the list says; that a set bit means "revoked" is for whoever asks to conclude.
  const revoked = (answer.statusResult?.results ?? []).some((item) => item.status);
  return { verified: !revoked, reason: revoked ? "revoked" : "" };
}

async function checkJwt(request) {
  const header = jose.decodeProtectedHeader(request.jwt);
  const { did } = request;
  const method = did.verificationMethod.find((item) => item.id === header.kid);
  if (!method || !did.assertionMethod.includes(method.id)) return { verified: false, reason: "no such key" };
  const key = await jose.importJWK(method.publicKeyJwk, "RS256");
  const options = { algorithms: ["RS256"], issuer: did.id, currentDate: request.now ? new Date(request.now) : undefined };
  const { payload } = await jose.jwtVerify(request.jwt, key, options);
  return { verified: true, reason: "", payload };
}

async function answer(request) {
  try {
    return await (request.jwt ? checkJwt(request) : checkCredential(request));
  } catch (error) {
    return { verified: false, reason: reason(error) };
  }
}

function readContexts(folder) {
  for (const [name, address] of Object.entries(ADDRESSES)) {
    contexts.set(address, JSON.parse(fs.readFileSync(path.join(folder, name), "utf8")));
  }
}

const ADDRESSES = {
  "credentials-v2.json": "https://www.w3.org/ns/credentials/v2",
  "open-badges-3.0.3.json": "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
  "clr-2.0.1.json": "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json",
  "did-v1.json": "https://www.w3.org/ns/did/v1",
  "multikey-v1.json": "https://w3id.org/security/multikey/v1",
};

async function checkFolder(folder) {
  const read = (name) => JSON.parse(fs.readFileSync(path.join(folder, name), "utf8"));
  const did = read("did.json");
  const statusLists = {};
  for (const name of fs.readdirSync(folder).filter((item) => item.startsWith("status-list"))) {
    const list = read(name);
    statusLists[list.id] = list;
  }
  let wrong = 0;
  for (const name of fs.readdirSync(folder, { recursive: true }).sort()) {
    const file = path.join(folder, name);
    let request = null;
    if (name.endsWith(".jwt")) request = { jwt: fs.readFileSync(file, "utf8").trim() };
    else if (name.startsWith(`credentials${path.sep}`) || name === "clr.json") request = { credential: read(name) };
    if (!request) continue;
    const found = await answer({ ...request, did, statusLists });
    if (!found.verified) wrong += 1;
    console.log(`${found.verified ? "verified" : "REFUSED "}  ${name}  ${found.reason}`);
  }
  process.exitCode = wrong ? 1 : 0;
}

const here = path.dirname(new URL(import.meta.url).pathname);
const beside = process.argv[2] === "--serve" ? null : path.join(process.argv[2], "contexts");
const ours = path.join(here, "..", "..", "creditbank", "credentials", "contexts");
readContexts(beside && fs.existsSync(beside) ? beside : ours);
if (process.argv[2] === "--serve") {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
  }
} else {
  await checkFolder(process.argv[2]);
}
