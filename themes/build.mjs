// Builds themes/static from themes/src: one CSS file, one bundle per script in src/js, pictures, and what others
// wrote (H5P player, PDF fonts) with its licences. Leaves no half-built file: everything is made beside the
// folder and put in place at the end. `--watch` rebuilds on change, `--if-stale` does nothing when up to date.

import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { watch } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(here);
const src = path.join(here, "src");
const out = path.join(here, "static");
const modules = path.join(root, "node_modules");
const flags = new Set(process.argv.slice(2));
const stampFile = path.join(out, ".built");

// Old phones: Chrome 80 (2020) and Safari 13.1. Nesting is lowered for them.
const target = ["chrome80", "safari13.1", "firefox78", "es2019"];

async function filesUnder(folder) {
  const found = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await filesUnder(full)));
    else found.push(full);
  }
  return found.sort();
}

/** One string that changes when a source, the lock file or this script does. */
async function fingerprint() {
  const hash = createHash("sha256");
  const files = [...(await filesUnder(src)), path.join(root, "package-lock.json"), fileURLToPath(import.meta.url)];
  for (const file of files) {
    hash.update(path.relative(root, file));
    hash.update(await readFile(file));
  }
  return hash.digest("hex");
}

async function isFresh(print) {
  try {
    return (await readFile(stampFile, "utf8")) === print;
  } catch {
    return false;
  }
}

async function bundleCss(into) {
  const folder = path.join(src, "css");
  const areas = (await readdir(folder)).filter((name) => /^area-[a-z0-9-]+\.css$/.test(name)).sort();
  // print.css comes last, so that it has the last word.
  const contents = ["app.css", ...areas, "print.css"].map((name) => `@import "./${name}";`).join("\n");
  await esbuild.build({
    stdin: { contents, loader: "css", resolveDir: folder, sourcefile: "entry.css" },
    outfile: path.join(into, "rt/css/app.css"),
    bundle: true,
    minify: true,
    target,
    external: ["*.woff2", "*.svg"],
    logLevel: "warning",
  });
  // Staff screens are Wagtail's; this only changes their colours. The page around a SCO stands on another host.
  await esbuild.build({
    entryPoints: [path.join(folder, "admin.css"), path.join(folder, "scorm.css")],
    outdir: path.join(into, "rt/css"),
    minify: true,
    target,
    logLevel: "warning",
  });
}

async function bundleJs(into) {
  const folder = path.join(src, "js");
  const entries = (await readdir(folder)).filter((name) => name.endsWith(".js")).sort();
  await esbuild.build({
    entryPoints: entries.map((name) => path.join(folder, name)),
    outdir: path.join(into, "rt/js"),
    bundle: true,
    format: "esm",
    minify: true,
    legalComments: "linked",
    target,
    // Safari 13 has it; esbuild leaves it out of its table for a bug in a rare corner.
    supported: { destructuring: true },
    logLevel: "warning",
  });
}

async function copyVendor(into) {
  const h5p = path.join(into, "vendor/h5p");
  await cp(path.join(modules, "h5p-standalone/dist"), h5p, { recursive: true });
  await cp(path.join(modules, "h5p-standalone/LICENSE"), path.join(h5p, "LICENSE.txt"));
  await cp(path.join(src, "licences/GPL-3.0.txt"), path.join(h5p, "GPL-3.0.txt"));
  await cp(path.join(src, "licences/README.txt"), path.join(h5p, "README.txt"));
  // What uploads.js, hls.js and the pages around a SCO hold of others.
  for (const name of ["tus-js-client", "js-base64", "url-parse", "querystringify", "requires-port", "hls.js", "scorm-again"]) {
    const licence = (await readdir(path.join(modules, name))).find((file) => /^licen[cs]e/i.test(file));
    await cp(path.join(modules, name, licence), path.join(into, `vendor/licences/${name}.txt`));
  }
  const fonts = path.join(into, "vendor/fonts");
  const noto = path.join(modules, "@expo-google-fonts/noto-sans-sc");
  await mkdir(fonts, { recursive: true });
  await cp(path.join(noto, "400Regular/NotoSansSC_400Regular.ttf"), path.join(fonts, "NotoSansSC-Regular.ttf"));
  await cp(path.join(noto, "700Bold/NotoSansSC_700Bold.ttf"), path.join(fonts, "NotoSansSC-Bold.ttf"));
  await cp(path.join(noto, "LICENSE_FONT"), path.join(fonts, "OFL.txt"));
}

/** Moves what was built over what is there, file by file, so that no file is missing for a moment to those who serve. */
async function putInPlace(next) {
  const made = await filesUnder(next);
  const wanted = new Set();
  for (const file of made) {
    const place = path.join(out, path.relative(next, file));
    wanted.add(place);
    await mkdir(path.dirname(place), { recursive: true });
    await rename(file, place);
  }
  for (const file of await filesUnder(out)) {
    if (!wanted.has(file)) await rm(file, { force: true });
  }
  await rm(next, { recursive: true, force: true });
}

async function build() {
  const started = Date.now();
  const print = await fingerprint();
  if (flags.has("--if-stale") && (await isFresh(print))) return;
  const next = `${out}.next-${process.pid}`;
  await rm(next, { recursive: true, force: true });
  await mkdir(next, { recursive: true });
  try {
    await Promise.all([
      bundleCss(next),
      bundleJs(next),
      cp(path.join(src, "img"), path.join(next, "rt/img"), { recursive: true }),
      copyVendor(next),
    ]);
    await writeFile(path.join(next, ".built"), print);
    await putInPlace(next);
  } catch (error) {
    // The other parts may still be writing.
    await rm(next, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    throw error;
  }
  console.log(`themes/static built in ${Date.now() - started} ms`);
}

await build();

if (flags.has("--watch")) {
  let timer;
  watch(src, { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => build().catch((error) => console.error(error.message)), 120);
  });
  console.log("watching themes/src");
}
