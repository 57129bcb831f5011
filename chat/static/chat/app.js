// Who is signed in, what they have open, and what comes over the connection.

import { Connection, Lost } from "./connection.js";
import { Conversation } from "./conversation.js";
import { byId } from "./dom.js";
import { summary } from "./entry.js";
import { List } from "./list.js";
import { Members } from "./members.js";
import { Notices } from "./notices.js";
import { Outbox } from "./sending.js";
import { Talk } from "./talk.js";
import { boot, reasonOf, t } from "./texts.js";

const SOON = 300;
const RETRY_MS = 2000;
const PAGE = 100;
const CALM = ["room.entered", "room.left", "room.destroyed"];

export class App {
  constructor({ credential, signedOut }) {
    this.signedOut = signedOut;
    this.conversations = new Map();
    this.timers = new Map();
    this.connection = new Connection({
      address: boot.socket,
      protocol: boot.protocol,
      credential,
      handlers: {
        ready: (you) => this.ready(you),
        frame: (frame) => this.heard(frame),
        state: (name, facts) => this.showConnection(name, facts),
        signedOut: () => this.signedOut(),
      },
    });
    this.outbox = new Outbox({
      connection: this.connection,
      changed: (id) => id === this.talk?.conversation?.id && this.talk.drawWaiting(),
      refused: (item) => this.announce(refusedText(item)),
    });
    byId("try-now").addEventListener("click", () => this.connection.now());
    addEventListener("hashchange", () => this.follow());
  }

  start(credential) {
    this.connection.start(credential);
  }

  stop() {
    this.connection.stop();
    this.outbox.clear();
    sessionStorage.clear();
  }

  /** The connection stands: begin, or go on where it broke. */
  async ready(you) {
    if (this.me && this.me !== you.key) return location.reload(); // somebody else signed in
    if (!this.me) this.begin(you);
    try {
      await (boot.staff ? this.subscribe(this.ofStaff()) : this.refresh());
      while (this.isMissing && this.cursor) await this.refresh(this.cursor);
      this.follow();
      this.beginFocus();
      this.outbox.flush();
      await this.talk.load();
    } catch (fault) {
      if (!(fault instanceof Lost)) throw fault;
    }
    return undefined;
  }

  /** Whether the address names a conversation that is not in the list so far. */
  get isMissing() {
    const id = location.hash.slice(1);
    return Boolean(id) && !this.conversations.has(id);
  }

  /** Once, after signing in or a reload, unless the person went on meanwhile. */
  beginFocus() {
    const isLost = !document.activeElement || document.activeElement === document.body;
    if (this.hasFocused || !isLost || !matchMedia("(pointer: fine)").matches) return;
    this.hasFocused = true;
    if (!this.talk.conversation) this.list.focus();
    else byId(boot.staff ? "log" : "text").focus();
  }

  begin(you) {
    this.me = you.key;
    byId("me").textContent = boot.staff ? boot.staff.name : you.name;
    document.body.classList.toggle("as-staff", Boolean(boot.staff));
    this.list = new List({
      me: this.me,
      hooks: { open: (conversation) => this.open(conversation), more: () => this.refresh(this.cursor) },
    });
    this.members = new Members({
      connection: this.connection,
      changed: (conversation) => {
        if (conversation !== this.talk.conversation) return;
        this.talk.showState();
        this.talk.drawReceipts();
      },
    });
    this.notices = new Notices({
      changed: () => this.soon("refresh", () => this.refresh()),
      seen: (id) => this.connection.ask("seen", { notification: id }).catch(() => {}),
      announce: (text) => this.announce(text),
    });
    this.outbox.restore(this.me);
    this.talk = new Talk(this);
    if (!location.hash && boot.conversation) history.replaceState(null, "", `#${boot.conversation}`);
  }

  /** Read the list anew, and hear all that is in it. */
  async refresh(cursor = null) {
    if (cursor === null) this.notices.load();
    const page = await this.connection.ask("list", { limit: PAGE, ...(cursor ? { cursor } : {}) });
    this.cursor = page.cursor;
    byId("more-conversations").hidden = !page.cursor;
    const listed = page.conversations.map((facts) => this.know(facts));
    if (cursor === null && !page.cursor) this.dropOthers(listed);
    this.draw();
    const open = this.talk.conversation;
    listed.sort((one, other) => (other === open) - (one === open));
    await Promise.all(listed.map((conversation) => this.subscribe(conversation)));
  }

  know(facts) {
    const known = this.conversations.get(facts.id);
    if (known) {
      known.update(facts);
      return known;
    }
    const conversation = new Conversation(facts);
    this.conversations.set(facts.id, conversation);
    return conversation;
  }

  dropOthers(listed) {
    for (const conversation of this.conversations.values()) {
      if (!listed.includes(conversation) && conversation !== this.talk.conversation) {
        this.conversations.delete(conversation.id);
      }
    }
  }

  ofStaff() {
    return this.know({ id: boot.conversation, subject: { name: boot.staff.title } });
  }

  /** Hear a conversation from where it is known; once for each connection. */
  async subscribe(conversation) {
    if (conversation.heardBy === this.connection.socket) return;
    conversation.heardBy = this.connection.socket;
    if (conversation.isFarBehind) this.forget(conversation);
    try {
      const state = await this.connection.ask("subscribe", {
        conversation: conversation.id, since: conversation.since,
      });
      conversation.inCharge = state.inCharge;
      conversation.first = state.first;
      conversation.toldRead = Math.max(conversation.toldRead, state.read);
      if (state.gap) this.forget(conversation);
      if (conversation.isLost) this.regain(conversation);
    } catch (fault) {
      conversation.heardBy = null;
      if (fault instanceof Lost) throw fault;
      if (fault.code === "conversation_not_found") this.lose(conversation);
      else setTimeout(() => this.subscribe(conversation).catch(() => {}), RETRY_MS);
    }
  }

  /** Its messages are read anew: too much was missed, or it is not kept any more. */
  forget(conversation) {
    conversation.forget();
    if (conversation === this.talk.conversation) this.talk.open(conversation);
  }

  heard(frame) {
    const conversation = this.conversations.get(frame.conversation);
    if (frame.op === "notification") this.notices.heard(frame);
    else if (frame.op === "event") this.happened(frame);
    else if (!conversation) return;
    else if (frame.op === "entries") this.entries(conversation, frame.entries);
    else if (frame.op === "typing" && this.isOpen(conversation)) this.talk.heardTyping(frame);
    else if (frame.op === "read") this.heardRead(conversation, frame);
    else if (frame.op === "unsubscribed") this.lose(conversation);
  }

  entries(conversation, entries) {
    const before = conversation.lastSeq;
    const changed = conversation.take(entries);
    const fresh = entries.filter((entry) => entry.seq > before);
    const news = fresh.filter((entry) => conversation.isNews(entry, this.me));
    conversation.unread += news.length;
    if (fresh.length > news.length && conversation.unread) this.soon("unread", () => this.recount());
    this.outbox.settle(conversation.id, entries, this.me);
    if (this.isOpen(conversation)) this.talk.heard(changed, entries);
    else if (news.length) {
      const text = summary(news.at(-1), this.me);
      this.announce(`${t("chatOf", { name: conversation.name })}. ${text}`);
    }
    this.draw();
  }

  heardRead(conversation, { who, seq }) {
    if (who === this.me) {
      conversation.read = Math.max(conversation.read, seq);
      conversation.toldRead = Math.max(conversation.toldRead, seq);
      if (seq >= conversation.lastSeq) conversation.unread = 0;
      else this.soon("unread", () => this.recount());
      this.draw();
      return;
    }
    conversation.readers.set(who, Math.max(seq, conversation.readers.get(who) ?? 0));
    if (this.isOpen(conversation)) this.talk.drawReceipts();
  }

  async recount() {
    const { counts } = await this.connection.ask("unread");
    for (const [id, count] of Object.entries(counts)) {
      const conversation = this.conversations.get(id);
      conversation?.count(count);
    }
    this.draw();
  }

  /** Everything of a conversation was seen. */
  read(conversation) {
    conversation.unread = 0;
    this.draw();
    conversation.read = Math.max(conversation.read, conversation.lastSeq);
    if (conversation.read <= conversation.toldRead) return;
    this.soon(`read ${conversation.id}`, async () => {
      const seq = conversation.read;
      await this.connection.ask("read", { conversation: conversation.id, seq });
      conversation.toldRead = Math.max(conversation.toldRead, seq);
    });
  }

  happened(frame) {
    if (frame.event.startsWith("group.")) this.soon("refresh", () => this.refresh());
    if (CALM.includes(frame.event)) this.soon("said", () => this.announce(t(frame.event)));
    if (this.talk.conversation) this.soon("members", () => this.members.load(this.talk.conversation));
  }

  lose(conversation) {
    conversation.isLost = true;
    conversation.heardBy = null;
    if (this.isOpen(conversation)) this.talk.showRights();
    this.draw();
  }

  /** It is subscribed to again: somebody let this person in anew. */
  regain(conversation) {
    conversation.isLost = false;
    if (this.isOpen(conversation)) {
      this.talk.showRights();
      this.talk.load();
    }
    this.draw();
  }

  isOpen(conversation) {
    return conversation === this.talk.conversation;
  }

  /** Open a conversation, as one step of the browser's history. */
  open(conversation) {
    if (location.hash !== `#${conversation.id}`) history.pushState(null, "", `#${conversation.id}`);
    this.follow();
    byId(boot.staff ? "log" : "text").focus();
  }

  closed() {
    if (boot.staff) return;
    const id = this.talk.conversation?.id;
    history.pushState(null, "", location.pathname);
    this.follow();
    this.list.focus(id);
  }

  /** Show what the address names. */
  follow() {
    if (!this.talk) return;
    const id = location.hash.slice(1);
    const wanted = this.conversations.get(id);
    document.body.classList.toggle("talking", Boolean(wanted));
    if (wanted && wanted !== this.talk.conversation) {
      this.members.close();
      this.talk.open(wanted);
    } else if (!wanted) {
      this.members.close();
      this.talk.close();
      if (id) this.announce(t("unknownConversation"));
    }
    this.draw();
  }

  draw() {
    if (!this.list) return;
    this.list.draw(this.conversations, this.talk.conversation?.id);
    const all = [...this.conversations.values()].filter((one) => !one.isLost);
    const unread = all.reduce((sum, one) => sum + one.unread, 0);
    const title = this.talk.conversation?.name ?? t("chat");
    document.title = `${unread ? `(${unread > 99 ? "99+" : unread}) ` : ""}${title} · rtcserver`;
  }

  /** Do something once, a moment from now, however often it is asked for. */
  soon(name, act) {
    if (this.timers.has(name)) return;
    const run = async () => {
      this.timers.delete(name);
      try {
        if (this.connection.known) await act();
      } catch {
        // done again with the next connection
      }
    };
    this.timers.set(name, setTimeout(run, SOON));
  }

  showConnection(name, facts) {
    document.body.dataset.connection = name;
    byId("connection").textContent = t(name, facts);
    byId("try-now").hidden = name !== "waiting";
  }

  announce(text) {
    byId("said").textContent = text;
  }

  /** Ask in a dialog; the text or "" if confirmed, null if not. */
  dialog({ title, yes, hasText }) {
    const box = byId("ask");
    byId("ask-title").textContent = title;
    byId("ask-yes").textContent = yes;
    byId("ask-field").hidden = !hasText;
    byId("ask-text").value = "";
    box.returnValue = "";
    box.showModal();
    return new Promise((resolve) => {
      const done = () => resolve(box.returnValue === "yes" ? byId("ask-text").value.trim() : null);
      box.addEventListener("close", done, { once: true });
    });
  }
}

const refusedText = (item) => t("refused", { reason: reasonOf({ code: item.code, message: item.reason }) });
