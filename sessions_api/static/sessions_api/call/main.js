// The page of a call: before it, waiting, inside, over.

import { Chat } from "./chat.js";
import { Devices, showLevel } from "./devices.js";
import { Mesh } from "./mesh.js";
import { Own } from "./own.js";
import { People } from "./people.js";
import { Sfu } from "./sfu.js";
import { FrameSocket } from "./socket.js";
import { byId, nameOf, text } from "./texts.js";
import { Tiles } from "./tiles.js";

const FINAL = [1000, 1008, 4009, 4401, 4403, 4404, 4409, 4410];
const REASONS = {
  session_ended: "ended",
  participant_expired: "ended",
  session_canceled: "canceled",
  participant_canceled: "canceled",
  not_found: "unknown",
  call_full: "full",
};
const WAYS = { p2p: Mesh, janus: Sfu };
const LOOK = 1000; // milliseconds between looks at routes and loudness
const SYNC = 30000;

const me = JSON.parse(byId("person").textContent);
const entry = decodeURIComponent(location.pathname.split("/").pop()); // the credential
const devices = new Devices();
const signalling = new FrameSocket("/ws/call", () => ({ op: "auth", entry }), (code) => FINAL.includes(code));
const people = new People(signalling);
const tiles = new Tiles();
const chat = new Chat(signalling);
let own = null;
let way = null;
let why = "";
let connection = ""; // of the socket; what the server holds for a page goes with it
let ownStream = new MediaStream();
let ownScreen = new MediaStream();
let stopLevel = () => {};

function show(phase) {
  for (const id of ["prejoin", "waiting", "call", "over"]) byId(id).hidden = id !== phase;
  document.body.dataset.phase = phase;
}

function notice(said) {
  byId("notice").textContent = said;
}

async function prepare() {
  show("prejoin");
  if (me.can_publish) {
    devices.addEventListener("track", preview);
    byId("devices").hidden = !devices.available;
    const fault = await devices.open();
    byId("device-note").textContent = fault ? text(fault) : "";
    byId("devices").hidden = !devices.tracks.audio && !devices.tracks.video;
    await devices.fillChoices();
  }
  byId("join").disabled = false;
  if (sessionStorage.getItem("call.joined") === me.peer_id) join();
}

function preview() {
  const { audio, video } = devices.tracks;
  byId("preview").srcObject = video && new MediaStream([video]);
  stopLevel();
  stopLevel = audio && !byId("prejoin").hidden ? showLevel(audio, byId("level")) : () => {};
}

function join() {
  sessionStorage.setItem("call.joined", me.peer_id); // a reload comes straight back
  stopLevel();
  stopLevel = () => {};
  byId("join").disabled = true;
  byId("waiting-text").textContent = text("joining");
  show("waiting");
  signalling.open();
}

function heard(frame) {
  HEARD[frame.op]?.(frame);
}

const HEARD = {
  welcome(told) {
    Object.assign(me, told.you);
    connection = told.connection;
  },
  state({ state }) {
    if (state === "inside") return;
    leaveCall();
    byId("waiting-text").textContent = text(state);
    show("waiting");
  },
  inside(told) {
    Object.assign(me, told.you);
    if (!way) enterCall();
    take(WAYS[told.media.backend]);
    people.reset(me, told);
    way?.meet(people.others, told.media, connection);
    chat.start(told.session, me);
    drawTiles();
    tellWhatIsSent();
  },
  roster(told) {
    for (const person of told.people) {
      if (person.peer_id === me.peer_id) continue;
      if (told.change === "left") way?.drop(person.peer_id);
      else way?.add(person);
      if (told.change !== "updated") notice(text(told.change, nameOf(person)));
    }
    people.change("roster", told);
    drawTiles();
  },
  waiting(told) {
    people.change("waiting", told);
    if (told.change === "arrived") notice(text("asks", nameOf(told.people[0])));
  },
  signal(told) {
    way?.receive(told);
  },
  media({ from, muted, camera, sharing }) {
    if (from === me.peer_id) return;
    people.shown.set(from, { muted, camera, sharing });
    people.draw();
    drawTiles();
  },
  mute({ from }) {
    own?.setMuted(true);
    notice(text("mutedBy", nameOf(people.inside.get(from))));
  },
  closed({ reason }) {
    why = REASONS[reason] ?? reason;
  },
};

function enterCall() {
  own ??= takeDevices();
  show("call");
  notice("");
  byId("mute").focus();
}

function takeDevices() {
  const own = new Own(devices, me);
  own.addEventListener("note", ({ detail }) => notice(detail));
  own.addEventListener("changed", () => {
    if (!way) return;
    sendOwn();
    tellWhatIsSent();
    drawTiles();
  });
  return own;
}

// The way to the others, which may change while the call goes on; there may be none for this page.
function take(Way) {
  if (!Way) {
    leaveCall();
    notice(text("noWay"));
    return;
  }
  if (way instanceof Way) return;
  way?.stop();
  way = new Way(signalling, me);
  way.addEventListener("peer", () => drawTiles());
  way.addEventListener("noroute", ({ detail }) => notice(text(detail.reason, nameOf(detail.person))));
  sendOwn();
}

function sendOwn() {
  for (const [kind, track] of Object.entries(own.tracks)) way.send(kind, track);
  ownStream = sameOrNew(ownStream, own.tracks.video);
  ownScreen = sameOrNew(ownScreen, own.tracks.screen);
}

function sameOrNew(stream, track) {
  return stream.getTracks()[0] === (track ?? undefined) ? stream : new MediaStream(track ? [track] : []);
}

function tellWhatIsSent() {
  const shown = me.can_publish ? own.shown : { muted: true, camera: false, sharing: false };
  people.shown.set(me.peer_id, shown);
  signalling.send("media", shown);
  people.draw();
}

function drawTiles() {
  if (!way) return;
  const shown = people.shown.get(me.peer_id);
  tiles.show(me, { stream: ownStream, screen: ownScreen, shown, own: true });
  for (const person of people.others) {
    const { stream, screen } = way.peers.get(person.peer_id) ?? {};
    tiles.show(person, { stream: stream ?? null, screen, shown: people.shown.get(person.peer_id) });
  }
  tiles.keepOnly(new Set(people.inside.keys()));
}

async function look() {
  if (!way) return;
  for (const [id, peer] of way.peers) {
    tiles.speaks(id, people.shown.get(id)?.muted ? 0 : peer.level);
    const route = peer.isConnected ? await peer.route() : "";
    if (route !== (people.routes.get(id) ?? "")) {
      people.routes.set(id, route);
      people.draw();
    }
  }
}

function leaveCall() {
  way?.stop();
  way = null;
  tiles.clear();
}

function finish() {
  sessionStorage.removeItem("call.joined");
  leaveCall();
  chat.stop();
  (own ?? devices).stop();
  byId("over-text").textContent = text(`over_${why || "fault"}`);
  byId("rejoin").hidden = ["ended", "canceled", "unknown"].includes(why);
  show("over");
  byId("over").querySelector("button:not([hidden])")?.focus();
}

function leave() {
  why = "own";
  signalling.ask("leave").catch(() => {}).finally(() => {
    signalling.stop();
    finish();
  });
}

function toggle(panel, other, button, otherButton) {
  byId(panel).hidden = !byId(panel).hidden;
  byId(other).hidden = true;
  byId(button).setAttribute("aria-expanded", String(!byId(panel).hidden));
  byId(otherButton).setAttribute("aria-expanded", "false");
  if (panel === "chat" && !byId(panel).hidden) {
    chat.read();
    byId("said").focus();
  }
}

people.addEventListener("note", ({ detail }) => notice(detail));
signalling.addEventListener("frame", ({ detail }) => heard(detail));
signalling.addEventListener("closed", ({ detail }) => {
  if (document.body.dataset.phase === "over") return;
  if (detail.final) finish();
  else if (way) notice(text("reconnecting"));
  else byId("waiting-text").textContent = text("reconnecting");
});
byId("join").onclick = join;
byId("leave").onclick = byId("give-up").onclick = leave;
byId("rejoin").onclick = () => {
  sessionStorage.setItem("call.joined", me.peer_id);
  location.reload();
};
byId("show-people").onclick = () => toggle("people", "chat", "show-people", "show-chat");
byId("show-chat").onclick = () => toggle("chat", "people", "show-chat", "show-people");
setInterval(look, LOOK);
setInterval(() => way && signalling.send("sync"), SYNC);
prepare();
