// One conversation as the page knows it: entries by number, each once, whatever came twice.

const SAID = ["message", "system"];
const KEPT = 300; // entries of a conversation that is not looked at
const MOST = 1_000; // of one that is

export class Conversation {
  constructor(facts) {
    this.loaded = false; // entries are kept from when it was first opened
    this.isFilled = false; // the latest page of its history is there
    this.isLost = false; // it may not be read any more
    this.entries = new Map(); // what was said, by number
    this.removals = new Map(); // how it was removed, by the number of what was
    this.readers = new Map(); // how far others have read, by their key
    this.more = true;
    this.lowest = Infinity;
    this.highest = 0;
    this.known = new Set();
    this.update(facts);
  }

  /** Facts of the server's list, or of `subscribed`. */
  update(facts) {
    this.id = facts.id;
    this.kind = facts.kind ?? this.kind ?? "room";
    this.first = facts.firstSeq ?? this.first ?? 1; // the oldest entry that is kept
    this.name = facts.subject?.name || this.name || "?";
    this.picture = facts.subject?.picture ?? this.picture ?? "";
    this.toldRead = Math.max(facts.read ?? 0, this.toldRead ?? 0); // as the server knows it
    this.read = Math.max(this.toldRead, this.read ?? 0);
    this.count(facts.unread ?? this.unread ?? 0, facts.lastSeq ?? 0);
    this.at = facts.time ?? facts.last?.time ?? this.at ?? null;
    this.last = facts.last ?? this.last ?? null;
    this.lastSeq = Math.max(facts.lastSeq ?? 0, this.lastSeq ?? 0);
  }

  /** How much is unread, as it was counted when the conversation stood at `seq`. */
  count(unread, seq = this.lastSeq) {
    this.unread = this.read >= seq ? 0 : unread;
  }

  /** From where the server should go on. */
  get since() {
    return this.loaded ? this.highest : this.lastSeq;
  }

  get isFarBehind() {
    return this.loaded && this.lastSeq - this.highest > KEPT;
  }

  forget() {
    this.loaded = this.isFilled = false;
    this.entries.clear();
    this.removals.clear();
    this.known.clear();
    this.lowest = Infinity;
    this.highest = 0;
    this.more = true;
  }

  /** It is not looked at any more: what is old is read anew if it is opened again. */
  rest() {
    if (this.entries.size > KEPT) this.forget();
  }

  /** Let go of the oldest of very many; returns their numbers. */
  trim() {
    if (this.entries.size <= MOST) return [];
    const old = this.order.slice(0, MOST / 2);
    this.lowest = old.at(-1) + 1;
    this.more = true;
    for (const seq of old) this.entries.delete(seq);
    this.known = new Set([...this.known].filter((seq) => seq >= this.lowest));
    return old;
  }

  /** Take entries in, from history or as they come; returns the numbers that look different. */
  take(entries) {
    const changed = [];
    for (const entry of entries) {
      if (entry.seq > this.lastSeq || (entry.seq === this.lastSeq && !this.last)) {
        this.lastSeq = entry.seq;
        this.last = entry;
        this.at = entry.time;
      }
      if (this.loaded && !this.known.has(entry.seq)) changed.push(...this.keep(entry));
    }
    return changed;
  }

  keep(entry) {
    this.known.add(entry.seq);
    this.lowest = Math.min(this.lowest, entry.seq);
    this.highest = Math.max(this.highest, entry.seq);
    if (SAID.includes(entry.kind)) {
      this.entries.set(entry.seq, entry);
      return [entry.seq];
    }
    const target = this.entries.get(entry.target);
    if (entry.kind !== "edited") this.removals.set(entry.target, entry);
    if (!target) return [];
    if (entry.kind !== "edited") Object.assign(target, { body: null, removed: entry.time });
    else if (!target.removed) Object.assign(target, { body: entry.body, edited: entry.time });
    return [entry.target];
  }

  /** Numbers of what was said, in order. */
  get order() {
    return [...this.entries.keys()].sort((one, other) => one - other);
  }

  isNews(entry, me) {
    return SAID.includes(entry.kind) && entry.sender.key !== me && entry.seq > this.read;
  }
}
