// Whether this browser, on this network, can take part in calls.

import { byId, element, text } from "./texts.js";

const PATIENCE = 8000; // milliseconds
const { stun, turn } = JSON.parse(byId("servers").textContent);

// Each check returns [whether it is good, what to say].
const CHECKS = {
  checkSecure: async () =>
    window.isSecureContext ? [true, text("secureYes")] : [false, text("secureNo")],
  checkWebrtc: async () =>
    window.RTCPeerConnection ? [true, text("webrtcYes")] : [false, text("webrtcNo")],
  checkSocket: socket,
  checkDevices: devices,
  checkNetwork: network,
  checkTurn: relay,
};

function socket() {
  return new Promise((resolve) => {
    const url = new URL("/ws/call", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const opened = new WebSocket(url);
    const end = (good) => {
      clearTimeout(timer);
      opened.close();
      resolve([good, text(good ? "socketYes" : "socketNo")]);
    };
    const timer = setTimeout(() => end(false), PATIENCE);
    opened.onopen = () => end(true);
    opened.onerror = () => end(false);
  });
}

async function devices() {
  if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) return [false, text("needsHttps")];
  const found = await navigator.mediaDevices.enumerateDevices();
  const count = (kind) => found.filter((device) => device.kind === kind).length;
  const [cameras, microphones] = [count("videoinput"), count("audioinput")];
  if (!cameras && !microphones) return [false, text("noDevices")];
  try {
    const wanted = { audio: microphones > 0, video: cameras > 0 };
    const stream = await navigator.mediaDevices.getUserMedia(wanted);
    for (const track of stream.getTracks()) track.stop();
  } catch (fault) {
    return [false, text(fault.name === "NotAllowedError" ? "denied" : "busy")];
  }
  if (!cameras) return [true, text("noCamera")];
  return microphones ? [true, text("devicesYes")] : [true, text("noMicrophone")];
}

// The sorts of candidates found with these servers, and the codes of what failed.
async function candidates(configuration) {
  const pc = new RTCPeerConnection(configuration);
  const found = new Set();
  const faults = new Set();
  pc.onicecandidateerror = ({ errorCode }) => faults.add(errorCode);
  const complete = new Promise((resolve) => {
    pc.onicecandidate = ({ candidate }) => {
      if (candidate === null) resolve();
      else if (candidate.type) found.add(candidate.type);
    };
  });
  pc.createDataChannel("test");
  await pc.setLocalDescription();
  await Promise.race([complete, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  pc.close();
  return { found, faults };
}

async function network() {
  if (!window.RTCPeerConnection) return [false, text("webrtcNo")];
  const { found } = await candidates({ iceServers: stun.length ? [{ urls: stun }] : [] });
  if (!found.size) return [false, text("networkNone")];
  return [true, text("networkFound", [...found].sort().join(", "))];
}

// A credential that cannot be right: a server that refuses it is there.
async function relay() {
  if (!turn.length) return [true, text("turnUnset")];
  if (!window.RTCPeerConnection) return [false, text("webrtcNo")];
  const server = { urls: turn, username: "1:diagnose", credential: "none" };
  const { found, faults } = await candidates({ iceServers: [server], iceTransportPolicy: "relay" });
  const answers = found.has("relay") || [...faults].some((code) => code >= 400 && code < 600);
  return [answers, text(answers ? "turnYes" : "turnNo")];
}

async function run() {
  byId("again").disabled = true;
  byId("result").textContent = text("testing");
  byId("checks").replaceChildren();
  let good = true;
  for (const [name, check] of Object.entries(CHECKS)) {
    const row = element("li", "", "");
    row.dataset.check = name;
    const verdict = element("span", "verdict", "…");
    row.append(element("strong", "", text(name)), ": ", verdict);
    byId("checks").append(row);
    const [fine, said] = await check().catch(() => [false, text("testFailed")]);
    verdict.textContent = said;
    row.className = fine ? "good" : "bad";
    good &&= fine;
  }
  byId("result").textContent = text(good ? "allGood" : "notGood");
  byId("result").dataset.good = String(good);
  byId("again").disabled = false;
}

byId("again").onclick = run;
run();
