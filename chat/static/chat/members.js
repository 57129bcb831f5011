// Who is in the open conversation, and who of them is there now.

import { byId, face, make } from "./dom.js";
import { t } from "./texts.js";

const PAGE = 200;
const AGAIN = 15_000;

export class Members {
  /** @param changed called when the members of a conversation were read */
  constructor({ connection, changed }) {
    Object.assign(this, { connection, changed });
    this.box = byId("members");
    this.button = byId("members-button");
    this.button.addEventListener("click", () => this.toggle());
    this.box.addEventListener("keydown", (event) => event.key === "Escape" && this.toggle(false));
    byId("more-members").addEventListener("click", () => this.load(this.conversation, this.next));
    setInterval(() => this.again(), AGAIN);
  }

  async load(conversation, after = 0) {
    this.conversation = conversation;
    try {
      const page = await this.connection.ask("members", {
        conversation: conversation.id, limit: PAGE, ...(after ? { after } : {}),
      });
      conversation.members = after ? [...conversation.members, ...page.members] : page.members;
      for (const { key, read } of page.members) {
        conversation.readers.set(key, Math.max(read ?? 0, conversation.readers.get(key) ?? 0));
      }
      this.next = page.next;
      this.changed(conversation);
      if (conversation === this.conversation) this.draw();
    } catch {
      // they are asked for again
    }
  }

  again() {
    const open = this.conversation && document.visibilityState === "visible";
    if (open && this.connection.known) this.load(this.conversation);
  }

  close() {
    this.conversation = null;
    this.toggle(false);
  }

  toggle(on = this.box.hidden) {
    if (on === !this.box.hidden) return;
    this.box.hidden = !on;
    document.body.classList.toggle("with-members", on);
    this.button.setAttribute("aria-expanded", String(on));
    if (on) byId("members-title").focus();
    else if (this.conversation) this.button.focus();
    if (on) this.again();
  }

  draw() {
    const rows = this.conversation.members.map(({ name, picture, role, online }) =>
      make("li", {},
        face(name || "?", picture),
        make("span", { className: "about" },
          make("bdi", { className: "name", textContent: name }),
          role ? make("bdi", { className: "role", textContent: role }) : null),
        online === null
          ? null
          : make("span", { className: online ? "presence online" : "presence", textContent: online ? t("online") : t("offline") })),
    );
    this.box.querySelector("ul").replaceChildren(...rows);
    byId("more-members").hidden = !this.next;
  }
}
