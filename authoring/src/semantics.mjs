// A type's fields with the texts of a language: language/<code>.json mirrors semantics.json, holding only texts.
const TEXTS = ["label", "description", "placeholder", "entity", "default", "example", "important"];

export function localized(semantics, translation) {
  let texts = null;
  try {
    texts = typeof translation === "string" ? JSON.parse(translation)?.semantics : null;
  } catch {
    texts = null;
  }
  return fields(semantics, texts);
}

function fields(list, texts) {
  return list.map((each, i) => field(each, Array.isArray(texts) ? texts[i] : null));
}

function field(each, text) {
  if (text === null || typeof text !== "object") return each;
  const made = { ...each };
  for (const key of TEXTS) if (text[key] !== undefined) made[key] = text[key];
  if (Array.isArray(each.fields)) made.fields = fields(each.fields, text.fields);
  if (each.field) made.field = field(each.field, text.field);
  if (Array.isArray(each.options) && Array.isArray(text.options)) {
    made.options = each.options.map((option, i) =>
      typeof option === "object" ? { ...option, label: text.options[i]?.label ?? option.label } : option,
    );
  }
  return made;
}
