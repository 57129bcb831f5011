// What was written and is not known to be stored: kept over reloads, sent until it is.

import { Lost } from "./connection.js";

const SOON = 1_500;
const PASSING = ["unavailable", "too_fast"];

export class Outbox {
  /** @param changed(id) of a conversation; @param refused(item) by the server, for good */
  constructor({ connection, changed, refused }) {
    Object.assign(this, { connection, changed, refused });
    this.items = [];
    this.busy = new Set(); // conversations with one under way
  }

  /** Go on with what this person left unsent in this tab. */
  restore(me) {
    this.place = `chat.unsent.${me}`;
    try {
      this.items = JSON.parse(sessionStorage.getItem(this.place)) ?? [];
    } catch {
      this.items = [];
    }
  }

  of(conversation) {
    return this.items.filter((item) => item.conversation === conversation);
  }

  add(conversation, body) {
    const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), hex).join("");
    this.items.push({ id, conversation, body, at: new Date().toISOString(), state: "unsent" });
    this.note(conversation);
    this.flush();
  }

  retry(item) {
    item.state = "unsent";
    this.note(item.conversation);
    this.flush();
  }

  discard(item) {
    this.items = this.items.filter((other) => other !== item);
    this.note(item.conversation);
  }

  clear() {
    this.items = [];
    if (this.place) sessionStorage.removeItem(this.place);
  }

  /** Entries came: those that are ours need no waiting any more. */
  settle(conversation, entries, me) {
    const stored = new Set(entries.filter((e) => e.sender.key === me).map((e) => e.clientId));
    const left = this.items.filter(
      (item) => item.conversation !== conversation || !stored.has(item.id),
    );
    if (left.length === this.items.length) return;
    this.items = left;
    this.note(conversation);
  }

  /** Send what waits: of each conversation one after another, in the order it was written. */
  flush() {
    for (const item of this.items) {
      if (item.state === "unsent" && !this.busy.has(item.conversation)) this.send(item);
    }
  }

  async send(item) {
    const { conversation, id, body } = item;
    this.busy.add(conversation);
    item.state = "sending";
    this.note(conversation);
    try {
      await this.connection.ask("send", { conversation, id, body });
      item.state = "sent"; // shown until it comes with its number
    } catch (fault) {
      if (fault instanceof Lost || PASSING.includes(fault.code)) {
        item.state = "unsent";
        if (!(fault instanceof Lost)) await new Promise((done) => setTimeout(done, SOON));
      } else {
        Object.assign(item, { state: "refused", code: fault.code, reason: fault.message });
        this.refused(item);
      }
    }
    this.busy.delete(conversation);
    this.note(conversation);
    if (this.connection.known) this.flush();
  }

  note(conversation) {
    const kept = this.items.map((item) =>
      item.state === "refused" ? item : { ...item, state: "unsent" },
    );
    if (kept.length) sessionStorage.setItem(this.place, JSON.stringify(kept));
    else sessionStorage.removeItem(this.place);
    this.changed(conversation);
  }
}

const hex = (byte) => byte.toString(16).padStart(2, "0");
