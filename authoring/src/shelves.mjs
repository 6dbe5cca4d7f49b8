// One H5P server for each organisation, each with folders of its own: what one organisation's packages bring runs in
// no other's editor. Libraries come in packages that the site sends and in no other way; nothing is asked of H5P's Hub.
import { mkdirSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { AsyncLocalStorage } from "node:async_hooks";
import * as H5P from "@lumieducation/h5p-server";
import { PREFIX } from "./config.mjs";

// The base of addresses in what is being answered: it has the asking person's token in it.
export const base = new AsyncLocalStorage();

// H5P's own editor files are the same for everyone, so their addresses hold no token and stay in the browser's cache.
class Addresses extends H5P.UrlGenerator {
  constructor(config) {
    super(config);
    this.coreFile = (file) => `${PREFIX}/core/${file}?version=${config.h5pVersion}`;
    this.coreFiles = () => `${PREFIX}/core/js`;
    this.editorLibraryFile = (file) => `${PREFIX}/editor/${file}?version=${config.h5pVersion}`;
    this.editorLibraryFiles = () => `${PREFIX}/editor/`;
  }
}

// The site decides who may edit what, before a token is made; what nobody may from a browser is to bring libraries.
class Permissions extends H5P.LaissezFairePermissionSystem {
  async checkForGeneralAction(user) {
    return user?.site === true;
  }
}

class Silent {
  constructor() {
    this.values = new Map();
  }
  load = async (key) => this.values.get(key);
  save = async (key, value) => void this.values.set(key, value);
  delete = async (key) => void this.values.delete(key);
}

export class Shelves {
  constructor(config) {
    this.config = config;
    this.root = path.join(config.home, "organisations");
    this.open = new Map();
    mkdirSync(this.root, { recursive: true });
  }

  // The server of an organisation, by its code; "" for what belongs to none.
  of(organisation) {
    const name = organisation || "@none";
    if (!this.open.has(name)) this.open.set(name, this.#make(path.join(this.root, name)));
    return this.open.get(name);
  }

  #make(folder) {
    const at = (name) => {
      const made = path.join(folder, name);
      mkdirSync(made, { recursive: true });
      return made;
    };
    const store = new Silent();
    const config = new H5P.H5PConfig(store, {
      contentHubEnabled: false,
      fetchingDisabled: 1,
      hubContentTypesEndpoint: "",
      hubRegistrationEndpoint: "",
      contentHubContentEndpoint: "",
      contentHubMetadataEndpoint: "",
      sendUsageStatistics: false,
      setFinishedEnabled: false,
      contentUserStateSaveInterval: false,
      maxFileSize: this.config.fileBytes,
      maxTotalSize: this.config.packageBytes,
      // The site's own list decides in the end, when the exercise is taken over.
      platformName: "Rongtong",
      installLibraryLockMaxOccupationTime: 60_000,
      installLibraryLockTimeout: 120_000,
    });
    Object.defineProperty(config, "baseUrl", { get: () => base.getStore() ?? PREFIX, set: () => {} });
    const libraries = new H5P.fsImplementations.FileLibraryStorage(at("libraries"));
    const contents = new H5P.fsImplementations.FileContentStorage(at("contents"));
    const temporary = new H5P.fsImplementations.DirectoryTemporaryFileStorage(at("temporary"));
    const editor = new H5P.H5PEditor(
      store, config, libraries, contents, temporary, undefined, new Addresses(config), {
        permissionSystem: new Permissions(),
        enableHubLocalization: false,
      },
    );
    // No Hub: the list of types is what is installed.
    Object.assign(editor.contentTypeCache, {
      get: async () => [],
      isOutdated: async () => false,
      updateIfNecessary: async () => false,
      forceUpdate: async () => undefined,
    });
    editor.setRenderer((model) => model);
    return { editor, contents, folder, ajax: new H5P.H5PAjaxEndpoint(editor) };
  }

  // Takes away uploads that were never saved and drafts that nobody touched for the days of the settings.
  async sweep(now = Date.now()) {
    const oldest = now - this.config.draftDays * 86_400_000;
    for (const name of await readdir(this.root)) {
      const shelf = this.of(name === "@none" ? "" : name);
      await shelf.editor.temporaryFileManager.cleanUp();
      const contents = path.join(shelf.folder, "contents");
      for (const id of await readdir(contents)) {
        const draft = path.join(contents, id);
        const touched = await stat(path.join(draft, "content.json")).catch(() => stat(draft).catch(() => null));
        if (touched && touched.mtimeMs < oldest) await rm(draft, { recursive: true, force: true });
      }
    }
  }
}
