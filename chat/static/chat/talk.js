// The open conversation: its head, its log, and the line to write in.

import { Lost } from "./connection.js";
import { byId, face } from "./dom.js";
import { Log } from "./log.js";
import { boot, reasonOf, t } from "./texts.js";

const PAGE = 50;
const TYPING_EVERY = 3_000;
const TYPING_LASTS = 6_000;
const TALLEST = 160; // pixels of the line to write in

export class Talk {
  /** @param app connection, outbox, me, dialog(…), members, closed(), read(conversation) */
  constructor(app) {
    this.app = app;
    this.conversation = null;
    this.typists = new Map();
    this.typedAt = 0;
    this.text = byId("text");
    this.error = byId("composer-error");
    this.log = new Log({
      me: app.me,
      hooks: {
        acts: (entry) => this.acts(entry),
        older: () => this.older(),
        atEnd: () => this.noteRead(),
        retry: (item) => app.outbox.retry(item),
        discard: (item) => app.outbox.discard(item),
      },
    });
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.text.addEventListener("keydown", (event) => this.key(event));
    this.text.addEventListener("input", () => this.typed());
    document.addEventListener("visibilitychange", () => this.noteRead());
    byId("back").addEventListener("click", () => app.closed());
  }

  /** Show a conversation; its messages come as soon as there is a connection. */
  open(conversation) {
    this.keepDraft();
    if (conversation !== this.conversation) this.conversation?.rest();
    this.conversation = conversation;
    this.editing = null;
    this.typists.clear();
    byId("nothing-open").hidden = true;
    byId("open-talk").hidden = false;
    byId("talk-title").textContent = conversation.name;
    byId("talk-face").replaceChildren(face(conversation.name, conversation.picture, conversation.kind));
    this.log.box.setAttribute("aria-label", t("messagesOf", { name: conversation.name }));
    this.text.value = sessionStorage.getItem(this.draftPlace) ?? "";
    this.fit();
    this.say("");
    this.showEditing();
    this.log.show(conversation);
    this.log.draw(conversation.order);
    this.drawWaiting();
    this.showTyping();
    this.showState();
    this.showRights();
    this.load();
  }

  /** Whether one may write here, and if not, why. */
  showRights() {
    const note = this.conversation.isLost ? t("lostConversation") : boot.staff ? t("staffSees") : "";
    byId("talk-note").hidden = !note;
    byId("talk-note").textContent = note;
    byId("composer").hidden = Boolean(note);
  }

  close() {
    this.keepDraft();
    this.conversation?.rest();
    this.conversation = null;
    byId("nothing-open").hidden = false;
    byId("open-talk").hidden = true;
  }

  /** The latest page, unless it is there already. */
  async load() {
    const conversation = this.conversation;
    if (!conversation || conversation.isLost || !this.app.connection.known) return;
    if (!conversation.isFilled) {
      conversation.loaded = true; // what comes meanwhile is kept
      if (!(await this.fetch(conversation))) return;
      conversation.isFilled = true;
    }
    this.noteRead();
    this.app.members.load(conversation);
  }

  async older() {
    const conversation = this.conversation;
    if (!conversation?.isFilled || !conversation.more || this.fetching) return;
    await this.fetch(conversation, conversation.lowest);
  }

  async fetch(conversation, before) {
    this.fetching = true;
    try {
      const page = await this.app.connection.ask("history", {
        conversation: conversation.id, limit: PAGE, ...(before ? { before } : {}),
      });
      conversation.more = page.more;
      const changed = conversation.take(page.entries);
      this.app.outbox.settle(conversation.id, page.entries, this.app.me);
      if (conversation === this.conversation) {
        this.log.draw(changed, { isHistory: true });
        this.drawReceipts();
        this.drawWaiting();
      }
      return true;
    } catch (fault) {
      if (!(fault instanceof Lost)) this.say(reasonOf(fault));
      return false;
    } finally {
      this.fetching = false;
    }
  }

  /** Entries came for the open conversation. */
  heard(changed, entries) {
    for (const entry of entries) this.typists.delete(entry.sender.key);
    this.showTyping();
    if (changed.length) this.log.draw(changed);
    this.drawReceipts();
    this.noteRead();
  }

  drawWaiting() {
    if (this.conversation) this.log.drawWaiting(this.app.outbox.of(this.conversation.id));
  }

  drawReceipts() {
    const { conversation } = this;
    const names = new Map((conversation.members ?? []).map((member) => [member.key, member.name]));
    this.log.drawReceipts((seq) =>
      [...conversation.readers]
        .filter(([key, read]) => key !== this.app.me && read >= seq && names.has(key))
        .map(([key]) => names.get(key)),
    );
  }

  /** Tell that everything was read, once it is in sight. */
  noteRead() {
    const { conversation } = this;
    const sees = document.visibilityState === "visible" && this.log.isAtEnd;
    if (conversation?.isFilled && sees && !boot.staff) this.app.read(conversation);
  }

  acts(entry) {
    if (boot.staff || entry.body === null) return [];
    const acts = [];
    if (entry.sender.key === this.app.me) {
      if (entry.type === "text") acts.push({ name: t("edit"), run: () => this.edit(entry) });
      acts.push({ name: t("recall"), run: () => this.change("recall", entry) });
    } else {
      acts.push({ name: t("report"), run: () => this.report(entry) });
      if (this.conversation.inCharge) {
        acts.push({ name: t("remove"), run: () => this.change("delete", entry) });
      }
    }
    return acts;
  }

  edit(entry) {
    this.editing = { entry, draft: this.text.value };
    this.text.value = entry.body;
    this.fit();
    this.showEditing();
    this.text.focus();
  }

  endEdit() {
    this.text.value = this.editing?.draft ?? "";
    this.editing = null;
    this.fit();
    this.showEditing();
  }

  async report(entry) {
    const answer = await this.app.dialog({ title: t("report"), yes: t("report"), hasText: true });
    if (answer === null) return this.log.focus(entry.seq);
    const done = await this.ask("report", { seq: entry.seq, ...(answer ? { reason: answer } : {}) });
    if (done) this.app.announce(t("reported"));
    return this.log.focus(entry.seq);
  }

  async change(op, entry) {
    await this.ask(op, { seq: entry.seq });
    this.log.focus(entry.seq);
  }

  async submit() {
    const body = this.text.value.trim();
    if (!body) return;
    this.say("");
    if (this.editing) {
      const { entry } = this.editing;
      if (body === entry.body || (await this.ask("edit", { seq: entry.seq, body }))) this.endEdit();
      return;
    }
    this.app.outbox.add(this.conversation.id, body);
    this.text.value = "";
    this.keepDraft();
    this.fit();
    this.stopTyping();
  }

  async ask(op, fields) {
    try {
      return await this.app.connection.ask(op, { conversation: this.conversation.id, ...fields });
    } catch (fault) {
      this.say(fault instanceof Lost ? t("failed") : reasonOf(fault));
      return null;
    }
  }

  key(event) {
    if (event.isComposing || event.keyCode === 229) return; // an input method is at work
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Escape") {
      if (this.editing) this.endEdit();
      else this.app.closed();
    } else if (event.key === "ArrowUp" && !this.text.value) {
      const mine = this.conversation.order.reverse().map((seq) => this.conversation.entries.get(seq));
      const last = mine.find((e) => e.sender.key === this.app.me && e.body !== null && e.type === "text");
      if (last) {
        event.preventDefault();
        this.edit(last);
      }
    }
  }

  typed() {
    this.fit();
    this.keepDraft();
    if (this.editing || !this.text.value) return;
    if (Date.now() - this.typedAt > TYPING_EVERY) {
      this.typedAt = Date.now();
      this.app.connection.tell("typing", { conversation: this.conversation.id, on: true });
    }
  }

  stopTyping() {
    if (!this.typedAt) return;
    this.typedAt = 0;
    this.app.connection.tell("typing", { conversation: this.conversation.id, on: false });
  }

  /** Somebody types, or has stopped. */
  heardTyping({ who, name, on }) {
    clearTimeout(this.typists.get(who)?.timer);
    this.typists.delete(who);
    if (on) {
      const timer = setTimeout(() => this.heardTyping({ who, on: false }), TYPING_LASTS);
      this.typists.set(who, { name, timer });
    }
    this.showTyping();
  }

  showTyping() {
    const names = [...this.typists.values()].map(({ name }) => name);
    byId("typing").textContent =
      names.length > 1 ? t("typingMany") : names.length ? t("typingOne", { name: names[0] }) : "";
  }

  showState() {
    const { conversation } = this;
    if (!conversation) return;
    const others = (conversation.members ?? []).filter(({ key }) => key !== this.app.me);
    let state = conversation.members ? t("membersCount", { count: conversation.members.length }) : "";
    if (conversation.kind === "friend") {
      state = others.length && others[0].online ? t("online") : others.length ? t("offline") : "";
    }
    byId("talk-state").textContent = state;
  }

  showEditing() {
    byId("editing").hidden = !this.editing;
    byId("editing").textContent = this.editing ? t("editing") : "";
  }

  say(text) {
    this.error.textContent = text;
  }

  fit() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, TALLEST)}px`;
  }

  get draftPlace() {
    return `chat.draft.${this.app.me}.${this.conversation.id}`;
  }

  keepDraft() {
    if (!this.conversation || this.editing) return;
    if (this.text.value) sessionStorage.setItem(this.draftPlace, this.text.value);
    else sessionStorage.removeItem(this.draftPlace);
  }
}
