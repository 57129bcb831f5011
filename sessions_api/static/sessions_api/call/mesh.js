// Connections to all others in the call.

import { KINDS, Peer } from "./peer.js";

const TICK = 2000; // milliseconds
const STUCK = 8000; // without a connection for so long, a pair begins anew
const NO_ROUTE = 10000;

export class Mesh extends EventTarget {
  constructor(signalling, me) {
    super();
    this.signalling = signalling;
    this.me = me;
    this.peers = new Map();
    this.people = new Map();
    this.tracks = Object.fromEntries(KINDS.map((kind) => [kind, null]));
    this.media = { ice_servers: [] };
    this.ticking = setInterval(() => this.tick(), TICK);
  }

  get canPublish() {
    return this.me.can_publish;
  }

  get direction() {
    return this.canPublish ? "sendrecv" : "recvonly";
  }

  configuration() {
    return {
      iceServers: this.media.ice_servers,
      iceTransportPolicy: this.media.relay_only ? "relay" : "all",
    };
  }

  // Fresh credentials: those of the server live for a minute only.
  async renewServers() {
    try {
      this.media = (await this.signalling.ask("ice")).media;
    } catch {
      // the signalling is away; the old ones may still do
    }
  }

  // `people` are all others inside. Whoever just came speaks first.
  meet(people, media) {
    this.media = media;
    this.people = new Map(people.map((person) => [person.peer_id, person]));
    for (const id of [...this.peers.keys()]) if (!this.people.has(id)) this.drop(id);
    for (const id of this.people.keys()) if (!this.peers.has(id)) this.start(id);
  }

  add(person) {
    this.people.set(person.peer_id, person);
  }

  drop(id) {
    this.people.delete(id);
    this.close(id);
  }

  start(id) {
    this.close(id);
    const peer = new Peer(this, id, null);
    this.peers.set(id, peer);
    peer.hello("new");
  }

  receive({ from, ...signal }) {
    const known = this.peers.get(from);
    if (signal.hello === "new") return this.answer(from, signal.page, known);
    if (!known || signal.to_page !== known.tag) return undefined;
    if (!known.remoteTag) {
      known.remoteTag = signal.page;
      if (signal.hello) return known.begin();
    }
    if (signal.page === known.remoteTag) known.receive(signal);
    return undefined;
  }

  // They begin anew. If both said hello, that of the impolite side counts; it says so again, for
  // the first one may have been said to a page that was not there yet.
  answer(from, page, known) {
    if (known?.remoteTag === page) {
      if (known.polite) known.hello("back");
      return;
    }
    if (known && !known.remoteTag && !known.polite) {
      known.hello("new");
      return;
    }
    this.close(from);
    const peer = new Peer(this, from, page);
    this.peers.set(from, peer);
    if (peer.polite) peer.hello("back");
    else peer.begin();
  }

  send(kind, track) {
    this.tracks[kind] = track;
    for (const peer of this.peers.values()) if (peer.pc.getTransceivers().length) peer.attach();
  }

  changed(peer) {
    if (this.peers.get(peer.id) === peer) {
      this.dispatchEvent(new CustomEvent("peer", { detail: peer }));
    }
  }

  // Whatever got lost on the way: pairs that are not connected try again.
  tick() {
    if (!this.signalling.isOpen) return;
    for (const [id, person] of this.people) {
      const peer = this.peers.get(id);
      if (peer?.isConnected) continue;
      const age = peer ? Date.now() - (peer.brokenAt || peer.startedAt) : Infinity;
      if (peer && !peer.lost && person.is_connected) this.tell(peer, person);
      if (age > STUCK * (peer?.polite ? 1.5 : 1) && person.is_connected) this.again(id, peer);
    }
  }

  again(id, peer) {
    const since = peer?.waitingSince ?? (peer?.brokenAt || peer?.startedAt);
    this.start(id);
    Object.assign(this.peers.get(id), { waitingSince: since, lost: peer?.lost });
  }

  tell(peer, person) {
    const since = peer.waitingSince ?? (peer.brokenAt || peer.startedAt);
    if (Date.now() - since < NO_ROUTE) return;
    peer.lost = true;
    this.dispatchEvent(new CustomEvent("noroute", { detail: { person, reason: this.reason(peer) } }));
  }

  reason(peer) {
    const relays = this.media.ice_servers.some(({ urls }) => [urls].flat().some((url) => url.startsWith("turn")));
    if (!peer.remoteTag) return "noRouteThem";
    if (relays && !peer.found.has("relay") && peer.faults.length) return "noRouteTurn";
    if (!peer.found.size) return relays && this.media.relay_only ? "noRouteTurn" : "noRouteNone";
    return relays ? "noRouteTurn" : "noRouteBlocked";
  }

  close(id) {
    this.peers.get(id)?.close();
    this.peers.delete(id);
  }

  stop() {
    clearInterval(this.ticking);
    for (const id of [...this.peers.keys()]) this.close(id);
  }
}
