// A WebSocket of frames with `op` that opens itself again after a break.

const RETRY = [200, 500, 1000, 2000, 4000]; // milliseconds
const PING = 20000;
const ANSWER = 10000;

export class FrameSocket extends EventTarget {
  // `hello()` returns the first frame, or a promise of it; `isFinal(code)` says whom not to retry.
  constructor(path, hello, isFinal) {
    super();
    this.url = new URL(path, location.href);
    this.url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.hello = hello;
    this.isFinal = isFinal;
    this.asked = new Map();
    this.refs = 0;
    this.tries = 0;
    this.stopped = false;
    window.addEventListener("online", () => this.retryNow());
  }

  open() {
    if (this.stopped) return;
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.onopen = async () => {
      try {
        socket.send(JSON.stringify(await this.hello()));
      } catch {
        socket.close();
      }
    };
    socket.onmessage = ({ data }) => this.received(JSON.parse(data));
    socket.onclose = ({ code, reason }) => this.closed(socket, code, reason);
    clearInterval(this.pinging);
    this.pinging = setInterval(() => this.ping(socket), PING);
  }

  get isOpen() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  send(op, fields = {}) {
    if (this.isOpen) this.socket.send(JSON.stringify({ op, ...fields }));
  }

  // Resolves with the answer; rejects with an error frame, or when the connection breaks.
  ask(op, fields = {}) {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) return reject({ code: "unavailable" });
      const ref = ++this.refs;
      const timer = setTimeout(() => this.settle(ref, null, { code: "unavailable" }), ANSWER);
      this.asked.set(ref, { resolve, reject, timer });
      this.send(op, { ref, ...fields });
    });
  }

  stop() {
    this.stopped = true;
    clearInterval(this.pinging);
    this.socket?.close();
  }

  retryNow() {
    if (this.stopped || !this.retrying) return;
    clearTimeout(this.retrying);
    this.retrying = null;
    this.open();
  }

  // Drop a connection that only seems open.
  ping(socket) {
    this.ask("ping").catch(() => socket === this.socket && socket.close());
  }

  received(frame) {
    this.tries = 0;
    if (this.asked.has(frame.ref)) this.settle(frame.ref, frame, frame.op === "error" && frame);
    else this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
  }

  settle(ref, frame, fault) {
    const { resolve, reject, timer } = this.asked.get(ref) ?? {};
    this.asked.delete(ref);
    clearTimeout(timer);
    if (fault) reject?.(fault);
    else resolve?.(frame);
  }

  closed(socket, code, reason) {
    if (socket !== this.socket) return;
    for (const ref of [...this.asked.keys()]) this.settle(ref, null, { code: "unavailable" });
    const final = this.stopped || this.isFinal(code);
    this.dispatchEvent(new CustomEvent("closed", { detail: { code, reason, final } }));
    clearInterval(this.pinging);
    if (final) {
      this.stopped = true;
      return;
    }
    const wait = RETRY[Math.min(this.tries++, RETRY.length - 1)];
    this.retrying = setTimeout(() => this.retryNow(), wait * (0.75 + Math.random() / 2));
  }
}
