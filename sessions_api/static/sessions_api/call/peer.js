// One connection to one other page: perfect negotiation, with the first offer always from the
// impolite side, so that both have the same three channels: voice, camera, screen.

export const KINDS = ["audio", "video", "screen"];
const BLINK = 2500; // milliseconds a connection may be interrupted before a restart
const YIELD = 4000; // how much longer the polite side leaves the restart to the other

export const newTag = () => crypto.getRandomValues(new Uint32Array(2)).join("-");

const ufragOf = (description) => /^a=ice-ufrag:(\S+)/m.exec(description?.sdp)?.[1];

// "relay/host" and the like: the sorts of both ends of the path in use.
export async function routeOf(pc) {
  const stats = await pc.getStats();
  const rows = [...stats.values()];
  const transport = rows.find((row) => row.type === "transport" && row.selectedCandidatePairId);
  const pair = transport
    ? stats.get(transport.selectedCandidatePairId)
    : rows.find((row) => row.type === "candidate-pair" && row.nominated);
  const [mine, theirs] = [pair?.localCandidateId, pair?.remoteCandidateId].map((id) => stats.get(id));
  return mine && theirs ? `${mine.candidateType}/${theirs.candidateType}` : "";
}

// How loud the person behind a receiver is, from 0 to 1.
export function levelOf(receiver) {
  return receiver?.getSynchronizationSources?.()[0]?.audioLevel ?? 0;
}

export class Peer {
  constructor(mesh, id, remoteTag) {
    this.mesh = mesh;
    this.id = id;
    this.tag = newTag();
    this.remoteTag = remoteTag;
    this.polite = mesh.me.peer_id < id;
    this.startedAt = Date.now();
    this.faults = [];
    this.found = new Set(); // sorts of own candidates
    this.turn = Promise.resolve();
    this.connect();
  }

  connect() {
    this.pc = new RTCPeerConnection(this.mesh.configuration());
    this.stream = new MediaStream();
    this.screen = new MediaStream();
    this.pc.onicecandidate = ({ candidate }) => {
      if (!candidate?.candidate) return;
      this.found.add(candidate.type);
      this.send({ candidate: candidate.toJSON() });
    };
    this.pc.onicecandidateerror = ({ errorCode }) => this.faults.push(errorCode);
    this.pc.onnegotiationneeded = () => this.offer();
    this.pc.onconnectionstatechange = () => this.changed();
    this.pc.ontrack = () => this.mesh.changed(this);
  }

  get isConnected() {
    return this.pc.connectionState === "connected";
  }

  // The impolite side opens the channels; its offer follows by itself.
  begin() {
    if (this.polite || this.pc.getTransceivers().length) return;
    for (const kind of ["audio", "video", "video"]) {
      this.pc.addTransceiver(kind, { direction: this.mesh.direction });
    }
    this.attach();
  }

  hello(word) {
    this.send({ hello: word });
  }

  send(signal) {
    const tags = this.remoteTag ? { page: this.tag, to_page: this.remoteTag } : { page: this.tag };
    this.mesh.signalling.send("signal", { to: this.id, ...signal, ...tags });
  }

  async offer() {
    if (!this.remoteTag) return;
    try {
      this.isOffering = true;
      await this.pc.setLocalDescription();
      this.send({ description: this.pc.localDescription.toJSON() });
    } catch (fault) {
      console.debug("offer", fault.name);
    } finally {
      this.isOffering = false;
    }
  }

  // Signals are taken one after another.
  receive(signal) {
    this.turn = this.turn.then(() => this.take(signal)).catch((fault) => {
      if (!this.ignoresOffer) console.debug("signal", fault.name);
    });
  }

  async take({ description, candidate }) {
    if (candidate) return this.pc.addIceCandidate(candidate);
    if (!description) return undefined;
    if (this.restarts(description)) await this.renew();
    const collides =
      description.type === "offer" && (this.isOffering || this.pc.signalingState !== "stable");
    this.ignoresOffer = !this.polite && collides;
    if (this.ignoresOffer) return undefined;
    await this.pc.setRemoteDescription(description);
    if (description.type !== "offer") return undefined;
    for (const transceiver of this.pc.getTransceivers()) transceiver.direction = this.mesh.direction;
    this.attach();
    await this.pc.setLocalDescription();
    this.send({ description: this.pc.localDescription.toJSON() });
    return undefined;
  }

  restarts(description) {
    const known = ufragOf(this.pc.remoteDescription);
    return description.type === "offer" && known && known !== ufragOf(description);
  }

  // What is sent changes without negotiating anew.
  attach() {
    this.pc.getTransceivers().forEach(({ sender }, at) => {
      const track = this.mesh.canPublish ? this.mesh.tracks[KINDS[at]] : null;
      if (sender.track !== track) sender.replaceTrack(track ?? null).catch(() => {});
    });
    this.receivers().forEach((receiver, at) => {
      const stream = at === 2 ? this.screen : this.stream;
      if (!stream.getTracks().includes(receiver.track)) stream.addTrack(receiver.track);
    });
  }

  receivers() {
    return this.pc.getTransceivers().slice(0, KINDS.length).map(({ receiver }) => receiver);
  }

  get level() {
    return levelOf(this.receivers()[0]);
  }

  changed() {
    clearTimeout(this.blink);
    if (!this.isConnected) this.brokenAt ??= this.connectedAt && Date.now();
    if (["disconnected", "failed"].includes(this.pc.connectionState)) {
      const blink = this.pc.connectionState === "failed" ? 0 : BLINK;
      this.blink = setTimeout(() => this.restart(), blink + (this.polite ? YIELD : 0));
    } else if (this.isConnected) {
      this.connectedAt = Date.now();
      this.brokenAt = undefined;
    }
    this.mesh.changed(this);
  }

  // If both sides did so at once, one would take its offer back, and some browsers then show the
  // last picture for ever.
  async restart() {
    if (this.pc.connectionState === "closed" || this.isConnected) return;
    await this.renew();
    if (!this.isConnected && this.pc.signalingState === "stable") this.pc.restartIce();
  }

  async renew() {
    await this.mesh.renewServers();
    this.faults = [];
    if (this.pc.signalingState !== "closed") this.pc.setConfiguration(this.mesh.configuration());
  }

  route() {
    return routeOf(this.pc);
  }

  close() {
    clearTimeout(this.blink);
    this.pc.onconnectionstatechange = null;
    this.pc.close();
  }
}
