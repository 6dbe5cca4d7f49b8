// The addresses of the service. Two kinds of callers, told apart by their tokens (tokens.mjs): the site, which manages
// contents with `Authorization: Bearer`, and a browser, whose token for one content stands in the path, since frames send
// no cookies and scripts, pictures and fonts no headers. Refuses everything else, and never says why a token is wrong.
import { createReadStream } from "node:fs";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { createWriteStream } from "node:fs";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { finished, pipeline } from "node:stream/promises";
import { Transform } from "node:stream";
import path from "node:path";
import express from "express";
import upload from "express-fileupload";
import { H5pError } from "@lumieducation/h5p-server";
import { PREFIX } from "./config.mjs";
import { page, pagePolicy } from "./page.mjs";
import { Shelves, base } from "./shelves.mjs";
import { verify } from "./tokens.mjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const JSON_BYTES = 8 * 1024 * 1024;
const HOUR_MS = 3_600_000;
// What H5P's editor asks for. Not among them: anything of the Hub, and bringing libraries.
const ASKED = new Set(["content-type-cache", "libraries"]);
const SENT = new Set(["libraries", "translations", "files", "filter"]);
const NO_HUB = { success: true, data: { levels: [], languages: [], licenses: [], disciplines: [] } };
const UBERNAME = /^[\w.]{1,255} \d{1,5}\.\d{1,5}$/;

export class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    Object.assign(this, { status, code });
  }
}

export function createApp(config) {
  const shelves = new Shelves(config);
  const incoming = path.join(config.home, "incoming");
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  app.use((request, response, next) => {
    response.set({ "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store" });
    next();
  });

  const root = express.Router();
  app.use(PREFIX, root);
  root.get("/health", (request, response) => {
    response.json({ status: "ok", service: "h5p-authoring", editor: config.files ? "h5p" : "form" });
  });
  const files = { index: false, dotfiles: "ignore", maxAge: HOUR_MS, setHeaders: openToFrames };
  root.use("/page", express.static(path.join(HERE, "..", "page"), files));
  if (config.files) {
    root.use("/core", express.static(path.join(config.files, "core"), files));
    root.use("/editor", express.static(path.join(config.files, "editor"), files));
  }
  root.use("/h5p", managing(config, shelves, incoming));
  root.use("/t/:token", editing(config, shelves, incoming));
  app.use((request, response) => response.status(404).json({ code: "not_found", message: "There is nothing here." }));
  app.use(refuse);

  return { app, sweep: () => Promise.all([shelves.sweep(), sweepIncoming(incoming)]) };
}

// What the site itself does, in the organisation its token names.
function managing(config, shelves, incoming) {
  const router = express.Router();
  router.use((request, response, next) => {
    const [kind, token] = (request.get("Authorization") || "").split(" ");
    const grant = kind === "Bearer" ? verify(config.secret, token) : null;
    if (grant?.scope !== "manage") throw new Refused(401, "not_signed", "This needs a token of the site.");
    open(request, shelves.of(grant.org), grant, { site: true });
    next();
  });
  const json = express.json({ limit: JSON_BYTES });
  const packed = received(incoming, config.packageBytes);

  // Everything that a package has, without its content.
  router.post("/libraries", packed, async (request, response) => {
    const done = await request.shelf.editor.uploadPackage(request.file, request.user, { onlyInstallLibraries: true });
    response.json({ installed: done.installedLibraries.map(installed) });
  });
  router.get("/libraries", async (request, response) => {
    const found = await request.shelf.editor.libraryManager.listInstalledLibraries();
    response.json({ libraries: Object.values(found).flat().map(described) });
  });
  // A content made of a package, libraries and files and all.
  router.post("/packages", packed, async (request, response) => {
    const { editor } = request.shelf;
    const came = await editor.uploadPackage(request.file, request.user);
    const main = came.metadata.preloadedDependencies.find((each) => each.machineName === came.metadata.mainLibrary);
    if (!main) throw new Refused(422, "no-main-library", "h5p.json does not name the version of its main library.");
    const library = `${main.machineName} ${main.majorVersion}.${main.minorVersion}`;
    const saved = await save(request, undefined, { library, params: came.parameters, metadata: came.metadata });
    response.status(201).json({ ...saved, library, metadata: came.metadata });
  });
  router.post("/new", json, async (request, response) => {
    response.status(201).json(await save(request, undefined, request.body));
  });
  router.get("/:id", async (request, response) => {
    const { params, library } = await content(request);
    response.json({ id: request.params.id, library, metadata: params.metadata, params: params.params });
  });
  // As Lumi's own examples have it: everything that an editor needs to be shown.
  router.get("/:id/edit", async (request, response) => {
    await content(request);
    const model = await request.shelf.editor.render(request.params.id, request.grant.language, request.user);
    response.json({ integration: model.integration, scripts: model.scripts, styles: model.styles });
  });
  router.patch("/:id", json, async (request, response) => {
    await content(request);
    response.json(await save(request, request.params.id, request.body));
  });
  router.get("/:id/package", async (request, response) => {
    await content(request);
    // Made whole before the first byte is sent: an error in the middle would be half a package under status 200.
    await mkdir(incoming, { recursive: true });
    const file = path.join(incoming, `${randomUUID()}.h5p`);
    try {
      const out = createWriteStream(file);
      const written = finished(out);
      await Promise.all([request.shelf.editor.exportContent(request.params.id, out, request.user), written]);
      response.set({ "Content-Type": "application/zip", "Content-Length": (await stat(file)).size });
      await pipeline(createReadStream(file), response);
    } finally {
      await rm(file, { force: true });
    }
  });
  router.delete("/:id", async (request, response) => {
    await content(request);
    await request.shelf.editor.deleteContent(request.params.id, request.user);
    response.status(204).end();
  });
  return router;
}

// What a browser does that edits one content.
function editing(config, shelves, incoming) {
  const router = express.Router({ mergeParams: true });
  router.use((request, response, next) => {
    const grant = verify(config.secret, request.params.token);
    if (grant?.scope !== "edit") throw new Refused(401, "not_signed", "This address has run out. Open the editor again.");
    open(request, shelves.of(grant.org), grant, { site: false });
    openToFrames(response);
    if (request.method === "OPTIONS") return response.status(204).end();
    base.run(`${PREFIX}/t/${request.params.token}`, next);
  });

  router.get("/", async (request, response) => {
    const origin = `${request.get("X-Forwarded-Proto") || request.protocol}://${request.get("Host")}`;
    response.set("Content-Security-Policy", pagePolicy(config, origin));
    response.type("html").send(await page(config, request));
  });
  router.post("/save", express.json({ limit: JSON_BYTES }), async (request, response) => {
    const { library } = await content(request, request.grant.content);
    // The list of types is the site's to give: an exercise stays of the type it was begun as, if perhaps in a newer version.
    if (String(request.body?.library).split(" ")[0] !== library.split(" ")[0]) throw new Refused(422, "other-type", "An exercise keeps its type.");
    response.json(await save(request, request.grant.content, request.body));
  });
  router.get("/params/:id", async (request, response) => {
    mine(request, request.params.id);
    response.json((await content(request)).params);
  });
  const parts = upload({
    useTempFiles: true,
    tempFileDir: incoming,
    createParentPath: true,
    limits: { fileSize: config.fileBytes, files: 1, fields: 20, fieldSize: JSON_BYTES },
    abortOnLimit: true,
  });
  const form = express.urlencoded({ extended: true, limit: JSON_BYTES });
  router.get("/ajax", async (request, response) => {
    // Asked for at every start, whether there is a Hub or not.
    if (request.query.action === "content-hub-metadata-cache") return response.json(NO_HUB);
    const { action, machineName, majorVersion, minorVersion } = known(request, ASKED);
    response.json(
      await request.shelf.ajax.getAjax(
        action, machineName, majorVersion, minorVersion, request.grant.language, request.user,
      ),
    );
  });
  router.post("/ajax", parts, form, express.json({ limit: JSON_BYTES }), async (request, response) => {
    const { action } = known(request, SENT);
    const file = request.files?.file;
    try {
      response.json(
        await request.shelf.ajax.postAjax(
          action, request.body ?? {}, request.grant.language, request.user,
          file && { mimetype: file.mimetype, name: file.name, size: file.size, tempFilePath: file.tempFilePath },
        ),
      );
    } finally {
      if (file) await rm(file.tempFilePath, { force: true });
    }
  });
  router.get("/libraries/:name/*file", async (request, response) => {
    await stream(response, await request.shelf.ajax.getLibraryFile(request.params.name, request.params.file.join("/")));
  });
  router.get("/content/:id/*file", async (request, response) => {
    mine(request, request.params.id);
    const wanted = [request.params.id, request.params.file.join("/"), request.user];
    await stream(response, await request.shelf.ajax.getContentFile(...wanted));
  });
  router.get("/temp-files/*file", async (request, response) => {
    await stream(response, await request.shelf.ajax.getTemporaryFile(request.params.file.join("/"), request.user));
  });
  return router;
}

function open(request, shelf, grant, { site }) {
  // A person's uploads lie under their name: it is a folder, too.
  const id = grant.user.replaceAll(":", "_");
  Object.assign(request, { shelf, grant, user: { id, name: "", email: "", type: "local", site } });
}

function mine(request, id) {
  if (id !== request.grant.content) throw new Refused(404, "not_found", "There is no such exercise.");
}

function known(request, actions) {
  if (!actions.has(request.query.action)) throw new Refused(403, "not_offered", "This is not offered here.");
  return request.query;
}

async function content(request, id = request.params.id) {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(id) || !(await request.shelf.contents.contentExists(id))) {
    throw new Refused(404, "not_found", "There is no such exercise.");
  }
  return request.shelf.editor.getContent(id, request.user);
}

// Stores params and metadata. H5P's own field names; the title is all of the metadata that must be there.
async function save(request, id, body) {
  const { library, params, metadata } = body ?? {};
  if (!UBERNAME.test(library ?? "") || !isObject(params) || typeof metadata?.title !== "string" || !metadata.title.trim()) {
    throw new Refused(422, "malformed", "library, params and metadata.title are needed.");
  }
  await mustBeThere(request.shelf, library);
  const kept = { license: "U", defaultLanguage: request.grant.language, ...metadata, title: metadata.title.trim() };
  const done = await request.shelf.editor.saveOrUpdateContentReturnMetaData(id, params, kept, library, request.user);
  return { id: String(done.id), metadata: done.metadata };
}

async function mustBeThere(shelf, library) {
  const [machineName, version] = library.split(" ");
  const [majorVersion, minorVersion] = version.split(".").map(Number);
  if (!(await shelf.editor.libraryManager.libraryExists({ machineName, majorVersion, minorVersion }))) {
    throw new Refused(422, "no-such-library", `${library} is not installed.`);
  }
}

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

// A package in the body, gathered in a file of its own that is gone when the answer is.
function received(folder, most) {
  return async (request, response, next) => {
    await mkdir(folder, { recursive: true });
    request.file = path.join(folder, `${randomUUID()}.h5p`);
    response.once("close", () => rm(request.file, { force: true }).catch(() => {}));
    let size = 0;
    // Read to its end even where it is too much: a connection that is cut tells nobody why.
    const bounded = new Transform({
      transform(chunk, encoding, done) {
        size += chunk.length;
        done(null, size > most ? undefined : chunk);
      },
    });
    await pipeline(request, bounded, createWriteStream(request.file, { flags: "wx", mode: 0o600 }));
    if (size > most) throw new Refused(413, "too_large", `A package may have ${most} bytes.`);
    next();
  };
}

// A file to the browser, by its own type and nothing else.
async function stream(response, { mimetype, stream: bytes, stats }) {
  response.set({ "Content-Type": mimetype, "Content-Length": stats.size, "Cache-Control": "private, max-age=300" });
  // A picture with a script in it, opened by its address, runs nothing.
  response.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox");
  await pipeline(bytes, response);
}

// Frames without an origin of their own ask across origins. Nothing here goes by cookies.
function openToFrames(response) {
  response.set({
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "content-type",
    "Cross-Origin-Resource-Policy": "cross-origin",
  });
}

function installed(result) {
  const { type, newVersion, oldVersion } = result;
  const name = newVersion ?? oldVersion ?? {};
  return { type, name: name.machineName, major: name.majorVersion, minor: name.minorVersion, patch: name.patchVersion };
}

function described(library) {
  const { machineName, majorVersion, minorVersion, patchVersion, title, runnable } = library;
  return {
    library: `${machineName} ${majorVersion}.${minorVersion}`,
    patch: patchVersion,
    title: title ?? machineName,
    runnable: Boolean(runnable),
  };
}

async function sweepIncoming(folder) {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const file = path.join(folder, name);
    const seen = await stat(file).catch(() => null);
    if (seen && seen.mtimeMs < Date.now() - HOUR_MS) await rm(file, { recursive: true, force: true });
  }
}

function refuse(error, request, response, next) {
  if (response.headersSent) return next(error);
  let status = error.status ?? error.statusCode ?? error.httpStatusCode ?? 500;
  let code = error.code ?? "failed";
  if (error instanceof H5pError || error?.errorId) {
    status = error.httpStatusCode >= 400 && error.httpStatusCode < 500 ? error.httpStatusCode : 422;
    code = error.errorId;
  } else if (/does not conform to schema/.test(error?.message)) {
    [status, code] = [422, "malformed"];
  }
  if (!Number.isInteger(status) || status < 400) status = 500;
  // Whatever went wrong inside stays inside: it names folders.
  if (status >= 500) console.error(error);
  const message = status >= 500 ? "The service failed; its log says more." : String(error.message).slice(0, 500);
  response.status(status).json({ code: String(code), message });
}
