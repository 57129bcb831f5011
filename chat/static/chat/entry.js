// One message as a row of the log.

import { face, isOurs, link, linked, make, webAddress } from "./dom.js";
import { momentOf, dayOf, reasonOf, sameDay, t, timeOf } from "./texts.js";

const TOGETHER = 5 * 60_000; // messages of one sender closer than this are shown as one group

/** What a message says, in a line: for the list and for announcements. */
export function summary(entry, me) {
  const name = nameOf(entry.sender, me);
  if (entry.kind === "recalled") return name === t("you") ? t("recalledByYou") : t("recalled", { name });
  if (entry.kind === "deleted" || entry.body === null) return t("removed");
  const said = plain(entry);
  return entry.kind === "system" ? said : `${name}: ${said}`;
}

export function nameOf(sender, me) {
  if (sender.key === me) return t("you");
  return sender.name || t(sender.key === "system" ? "system" : "staff");
}

/** The row of an entry that is stored. `acts` are its buttons: `[{name, run}]`. */
export function rowOf(entry, { me, removal, acts }) {
  const mine = entry.sender.key === me;
  const row = make("li", { className: "entry", tabIndex: -1, id: `entry-${entry.seq}` });
  row.dataset.seq = entry.seq;
  row.classList.toggle("mine", mine);
  row.classList.toggle("system", entry.kind === "system");
  row.classList.toggle("gone", entry.body === null);
  const bubble = make("div", { className: "bubble" });
  bubble.append(make("p", { className: "who", dir: "auto", textContent: nameOf(entry.sender, me) }));
  bubble.append(entry.body === null ? gone(entry, removal, me) : bodyOf(entry));
  const meta = make("p", { className: "meta" });
  if (entry.edited && entry.body !== null) meta.append(make("span", { textContent: t("edited") }), " ");
  meta.append(
    make("time", { dateTime: entry.time, title: momentOf(entry.time), textContent: timeOf(entry.time) }),
    make("span", { className: "receipt" }),
  );
  bubble.append(meta);
  row.append(face(entry.sender.name || "·", entry.sender.picture), bubble);
  if (acts.length) row.append(buttons(acts));
  return row;
}

/** Say in a row what depends on the one before it: the day, and whether the sender goes on. */
export function place(row, entry, before) {
  row.querySelector(":scope > .day")?.remove();
  const newDay = !before || !sameDay(before.time, entry.time);
  if (newDay) {
    row.prepend(make("p", { className: "day" }, make("span", { textContent: dayOf(entry.time) })));
  }
  const together =
    !newDay &&
    before.kind === entry.kind &&
    before.sender.key === entry.sender.key &&
    new Date(entry.time) - new Date(before.time) < TOGETHER;
  row.classList.toggle("follows", together);
}

/** The row of a message that is not known to be stored. */
export function pendingRow(item, { retry, discard }) {
  const row = make("li", { className: `entry mine waiting ${item.state}` });
  row.dataset.id = item.id;
  const states = {
    refused: t("refused", { reason: reasonOf({ code: item.code, message: item.reason }) }),
    unsent: t("unsent"),
  };
  const bubble = make("div", { className: "bubble" },
    make("p", { className: "body", dir: "auto" }, ...linked(item.body)),
    make("p", { className: "meta", textContent: states[item.state] ?? t("sending") }),
  );
  row.append(bubble);
  if (item.state === "refused") {
    row.append(buttons([{ name: t("retry"), run: retry }, { name: t("discard"), run: discard }]));
  }
  return row;
}

function buttons(acts) {
  const made = acts.map(({ name, run }) => {
    const button = make("button", { type: "button", textContent: name });
    button.addEventListener("click", run);
    return button;
  });
  return make("div", { className: "acts" }, ...made);
}

function gone(entry, removal, me) {
  const recalled = removal?.kind === "recalled";
  const name = nameOf(entry.sender, me);
  const byMe = entry.sender.key === me;
  const text = recalled ? (byMe ? t("recalledByYou") : t("recalled", { name })) : t("removed");
  return make("p", { className: "body", dir: "auto", textContent: text });
}

function bodyOf(entry) {
  const body = make("p", { className: "body", dir: "auto" });
  const address = entry.type === "image" && webAddress(entry.body?.url);
  if (entry.type === "text") body.append(...linked(String(entry.body)));
  else if (address && isOurs(address.href)) {
    body.append(make("img", { src: address.href, alt: t("picture"), loading: "lazy" }));
  } else if (address) body.append(`${t("picture")}: `, link(address.href, address.host));
  else body.textContent = plain(entry);
  return body;
}

function plain(entry) {
  if (entry.type === "text") return String(entry.body);
  return entry.type === "image" ? t("picture") : t("otherKind", { type: entry.type });
}
