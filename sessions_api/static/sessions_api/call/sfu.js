// Two connections to the media server: what this page sends goes up, everybody else comes down.
// To the page it looks like `Mesh`.

import { KINDS, levelOf, newTag, routeOf } from "./peer.js";

const TICK = 2000; // milliseconds
const STUCK = 8000; // without a connection for so long, it begins anew
const RETRY = [500, 1000, 2000, 4000];

export class Sfu extends EventTarget {
  constructor(signalling, me) {
    super();
    this.signalling = signalling;
    this.me = me;
    this.peers = new Map(); // of those whose media comes down
    this.tracks = Object.fromEntries(KINDS.map((kind) => [kind, null]));
    this.media = { ice_servers: [] };
    this.tries = 0;
    this.ticking = setInterval(() => this.tick(), TICK);
  }

  // Nothing comes down while nobody else sends.
  get isUp() {
    const isSent = !this.me.can_publish || this.up?.connectionState === "connected";
    return this.isSeated && isSent && (!this.down || this.down.connectionState === "connected");
  }

  // The server gives up a page's place with its socket, and whoever may send differs anew.
  meet(people, media, connection) {
    this.media = media;
    const key = `${connection} ${this.me.can_publish}`;
    if (key !== this.key) this.start();
    this.key = key;
  }

  add() {} // the server offers what they send

  drop(id) {
    this.peers.delete(id);
  }

  start() {
    this.close();
    this.tag = newTag();
    this.startedAt = Date.now();
    this.say({ hello: "new" });
  }

  say(signal) {
    this.signalling.send("signal", { to: "server", page: this.tag, ...signal });
  }

  receive({ to_page, ...signal }) {
    if (to_page !== this.tag) return;
    if (signal.gone) this.again();
    else this.turn = this.turn.then(() => this.take(signal)).catch((fault) => console.debug("sfu", fault.name));
  }

  async take({ hello, side, description, streams }) {
    if (hello) {
      this.isSeated = true;
      if (this.me.can_publish) await this.publish();
    } else if (side === "up") {
      await this.up.setRemoteDescription(description);
      this.tries = 0;
    } else {
      await this.watch(description, streams);
    }
  }

  async publish() {
    this.up = this.connect("up");
    for (const kind of KINDS) {
      this.up.addTransceiver(kind === "audio" ? "audio" : "video", { direction: "sendonly" });
    }
    this.attach();
    await this.up.setLocalDescription();
    this.say({ side: "up", description: this.up.localDescription.toJSON() });
  }

  async watch(description, streams) {
    this.down ??= this.connect("down");
    const { down } = this;
    await down.setRemoteDescription(description);
    await down.setLocalDescription();
    this.say({ side: "down", description: down.localDescription.toJSON() });
    const receivers = new Map(down.getTransceivers().map(({ mid, receiver }) => [mid, receiver]));
    this.show(streams, receivers);
  }

  show(streams, receivers) {
    const known = this.peers;
    this.peers = new Map();
    for (const { mid, from, kind } of streams) {
      const peer = this.peers.get(from) ?? new Seen(this.down, known.get(from));
      peer.hold(kind, receivers.get(mid));
      this.peers.set(from, peer);
    }
    this.dispatchEvent(new Event("peer"));
  }

  connect(side) {
    const pc = new RTCPeerConnection({
      iceServers: this.media.ice_servers,
      iceTransportPolicy: this.media.relay_only ? "relay" : "all",
    });
    pc.onicecandidate = ({ candidate }) => {
      this.say({ side, candidate: candidate?.toJSON() ?? { candidate: "" } });
    };
    pc.onconnectionstatechange = () => {
      if (pc.connectionState === "failed") this.again();
      else if (pc.connectionState === "connected") this.brokenAt = this.isLost = undefined;
      else if (pc.connectionState === "disconnected") this.brokenAt ??= Date.now();
    };
    return pc;
  }

  send(kind, track) {
    this.tracks[kind] = track;
    this.attach();
  }

  // What is sent changes without negotiating.
  attach() {
    this.up?.getTransceivers().forEach(({ sender }, at) => {
      const track = this.tracks[KINDS[at]];
      if (sender.track !== track) sender.replaceTrack(track).catch(() => {});
    });
  }

  // Begin anew, with fresh credentials; what was lost on the way is tried again and again.
  again() {
    if (this.retrying) return;
    this.close();
    this.startedAt = this.brokenAt ?? Date.now();
    const wait = RETRY[Math.min(this.tries++, RETRY.length - 1)];
    this.retrying = setTimeout(async () => {
      try {
        this.media = (await this.signalling.ask("ice")).media;
      } catch {
        // the signalling is away; the old ones may still do
      }
      this.retrying = null;
      if (!this.isStopped) this.start();
    }, wait);
  }

  tick() {
    if (!this.signalling.isOpen || this.retrying || this.isUp) return;
    if (Date.now() - (this.brokenAt ?? this.startedAt) < STUCK) return;
    if (!this.isLost) {
      this.isLost = true;
      this.dispatchEvent(new CustomEvent("noroute", { detail: { reason: "noRouteServer" } }));
    }
    this.again();
  }

  close() {
    this.turn = Promise.resolve();
    this.isSeated = false;
    for (const pc of [this.up, this.down]) {
      if (!pc) continue;
      pc.onicecandidate = pc.onconnectionstatechange = null;
      pc.close();
    }
    this.up = this.down = null;
  }

  stop() {
    this.isStopped = true;
    clearInterval(this.ticking);
    clearTimeout(this.retrying);
    this.close();
  }
}

// One of the others, as far as their media comes down; it looks like `Peer`.
class Seen {
  constructor(pc, known) {
    this.pc = pc;
    this.stream = known?.stream ?? new MediaStream();
    this.screen = known?.screen ?? new MediaStream();
  }

  get isConnected() {
    return this.pc.connectionState === "connected";
  }

  get level() {
    return levelOf(this.voice);
  }

  route() {
    return routeOf(this.pc);
  }

  hold(kind, receiver) {
    if (kind === "audio") this.voice = receiver;
    const stream = kind === "screen" ? this.screen : this.stream;
    for (const track of stream.getTracks()) {
      if (track.kind === receiver.track.kind && track !== receiver.track) stream.removeTrack(track);
    }
    if (!stream.getTracks().includes(receiver.track)) stream.addTrack(receiver.track);
  }
}
