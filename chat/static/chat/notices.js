// What happened among people: friend requests to answer, and the rest in words.

import { answerRequest, bare, friendRequests } from "./account.js";
import { byId, make } from "./dom.js";
import { momentOf, t } from "./texts.js";

export class Notices {
  /** @param hooks changed(): friends or groups are not what they were; seen(id); announce(text) */
  constructor(hooks) {
    this.hooks = hooks;
    this.box = byId("notices");
    this.button = byId("notices-button");
    this.requests = [];
    this.news = new Map();
    this.button.addEventListener("click", () => this.toggle());
    this.box.addEventListener("keydown", (event) => event.key === "Escape" && this.toggle(false));
  }

  /** Requests wait until they are answered, whoever was told of them where. */
  async load() {
    try {
      this.requests = await friendRequests();
      this.draw();
    } catch {
      // asked for again with the next connection
    }
  }

  heard(frame) {
    const { operation } = frame.content;
    if (operation !== "Request") {
      this.news.set(frame.id, { text: inWords(frame.content), time: frame.time });
    }
    this.latest = Math.max(this.latest ?? 0, frame.id);
    this.hooks.changed(); // which also reads the requests anew
    if (!this.box.hidden) this.hooks.seen(this.latest);
    this.draw();
  }

  toggle(on = this.box.hidden) {
    if (on === !this.box.hidden) return;
    this.box.hidden = !on;
    this.button.setAttribute("aria-expanded", String(on));
    if (on) {
      byId("notices-title").focus();
      if (this.latest) this.hooks.seen(this.latest);
    } else {
      this.news.clear();
      this.button.focus();
    }
    this.draw();
  }

  draw() {
    const lines = [...this.news.values()].reverse().map(({ text, time }) =>
      make("li", {},
        make("p", { dir: "auto", textContent: text }),
        make("time", { dateTime: time, textContent: momentOf(time) })));
    const rows = [...this.requests.map((request) => this.requestRow(request)), ...lines];
    if (!rows.length) rows.push(make("li", { className: "empty", textContent: t("noNotifications") }));
    this.box.querySelector("ul").replaceChildren(...rows);
    const count = this.requests.length + (this.box.hidden ? this.news.size : 0);
    const badge = this.button.querySelector(".badge");
    badge.hidden = !count;
    badge.textContent = count;
    this.button.setAttribute(
      "aria-label", count ? t("notificationCount", { count }) : t("notifications"),
    );
  }

  requestRow(request) {
    const act = (name, path) => {
      const button = make("button", { type: "button", textContent: t(name) });
      button.addEventListener("click", () => this.answer(request, path));
      return button;
    };
    return make("li", {},
      make("p", { dir: "auto", textContent: t("Request", { name: request.name, message: request.message }) }),
      make("div", { className: "acts" }, act("accept", "agree"), act("ignore", "ignore")));
  }

  async answer(request, path) {
    let done = false;
    try {
      done = await answerRequest(path, request.id);
    } catch {
      this.hooks.announce(t("failed"));
      return;
    }
    if (!done) this.hooks.announce(t("tooLate"));
    this.requests = this.requests.filter(({ id }) => id !== request.id);
    this.draw();
    byId("notices-title").focus();
    this.hooks.changed();
  }
}

function inWords({ operation, data, extra, message }) {
  if (operation === "AcceptResponse") {
    return t(operation, { name: bare(extra.sourceUserNickname) });
  }
  const people = data.targetUserDisplayNames ?? [data.newCreatorName ?? ""];
  return t(operation, {
    name: bare(data.operatorNickname ?? data.oldCreatorName),
    people: people.map(bare).join(", "),
    group: bare(data.targetGroupName),
    message: bare(data.bulletin ?? message),
  });
}
