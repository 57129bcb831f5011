// The chat of the call: the session's conversation on /ws/chat (docs/chat-protocol.md).

import { FrameSocket } from "./socket.js";
import { byId, element, text } from "./texts.js";

const REFUSED = [4403, 4404, 4410];

export class Chat {
  constructor(signalling) {
    this.signalling = signalling;
    this.shown = new Map();
    this.last = 0;
    this.unread = 0;
    const hello = async () => ({ op: "auth", ...(await this.ticket()) });
    this.socket = new FrameSocket("/ws/chat", hello, (code) => REFUSED.includes(code));
    this.socket.addEventListener("frame", ({ detail }) => this.heard(detail));
    this.socket.addEventListener("closed", () => this.note(text("chatAway")));
    byId("say").onsubmit = (event) => {
      event.preventDefault();
      this.say();
    };
  }

  start(session, me) {
    this.session = session;
    this.me = `participant:${me.peer_id}`;
    if (!this.socket.socket) this.socket.open();
  }

  stop() {
    this.socket.stop();
  }

  async ticket() {
    const { ticket } = await this.signalling.ask("ticket");
    return { ticket };
  }

  async heard(frame) {
    if (frame.op === "welcome") {
      this.note("");
      const since = this.conversation ? { since: this.last } : {};
      const told = await this.socket.ask("subscribe", { session: this.session, ...since }).catch(() => null);
      if (!told) return;
      if (!this.conversation) await this.fetch(told);
      this.conversation = told.conversation;
    } else if (frame.op === "entries") {
      this.show(frame.entries);
    }
  }

  async fetch({ conversation }) {
    const { entries } = await this.socket.ask("history", { conversation });
    this.show(entries, { isNew: false });
  }

  show(entries, { isNew = true } = {}) {
    for (const entry of entries) {
      this.last = Math.max(this.last, entry.seq);
      if (entry.kind !== "message" || this.shown.has(entry.seq) || entry.body === null) continue;
      if (typeof entry.body !== "string") continue;
      const row = element("li", "", entry.body);
      const own = entry.sender.key === this.me;
      row.prepend(element("span", "what", own ? text("you") : entry.sender.name));
      this.shown.set(entry.seq, row);
      byId("messages").append(row);
      if (isNew && !own && byId("chat").hidden) this.unread += 1;
    }
    this.countUnread();
    byId("messages").scrollTop = byId("messages").scrollHeight;
  }

  read() {
    this.unread = 0;
    this.countUnread();
  }

  countUnread() {
    byId("unread-count").hidden = !this.unread;
    byId("unread-count").textContent = this.unread;
  }

  async say() {
    const field = byId("said");
    const body = field.value.trim();
    if (!body || !this.conversation) return;
    const id = crypto.getRandomValues(new Uint32Array(3)).join("-");
    try {
      await this.socket.ask("send", { conversation: this.conversation, id, type: "text", body });
      field.value = "";
      this.note("");
    } catch {
      this.note(text("chatRefused"));
    }
  }

  note(said) {
    byId("chat-note").textContent = said;
  }
}
