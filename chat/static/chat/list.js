// The list of rooms, groups and friends, the last active first.

import { byId, face, make } from "./dom.js";
import { summary } from "./entry.js";
import { shortTimeOf, t } from "./texts.js";

const MOST = 99;

export class List {
  /** @param hooks open(conversation), more() */
  constructor({ me, hooks }) {
    Object.assign(this, { me, hooks });
    this.box = byId("conversations");
    this.list = this.box.querySelector("ul");
    this.empty = this.box.querySelector(".empty");
    this.filter = byId("filter");
    this.items = new Map();
    this.filter.addEventListener("input", () => this.draw());
    this.list.addEventListener("keydown", (event) => this.walk(event));
    byId("more-conversations").addEventListener("click", () => hooks.more());
  }

  /** @param conversations a Map by id; @param current the id of the open one */
  draw(conversations = this.conversations, current = this.current) {
    Object.assign(this, { conversations, current });
    const wanted = this.filter.value.trim().toLocaleLowerCase();
    const shown = [...conversations.values()]
      .filter((one) => !one.isLost && one.name.toLocaleLowerCase().includes(wanted))
      .sort((one, other) => (other.at ?? "").localeCompare(one.at ?? ""));
    const items = shown.map((conversation) => this.item(conversation));
    const focused = this.list.contains(document.activeElement) && document.activeElement;
    if (items.length !== this.list.childElementCount || items.some((item, at) => item !== this.list.children[at])) {
      this.list.replaceChildren(...items);
      if (focused) focused.focus();
    }
    this.empty.hidden = shown.length > 0;
    this.empty.textContent = wanted ? t("noMatch") : t("noConversations");
  }

  focus(id) {
    const item = this.items.get(id) ?? this.list.firstElementChild;
    (item?.firstChild ?? this.filter).focus();
  }

  item(conversation) {
    let item = this.items.get(conversation.id);
    if (!item) {
      item = make("li", {}, make("a", { href: `#${conversation.id}` }));
      item.firstChild.addEventListener("click", (event) => {
        event.preventDefault();
        this.hooks.open(conversation);
      });
      this.items.set(conversation.id, item);
    }
    const state = this.stateOf(conversation);
    if (item.dataset.state !== state) {
      item.dataset.state = state;
      this.fill(item.firstChild, conversation);
    }
    return item;
  }

  stateOf({ id, name, picture, last, unread, at }) {
    return JSON.stringify([name, picture, last?.seq, last?.body, unread, at, id === this.current]);
  }

  fill(anchor, { id, name, picture, kind, last, unread }) {
    const kinds = { friend: t("friend"), group: t("group") };
    anchor.toggleAttribute("aria-current", id === this.current);
    if (id === this.current) anchor.setAttribute("aria-current", "true");
    anchor.classList.toggle("unread", unread > 0);
    const count = unread > MOST ? `${MOST}+` : String(unread);
    anchor.replaceChildren(
      face(name, picture, kind),
      make("span", { className: "about" },
        make("span", { className: "title" },
          make("bdi", { className: "name", textContent: name }),
          make("span", { className: "kind hidden", textContent: ` (${kinds[kind] ?? t("room")}) ` }),
          make("time", { textContent: last ? shortTimeOf(last.time) : "" })),
        make("span", { className: "last" },
          make("span", {
            className: "text", dir: "auto",
            textContent: last ? summary(last, this.me) : t("nothingYet"),
          }),
          unread
            ? make("span", { className: "badge" },
                make("span", { "aria-hidden": "true", textContent: count }),
                make("span", { className: "hidden", textContent: t("unread", { count }) }))
            : null)),
    );
  }

  walk(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const all = [...this.list.querySelectorAll("a")];
    const next = all[all.indexOf(document.activeElement) + step];
    if (step && next) {
      event.preventDefault();
      next.focus();
    }
  }
}
