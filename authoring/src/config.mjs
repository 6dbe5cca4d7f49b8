// The settings, from the environment. Refuses to start without a folder of its own and a secret nobody guesses.
import { existsSync } from "node:fs";
import path from "node:path";

export const PREFIX = "/h5p-authoring";
const MB = 1024 * 1024;

export function readConfig(env) {
  const secret = (env.H5P_AUTHORING_SECRET || "").trim();
  if (secret.length < 32) throw new Error("H5P_AUTHORING_SECRET must be a secret of at least 32 characters");
  if (!env.H5P_AUTHORING_HOME) throw new Error("H5P_AUTHORING_HOME must name a folder of the service's own");
  const site = originOf(env.PUBLIC_URL || "http://127.0.0.1:8000");
  return {
    secret,
    site,
    home: path.resolve(env.H5P_AUTHORING_HOME),
    host: env.H5P_AUTHORING_HOST || "127.0.0.1",
    port: number(env.H5P_AUTHORING_PORT, 8010, "H5P_AUTHORING_PORT"),
    packageBytes: number(env.H5P_AUTHORING_PACKAGE_MB, 512, "H5P_AUTHORING_PACKAGE_MB") * MB,
    fileBytes: number(env.H5P_AUTHORING_FILE_MB, 64, "H5P_AUTHORING_FILE_MB") * MB,
    draftDays: number(env.H5P_AUTHORING_DRAFT_DAYS, 30, "H5P_AUTHORING_DRAFT_DAYS"),
    files: editorFiles(env.H5P_EDITOR_FILES),
  };
}

function originOf(url) {
  try {
    return new URL(url).origin;
  } catch {
    throw new Error(`PUBLIC_URL is no address: ${url}`);
  }
}

function number(text, fallback, name) {
  const value = text === undefined || text === "" ? fallback : Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`${name} must be a whole number`);
  return value;
}

// H5P's own editor is in no package registry. A folder that is named must hold it: half of it would be a page that
// stays empty.
function editorFiles(folder) {
  if (!folder) return null;
  const root = path.resolve(folder);
  for (const file of ["core/js/h5p.js", "core/js/jquery.js", "editor/scripts/h5peditor.js"]) {
    if (!existsSync(path.join(root, file))) {
      throw new Error(
        `H5P_EDITOR_FILES is ${root}, but ${file} is not there. It must hold core/ (h5p-php-library) and editor/ ` +
          "(h5p-editor-php-library); see authoring/README.md",
      );
    }
  }
  return root;
}
