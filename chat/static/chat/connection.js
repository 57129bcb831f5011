// The socket: opened again whenever it breaks, with answers to what was asked.

import { SignedOut } from "./account.js";

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
const PING_EVERY = 20_000;
const PONG_WITHIN = 10_000;
const FRAMES_AT_ONCE = 25; // the server takes 40, then 20 a second
const FRAME_EVERY = 70;
const RESUME = 4008;
const RESTARTING = 1012;
const UNAUTHENTICATED = 4401;

/** The server answered with an error. */
export class Refusal extends Error {
  constructor(frame) {
    super(frame.message);
    this.code = frame.code;
  }
}

/** The connection broke before the answer came; ask again once there is one. */
export class Lost extends Error {}

export class Connection {
  /**
   * @param credential asks for what opens the socket; raises SignedOut
   * @param handlers ready(you), frame(frame), state(name, facts), signedOut()
   */
  constructor({ address, protocol, credential, handlers }) {
    Object.assign(this, { address, protocol, handlers });
    this.obtain = credential;
    this.shown = null; // the credential, kept until it is refused
    this.socket = null;
    this.known = false;
    this.waits = 0;
    this.refused = 0;
    this.asked = new Map();
    this.nextRef = 1;
    this.queue = [];
    this.allowance = FRAMES_AT_ONCE;
    this.stopped = true;
    setInterval(() => this.known && this.check(), PING_EVERY);
    setInterval(() => this.refill(), FRAME_EVERY);
    addEventListener("online", () => this.now());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "visible") return;
      if (this.known) this.check();
      else this.now();
    });
  }

  start(credential = null) {
    this.shown = credential ?? this.shown;
    this.stopped = false;
    this.refused = 0;
    this.open();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    this.shown = null;
    this.drop(1000);
  }

  /** Try at once instead of waiting. */
  now() {
    if (this.stopped || this.socket || !this.timer) return;
    clearTimeout(this.timer);
    this.open();
  }

  ask(op, fields = {}) {
    return new Promise((resolve, reject) => {
      if (!this.known) return reject(new Lost());
      const ref = this.nextRef++;
      this.asked.set(ref, { resolve, reject });
      this.put({ op, ref, ...fields });
    });
  }

  /** Say something that nobody answers. */
  tell(op, fields = {}) {
    if (this.known) this.put({ op, ...fields });
  }

  async open() {
    this.timer = null;
    this.handlers.state("connecting");
    const turn = (this.turn = Symbol("turn"));
    try {
      this.shown ??= await this.obtain();
    } catch (fault) {
      if (fault instanceof SignedOut) this.end();
      else this.later();
      return;
    }
    if (this.stopped || turn !== this.turn) return;
    const url = new URL(this.address, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = (this.socket = new WebSocket(url, [this.protocol]));
    socket.onopen = () => socket.send(JSON.stringify({ op: "auth", ...this.shown }));
    socket.onmessage = (event) => this.heard(JSON.parse(event.data));
    socket.onclose = (event) => this.closed(event.code);
  }

  heard(frame) {
    if (frame.op === "welcome") {
      this.known = true;
      this.refused = 0;
      this.allowance = FRAMES_AT_ONCE;
      this.welcomedAt = Date.now();
      this.handlers.state("connected");
      this.handlers.ready(frame.you);
      return;
    }
    const waiting = this.asked.get(frame.ref);
    if (waiting) {
      this.asked.delete(frame.ref);
      if (frame.op === "error") waiting.reject(new Refusal(frame));
      else waiting.resolve(frame);
    } else if (frame.op !== "error" && frame.op !== "pong") {
      this.handlers.frame(frame);
    }
  }

  closed(code) {
    const lasted = this.known && Date.now() - this.welcomedAt > 5_000;
    this.drop(code);
    if (this.stopped) return;
    if (lasted) this.waits = 0;
    if (code === UNAUTHENTICATED) {
      this.shown = null;
      this.refused += 1;
      if (this.refused > 1) this.end();
      else this.open(); // the login may still be good
    } else if (code === RESUME && lasted) {
      this.open();
    } else {
      this.later(code === RESTARTING ? Math.random() * FIRST_WAIT : 0);
    }
  }

  later(extra = 0) {
    const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.waits++);
    const wait = longest * (0.75 + Math.random() / 4) + extra;
    this.timer = setTimeout(() => this.open(), wait);
    this.handlers.state("waiting", { seconds: Math.max(1, Math.round(wait / 1000)) });
  }

  end() {
    this.stop();
    this.handlers.signedOut();
  }

  drop(code) {
    const socket = this.socket;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      if (socket.readyState < WebSocket.CLOSING) socket.close(code === 1000 ? 1000 : undefined);
    }
    this.socket = null;
    this.known = false;
    this.queue = [];
    const asked = [...this.asked.values()];
    this.asked.clear();
    for (const { reject } of asked) reject(new Lost());
  }

  /** A line that is cut somewhere says nothing: ask for a sign of life. */
  check() {
    const socket = this.socket;
    const silent = setTimeout(() => socket === this.socket && this.closed(1006), PONG_WITHIN);
    this.ask("ping").catch(() => {}).finally(() => clearTimeout(silent));
  }

  put(frame) {
    this.queue.push(frame);
    this.pump();
  }

  pump() {
    while (this.queue.length && this.allowance >= 1 && this.socket) {
      this.allowance -= 1;
      this.socket.send(JSON.stringify(this.queue.shift()));
    }
  }

  refill() {
    this.allowance = Math.min(FRAMES_AT_ONCE, this.allowance + 1);
    this.pump();
  }
}
