// What the server handed to the page: its settings, its texts, and times in the reader's language.

const handed = (id) => JSON.parse(document.getElementById(id).textContent);
const texts = handed("texts");
const language = document.documentElement.lang;

export const boot = handed("boot");

export function t(name, facts = {}) {
  return (texts[name] ?? texts.failed).replace(/\{(\w+)\}/g, (_, key) => facts[key] ?? "");
}

/** Why the server refused, in the reader's words; its own where there are none. */
export function reasonOf(refusal) {
  return texts[refusal.code] ?? refusal.message ?? texts.failed;
}

const clock = new Intl.DateTimeFormat(language, { timeStyle: "short" });
const day = new Intl.DateTimeFormat(language, { dateStyle: "full" });
const shortDay = new Intl.DateTimeFormat(language, { month: "short", day: "numeric" });
const full = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

const DAY = 86_400_000;
const midnight = (moment) => new Date(moment).setHours(0, 0, 0, 0);
const daysAgo = (moment) => Math.round((midnight(Date.now()) - midnight(moment)) / DAY);

export const timeOf = (moment) => clock.format(new Date(moment));
export const momentOf = (moment) => full.format(new Date(moment));
export const sameDay = (one, other) => midnight(one) === midnight(other);

export function dayOf(moment) {
  const ago = daysAgo(moment);
  return ago === 0 ? t("today") : ago === 1 ? t("yesterday") : day.format(new Date(moment));
}

export function shortTimeOf(moment) {
  const ago = daysAgo(moment);
  if (ago <= 0) return timeOf(moment);
  return ago === 1 ? t("yesterday") : shortDay.format(new Date(moment));
}
