// The log of the open conversation: one row an entry, touched only where something changed.

import { byId, make } from "./dom.js";
import { pendingRow, place, rowOf } from "./entry.js";
import { t } from "./texts.js";

const NEAR = 80; // pixels from the end that still count as the end
const OLDER = 240; // pixels from the start at which older messages are asked for

export class Log {
  /** @param hooks acts(entry), older(), atEnd(), retry(item), discard(item) */
  constructor({ me, hooks }) {
    Object.assign(this, { me, hooks });
    this.box = byId("log");
    this.list = byId("entries");
    this.waiting = byId("pending");
    this.jump = byId("jump");
    this.rows = new Map();
    this.box.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.box.addEventListener("keydown", (event) => this.walk(event));
    this.jump.addEventListener("click", () => this.toEnd());
    // What changes the height of the box must not push the last message out of sight.
    new ResizeObserver(() => this.sticks && this.toEnd()).observe(this.box);
  }

  show(conversation) {
    this.conversation = conversation;
    this.rows.clear();
    this.list.replaceChildren();
    this.waiting.replaceChildren();
    this.jump.hidden = true;
    this.sticks = true;
    this.freshAfter = conversation?.unread ? conversation.read : null;
  }

  get isAtEnd() {
    return this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < NEAR;
  }

  toEnd() {
    this.box.scrollTop = this.box.scrollHeight;
    this.jump.hidden = true;
    this.sticks = true;
    this.hooks.atEnd();
  }

  /** Draw entries by their numbers; what is above the reader's eye does not move it. */
  draw(numbers, { isHistory = false } = {}) {
    const { box, conversation } = this;
    const order = conversation.order;
    const fromEnd = box.scrollHeight - box.scrollTop;
    const stays = this.sticks;
    const isNews = numbers.some((seq) => !this.rows.has(seq));
    box.setAttribute("aria-busy", String(isHistory)); // history is read when it is asked for
    for (const seq of [...new Set(numbers)].sort((one, other) => one - other)) {
      if (conversation.entries.has(seq)) this.put(seq, order);
    }
    this.divide(order);
    if (stays) this.letGo(conversation.trim());
    const start = conversation.first > 1 ? "gap" : "beginning";
    byId("log-start").textContent = conversation.more ? "" : t(start);
    if (stays) this.toEnd();
    else if (isHistory) box.scrollTop = box.scrollHeight - fromEnd;
    else if (isNews) this.jump.hidden = false;
    if (isHistory) requestAnimationFrame(() => box.setAttribute("aria-busy", "false"));
  }

  letGo(numbers) {
    for (const seq of numbers) {
      this.rows.get(seq)?.remove();
      this.rows.delete(seq);
    }
  }

  drawWaiting(items) {
    const had = this.waiting.childElementCount;
    this.waiting.replaceChildren(
      ...items.map((item) =>
        pendingRow(item, {
          retry: () => this.hooks.retry(item),
          discard: () => this.hooks.discard(item),
        }),
      ),
    );
    if (items.length > had || this.sticks) this.toEnd();
  }

  /** Who has read the newest of my messages that anybody has read. */
  drawReceipts(names) {
    for (const shown of this.list.querySelectorAll(".receipt:not(:empty)")) shown.textContent = "";
    const mine = this.conversation.order.reverse()
      .filter((seq) => this.conversation.entries.get(seq).sender.key === this.me);
    for (const seq of mine) {
      const readers = names(seq);
      if (!readers.length) continue;
      const text = this.conversation.kind === "friend" ? t("read") : t("readBy", { names: readers.join(", ") });
      this.rows.get(seq).querySelector(".receipt").textContent = ` · ${text}`;
      return;
    }
  }

  focus(seq) {
    this.rows.get(seq)?.focus();
  }

  put(seq, order) {
    const { conversation } = this;
    const entry = conversation.entries.get(seq);
    const old = this.rows.get(seq);
    const row = rowOf(entry, {
      me: this.me, removal: conversation.removals.get(seq), acts: this.hooks.acts(entry),
    });
    const at = order.indexOf(seq);
    const hadFocus = old?.contains(document.activeElement);
    this.rows.set(seq, row);
    if (old) old.replaceWith(row);
    else {
      const next = order.slice(at + 1).map((later) => this.rows.get(later)).find(Boolean);
      this.list.insertBefore(row, next ?? null);
    }
    place(row, entry, conversation.entries.get(order[at - 1]));
    const after = this.rows.get(order[at + 1]);
    if (after) place(after, conversation.entries.get(order[at + 1]), entry);
    if (hadFocus) row.focus();
  }

  /** A line before the first message that was unread when the conversation was opened. */
  divide(order) {
    if (this.freshAfter === null || this.list.querySelector(".fresh")) return;
    const first = order.find(
      (seq) => seq > this.freshAfter && this.conversation.entries.get(seq).sender.key !== this.me,
    );
    if (first === undefined) return;
    const line = make("p", { className: "fresh" }, make("span", { textContent: t("newMessages") }));
    this.rows.get(first)?.prepend(line);
  }

  scrolled() {
    this.sticks = this.isAtEnd;
    if (this.sticks) {
      this.jump.hidden = true;
      this.hooks.atEnd();
    }
    if (this.box.scrollTop < OLDER) this.hooks.older();
  }

  /** Arrow keys go from message to message; Tab then reaches what can be done with it. */
  walk(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const all = [...this.list.children];
    if (!step || !all.length) return;
    const row = document.activeElement.closest?.("#entries > li");
    const at = row ? all.indexOf(row) + step : step < 0 ? all.length - 1 : 0;
    if (all[at]) {
      event.preventDefault();
      all[at].focus();
    }
  }
}
