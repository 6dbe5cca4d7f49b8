"use strict";
// A form made from a type's semantics: texts, numbers, choices, groups and lists. What it has no field for (pictures,
// exercises inside exercises) is said by name and kept as it is.
(function () {
  const { model, start, touched } = window.Authoring;
  const { words } = model;
  let count = 0;

  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }

  const fill = (text, values) => text.replace(/:([a-z]+)/g, (all, name) => values[name] ?? all);

  // H5P keeps plain texts escaped as for HTML.
  const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  function unescape(text) {
    return new DOMParser().parseFromString(text.replace(/</g, "&lt;"), "text/html").documentElement.textContent;
  }

  // Rich text that is paragraphs and nothing else → lines; null for everything else.
  function asLines(html) {
    if (/<(?!\/?(p|div|br)\b)/i.test(html) || /<(p|div|br)\s+[^/>]/i.test(html)) return null;
    const text = html.replace(/<br\s*\/?>/gi, "\n").replace(/<\/(p|div)>\s*/gi, "\n").replace(/<(p|div)\s*>/gi, "");
    return unescape(text.replace(/\n+$/, ""));
  }
  const asHtml = (text) =>
    text.split("\n").filter((line) => line.trim()).map((line) => `<p>${escape(line)}</p>`).join("\n");

  // A labelled control with its own error. Returns [node, problem(text or "")].
  function labelled(field, control, { before = false } = {}) {
    const id = `field-${++count}`;
    control.id = id;
    const error = el("p", { id: `${id}-error`, class: "error", role: "alert" });
    const label = el("label", { for: id }, field.label || field.name, field.optional ? null : el("span", { class: "star", "aria-hidden": "true" }, " *"));
    const hint = field.description ? el("p", { class: "hint" }, field.description) : null;
    control.addEventListener("input", touched);
    const node = before
      ? el("div", { class: "field check" }, control, label, hint, error)
      : el("div", { class: "field" }, label, hint, control, error);
    return [
      node,
      (text) => {
        error.textContent = text;
        if (text) control.setAttribute("aria-invalid", "true");
        else control.removeAttribute("aria-invalid");
        if (text) control.setAttribute("aria-describedby", error.id);
        return !text;
      },
    ];
  }

  // Each maker returns {node, read(), check()}; read() gives undefined for what was left empty.
  const makers = {
    text(field, value) {
      const rich = field.widget === "html";
      const given = value ?? field.default ?? "";
      const shown = rich ? asLines(String(given)) : unescape(String(given));
      if (shown === null) return kept(field, value);
      const many = rich || field.widget === "textarea";
      const control = many ? el("textarea", { rows: 3 }) : el("input", { type: "text" });
      control.value = shown;
      const most = field.maxLength || (rich ? 0 : 255);
      const [node, problem] = labelled(field, control);
      return {
        node,
        read: () => (control.value.trim() ? (rich ? asHtml(control.value) : escape(control.value.trim())) : undefined),
        check() {
          const text = control.value.trim();
          if (!text && !field.optional) return problem(words.needed);
          return problem(most && text.length > most ? fill(words.long, { n: most }) : "");
        },
      };
    },
    number(field, value) {
      const control = el("input", { type: "number", min: field.min, max: field.max, step: field.step ?? (field.decimals ? "any" : 1) });
      control.value = value ?? field.default ?? "";
      const [node, problem] = labelled(field, control);
      return {
        node,
        read: () => (control.value === "" ? undefined : Number(control.value)),
        check() {
          if (control.value === "") return problem(field.optional && !control.validity.badInput ? "" : words.needed);
          const { rangeUnderflow, rangeOverflow } = control.validity;
          const range = { min: field.min ?? "−∞", max: field.max ?? "∞" };
          return problem(rangeUnderflow || rangeOverflow ? fill(words.range, range) : "");
        },
      };
    },
    boolean(field, value) {
      const control = el("input", { type: "checkbox" });
      control.checked = value ?? field.default ?? false;
      const [node] = labelled({ ...field, optional: true }, control, { before: true });
      return { node, read: () => control.checked, check: () => true };
    },
    select(field, value) {
      const options = (field.options || []).map((each) => (typeof each === "object" ? each : { value: each, label: each }));
      const control = el(
        "select", {},
        field.optional || field.default === undefined ? el("option", { value: "" }, "") : null,
        ...options.map((each) => el("option", { value: each.value }, each.label)),
      );
      control.value = value ?? field.default ?? "";
      const [node, problem] = labelled(field, control);
      return {
        node,
        read: () => control.value || undefined,
        check: () => problem(!control.value && !field.optional ? words.needed : ""),
      };
    },
    group(field, value) {
      const inside = all(field.fields || [], bare(field) ? { [field.fields[0].name]: value } : value || {});
      const node = el(
        "details", { class: "group", open: !(field.common || field.optional || field.importance === "low") },
        el("summary", {}, field.label || field.name),
        field.description ? el("p", { class: "hint" }, field.description) : null,
        ...inside.nodes,
      );
      return {
        node,
        read() {
          const made = inside.read();
          if (bare(field)) return made[field.fields[0].name];
          return Object.keys(made).length ? made : field.optional ? undefined : {};
        },
        check() {
          const good = inside.check();
          if (!good) node.open = true;
          return good;
        },
      };
    },
    list(field, value) {
      const items = [];
      const place = el("ol", { class: "items" });
      const error = el("p", { class: "error", role: "alert" });
      const least = field.optional ? 0 : field.min ?? 1;
      const most = field.max ?? Infinity;
      const entity = field.entity || field.field.label || field.field.name;
      const add = el("button", { type: "button", onclick: () => { put(undefined); touched(); items.at(-1).focus(); } }, words.add + entity);

      function arrange() {
        place.replaceChildren(...items.map((item) => item.row));
        items.forEach((item, i) => {
          item.up.disabled = i === 0;
          item.down.disabled = i === items.length - 1;
          item.remove.disabled = items.length <= least;
        });
        add.disabled = items.length >= most;
      }
      function move(item, by) {
        const from = items.indexOf(item);
        items.splice(from, 1);
        items.splice(from + by, 0, item);
        arrange();
        touched();
      }
      function put(content) {
        const inside = make({ ...field.field, optional: false, importance: "high" }, content);
        const name = (word) => ({ type: "button", class: "small", "aria-label": `${word} ${entity}` });
        const item = { ...inside };
        item.up = el("button", { ...name(words.up), onclick: () => move(item, -1) }, words.up);
        item.down = el("button", { ...name(words.down), onclick: () => move(item, 1) }, words.down);
        item.remove = el("button", { ...name(words.remove), onclick: () => { items.splice(items.indexOf(item), 1); arrange(); touched(); } }, words.remove);
        item.row = el("li", {}, inside.node, el("div", { class: "tools" }, item.up, item.down, item.remove));
        item.focus = () => item.row.querySelector("input, textarea, select")?.focus();
        items.push(item);
        arrange();
      }
      const given = Array.isArray(value) ? value : [];
      given.forEach(put);
      while (items.length < Math.max(least, field.defaultNum ?? 0)) put(undefined);
      arrange();
      return {
        node: el(
          "fieldset", { class: "list" }, el("legend", {}, field.label || field.name),
          field.description ? el("p", { class: "hint" }, field.description) : null, place, error, add,
        ),
        read() {
          const made = items.map((item) => item.read()).filter((each) => each !== undefined);
          return made.length || !field.optional ? made : undefined;
        },
        check() {
          const inside = items.map((item) => item.check()).every(Boolean);
          error.textContent = items.length < least ? fill(words.least, { n: least }) : "";
          return inside && items.length >= least;
        },
      };
    },
  };

  // A group of one field is that field, in H5P's parameters.
  const bare = (field) => field.type === "group" && field.fields?.length === 1 && !field.isSubContent;

  function kept(field, value) {
    const text = fill(words.kept, { name: field.label || field.name });
    return {
      node: el("p", { class: "kept" }, text),
      read: () => value,
      check: () => value !== undefined || Boolean(field.optional),
    };
  }

  function make(field, value) {
    return (makers[field.type] || kept)(field, value);
  }

  function all(fields, values) {
    const known = new Set(fields.map((field) => field.name));
    const rest = Object.fromEntries(Object.entries(values).filter(([name]) => !known.has(name)));
    const made = fields.map((field) => [field.name, make(field, values[field.name])]);
    return {
      nodes: made.map(([, each]) => each.node),
      read() {
        const read = made.map(([name, each]) => [name, each.read()]).filter(([, value]) => value !== undefined);
        return { ...rest, ...Object.fromEntries(read) };
      },
      check: () => made.map(([, each]) => each.check()).every(Boolean),
    };
  }

  const title = makers.text({ name: "title", label: words.title, maxLength: 200 }, escape(model.metadata.title || ""));
  const body = all(model.semantics, model.params || {});
  const form = document.getElementById("form");
  form.append(title.node, ...body.nodes);
  form.addEventListener("submit", (event) => event.preventDefault());
  start(async () => {
    const good = [title.check(), body.check()].every(Boolean);
    if (!good) {
      const first = form.querySelector('[aria-invalid="true"], .error:not(:empty)');
      first?.scrollIntoView({ block: "center" });
      first?.focus?.();
      return null;
    }
    return { params: body.read(), metadata: { ...model.metadata, title: unescape(title.read()) } };
  });
})();
