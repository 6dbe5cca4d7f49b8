// A worker of the sandboxed upgrade frame (h5p-upgrade-frame.js): the only place where libraries' upgrade scripts run. No
// document, no storage, no cookies, an origin of its own, ended from outside when it takes too long. A classic script: the
// upgrade scripts are loaded with importScripts.
//
// H5P's rules: the parameters of a library go through its upgrade functions, H5PUpgrades[machineName][major][minor], from
// the version after the old one up to the new one; then every sub-content that stands in a field of the new version's
// semantics is brought to the version that field names, in the same way. A sub-content of that version already is left as
// it is, with all that is in it.

(() => {
  // One function that never calls back is told apart from a content that is merely large.
  const STEP_MS = 20000;

  // What upgrade scripts were written against besides their own name: the few things of H5P's core that need no page.
  const hex = () => Math.floor(Math.random() * 16).toString(16);
  self.H5P = {
    createUUID: () =>
      "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx".replace(/x/g, hex),
    cloneObject: (value) => JSON.parse(JSON.stringify(value)),
    isEmpty: (value) => !value && value !== 0 && value !== false,
  };

  const refuse = (code, library = "", detail = "") => Object.assign(new Error(code), { code, library, detail });

  const read = (uber) => {
    const match = /^(\S+) (\d{1,9})\.(\d{1,9})$/.exec(uber);
    if (!match) throw refuse("not-a-library", String(uber));
    return { uber, machine: match[1], major: Number(match[2]), minor: Number(match[3]) };
  };
  const compare = (a, b) => a.major - b.major || a.minor - b.minor;
  const folder = (name) => `${name.machine}-${name.major}.${name.minor}`;

  class Upgrade {
    constructor({ libraries, known }) {
      this.libraries = libraries;
      // UberName → which of the two files the library has.
      this.known = known;
      this.loaded = new Map();
    }

    load(name) {
      if (!this.loaded.has(name.uber)) this.loaded.set(name.uber, this.fetch(name));
      return this.loaded.get(name.uber);
    }

    async fetch(name) {
      const has = this.known[name.uber];
      if (!has) throw refuse("missing-library", name.uber);
      const at = `${this.libraries}/${folder(name)}`;
      let semantics = [];
      if (has.semantics) {
        const response = await fetch(`${at}/semantics.json`, { credentials: "omit" });
        if (!response.ok) throw refuse("not-loaded", name.uber, "semantics.json");
        semantics = await response.json();
      }
      let upgrades = {};
      if (has.upgrades) {
        // Two versions of a library in one content have each a script of that name.
        self.H5PUpgrades = {};
        try {
          self.importScripts(`${at}/upgrades.js`);
        } catch (error) {
          throw refuse("script-failed", name.uber, String(error && error.message));
        }
        upgrades = self.H5PUpgrades[name.machine] || {};
      }
      return { semantics, upgrades };
    }

    /** {params, metadata} of a library's content, brought from one version to a newer one. */
    async library(from, to, params, metadata) {
      const { semantics, upgrades } = await this.load(to);
      let now = { params, metadata };
      for (const { at, run } of this.steps(upgrades, from, to)) now = await this.step(to, at, run, now);
      now.params = await this.fields(semantics, now.params);
      return now;
    }

    steps(upgrades, from, to) {
      const found = [];
      for (const [major, minors] of Object.entries(upgrades)) {
        for (const [minor, one] of Object.entries(minors || {})) {
          const at = { major: Number(major), minor: Number(minor) };
          const run = one && typeof one.contentUpgrade === "function" ? one.contentUpgrade : one;
          const meant = compare(at, from) > 0 && compare(at, to) <= 0;
          if (meant && typeof run === "function") found.push({ at, run });
        }
      }
      return found.sort((a, b) => compare(a.at, b.at));
    }

    step(library, at, run, now) {
      const where = `${at.major}.${at.minor}`;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(refuse("took-too-long", library.uber, where)), STEP_MS);
        const finished = (error, params, extras) => {
          clearTimeout(timer);
          if (error) reject(refuse("script-failed", library.uber, `${where}: ${error}`));
          else resolve({ params, metadata: (extras && extras.metadata) || now.metadata });
        };
        try {
          run(now.params, finished, { metadata: now.metadata });
        } catch (error) {
          clearTimeout(timer);
          reject(refuse("script-failed", library.uber, `${where}: ${error && error.message}`));
        }
      });
    }

    /** The top of a content is an object of all fields, also where there is only one. */
    async fields(semantics, params) {
      if (typeof params !== "object" || params === null) return params;
      for (const field of semantics) {
        if (field.name in params) params[field.name] = await this.field(field, params[field.name]);
      }
      return params;
    }

    async field(field, value) {
      if (value === undefined || value === null) return value;
      if (field.type === "library") return this.subContent(field, value);
      if (field.type === "list" && Array.isArray(value) && field.field) {
        for (let i = 0; i < value.length; i++) value[i] = await this.field(field.field, value[i]);
      } else if (field.type === "group" && Array.isArray(field.fields)) {
        // A group of a single field holds that field's value itself.
        if (field.fields.length === 1 && !field.isSubContent) return this.field(field.fields[0], value);
        return this.fields(field.fields, value);
      }
      return value;
    }

    async subContent(field, value) {
      if (typeof value.library !== "string" || value.params === undefined) return value;
      const used = read(value.library);
      const options = (field.options || []).map((option) => (typeof option === "string" ? option : option.name));
      const taken = options.filter((option) => typeof option === "string").map(read);
      const same = taken.filter((option) => option.machine === used.machine).sort(compare);
      if (!same.length) throw refuse("not-taken", used.uber);
      if (same.some((option) => compare(option, used) === 0)) return value;
      const to = same[same.length - 1];
      if (compare(to, used) < 0) throw refuse("too-new", used.uber, to.uber);
      const made = await this.library(used, to, value.params, value.metadata);
      value.library = to.uber;
      value.params = made.params;
      if (made.metadata) value.metadata = made.metadata;
      return value;
    }
  }

  self.onmessage = async ({ data: job }) => {
    try {
      const response = await fetch(job.content, { credentials: "omit" });
      if (!response.ok) throw refuse("not-loaded", "", "content.json");
      const params = await response.json();
      const made = await new Upgrade(job).library(read(job.from), read(job.to), params, job.metadata);
      // As text: what a script leaves behind may be more than JSON, and is copied as what it will be.
      self.postMessage({ done: JSON.stringify({ params: made.params, metadata: made.metadata || null }) });
    } catch (error) {
      const { code = "script-failed", library = "", detail = String(error && error.message) } = error || {};
      self.postMessage({ failed: { code, library, detail } });
    }
  };
})();
