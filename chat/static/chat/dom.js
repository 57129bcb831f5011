// Building elements. Whatever people wrote becomes text, never markup.

export const byId = (id) => document.getElementById(id);

/** An element; `facts` are properties, or attributes where the name has a dash or is `role`. */
export function make(tag, facts = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(facts)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A round picture or the first letter of a name; pictures of other servers are not fetched. */
export function face(name, picture, kind = "") {
  const round = make("span", { className: `face ${kind} hue${hueOf(name)}`, "aria-hidden": "true" });
  const letter = Array.from(name.trim())[0]?.toUpperCase() ?? "?";
  if (isOurs(picture)) round.append(make("img", { src: picture, alt: "" }));
  else round.append(letter);
  return round;
}

export function isOurs(address) {
  return Boolean(address) && webAddress(address)?.origin === location.origin;
}

/** A URL that may be followed, or null. */
export function webAddress(address) {
  try {
    const url = new URL(address, location.origin);
    return ["http:", "https:"].includes(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

const LINK = /https?:\/\/[^\s<>"']+/g;
const TAIL = /[.,;:!?)\]}，。；：！？）】]+$/;

/** Text with its links as links, which nothing follows until somebody does. */
export function linked(text) {
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(LINK)) {
    const address = found[0].replace(TAIL, "");
    if (!webAddress(address)) continue;
    parts.push(text.slice(at, found.index), link(address, address));
    at = found.index + address.length;
  }
  return [...parts, text.slice(at)];
}

export function link(address, text) {
  return make("a", {
    href: address, textContent: text, target: "_blank", rel: "noopener noreferrer nofollow",
  });
}

function hueOf(name) {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 997;
  return sum % 8;
}
