// The page in the frame. With H5P's own editor files (H5P_EDITOR_FILES) it is H5P's editor; without them a form that is
// made from the type's semantics, which needs no foreign script at all.
import { existsSync } from "node:fs";
import path from "node:path";
import { PREFIX } from "./config.mjs";
import { localized } from "./semantics.mjs";
import { WORDS } from "./words.mjs";

const escaped = (text) => String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
// JSON in a script element: no "<" can end it.
const inScript = (value) => JSON.stringify(value).replaceAll("<", "\\u003c");

export function pagePolicy(config, origin) {
  // H5P's editor builds frames of its own and reaches into them, for which it needs an origin: this one, which is not
  // the site's. The form needs none, and gets none.
  const sandbox = config.files
    ? "sandbox allow-scripts allow-forms allow-popups allow-modals allow-same-origin"
    : "sandbox allow-scripts allow-forms";
  const loose = config.files ? " 'unsafe-inline' 'unsafe-eval'" : "";
  return [
    "default-src 'none'",
    `script-src ${origin}${loose}`,
    `style-src ${origin}${config.files ? " 'unsafe-inline'" : ""}`,
    `img-src ${origin} data: blob:`,
    `media-src ${origin} data: blob:`,
    `font-src ${origin} data:`,
    `connect-src ${origin}`,
    // No service worker (those are never blobs): a library's script would answer for this origin after its page is closed.
    `worker-src ${config.files ? "blob:" : "'none'"}`,
    `frame-src ${config.files ? `${origin} blob:` : "'none'"}`,
    `base-uri ${config.files ? origin : "'none'"}`,
    "form-action 'none'",
    `frame-ancestors ${config.site}`,
    sandbox,
  ].join("; ");
}

export async function page(config, request) {
  const { shelf, grant, user } = request;
  const { params, library } = await shelf.editor.getContent(grant.content, user);
  const chinese = grant.language.toLowerCase().startsWith("zh");
  const model = {
    site: config.site,
    save: `${PREFIX}/t/${request.params.token}/save`,
    content: grant.content,
    library,
    metadata: params.metadata,
    params: params.params,
    words: WORDS[chinese ? "zh" : "en"],
  };
  if (config.files) {
    const rendered = await shelf.editor.render(grant.content, grant.language, user);
    return full(model, withStorage(withFonts(config, rendered)), chinese);
  }
  const [name, version] = library.split(" ");
  const [major, minor] = version.split(".");
  const data = await shelf.editor.getLibraryData(name, major, minor, grant.language.toLowerCase());
  return plain({ ...model, title: data.title, semantics: localized(data.semantics, data.language) }, chinese);
}

function head(model, chinese) {
  return `<!doctype html>
<html lang="${chinese ? "zh-CN" : "en"}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(model.metadata.title)}</title>
<link rel="stylesheet" href="${PREFIX}/page/form.css">`;
}

function bar(model) {
  const { words } = model;
  return `<div class="bar"><p id="said" role="status"></p>
<button type="button" id="save">${escaped(words.save)}</button>
<button type="button" id="finish" class="main">${escaped(words.finish)}</button></div>`;
}

function plain(model, chinese) {
  return `${head(model, chinese)}
<body>
<form id="form" novalidate></form>
${bar(model)}
<script type="application/json" id="model">${inScript(model)}</script>
<script src="${PREFIX}/page/saving.js"></script>
<script src="${PREFIX}/page/form.js"></script>`;
}

// Before any script of the editor, which is in this page and, from the same list, in a frame of its own.
function withStorage(rendered) {
  const script = `${PREFIX}/page/storage.js`;
  rendered.scripts.unshift(script);
  rendered.integration.editor.assets.js.unshift(script);
  return rendered;
}

// Newer cores keep their fonts, the icons among them, in a sheet of their own, which the server's list does not name.
function withFonts(config, rendered) {
  const sheet = "styles/h5p-fonts.css";
  if (existsSync(path.join(config.files, "core", sheet))) {
    rendered.integration.editor.assets.css.unshift(`${PREFIX}/core/${sheet}`);
  }
  return rendered;
}

function full(model, rendered, chinese) {
  const { params, ...rest } = model;
  return `${head(rest, chinese)}
${rendered.styles.map((url) => `<link rel="stylesheet" href="${escaped(url)}">`).join("\n")}
<body>
<div id="h5p-editor"></div>
${bar(model)}
<script>
// H5P's editor looks for itself in the page around it, which is the site's and not to be looked into.
window.Site = window.parent;
window.parent = window;
window.H5PIntegration = ${inScript(rendered.integration)};
</script>
${rendered.scripts.map((url) => `<script src="${escaped(url)}"></script>`).join("\n")}
<script type="application/json" id="model">${inScript({ ...rest, params })}</script>
<script src="${PREFIX}/page/saving.js"></script>
<script src="${PREFIX}/page/full.js"></script>`;
}
