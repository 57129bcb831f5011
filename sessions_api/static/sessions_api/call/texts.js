// What the page says, in the reader's language (sessions_api/call_texts.py).

const texts = JSON.parse(document.getElementById("texts").textContent);

export function text(name, ...values) {
  return values.reduce((said, value) => said.replace("%s", value), texts[name] ?? name);
}

export function nameOf(person) {
  return person?.display_name || text("unnamed");
}

export const byId = (id) => document.getElementById(id);

export function element(tag, className = "", content = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = content;
  return made;
}
