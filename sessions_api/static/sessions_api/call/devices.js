// Camera, microphone and screen of this browser.

import { byId, element, text } from "./texts.js";

const PICTURE = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 24, max: 30 } };
const MISSING = ["NotFoundError", "OverconstrainedError"];

export class Devices extends EventTarget {
  constructor() {
    super();
    this.tracks = { audio: null, video: null };
    this.chosen = JSON.parse(sessionStorage.getItem("call.devices") ?? "{}");
  }

  get available() {
    return window.isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia);
  }

  // Ask for both, or for the one that is there; returns the name of what to say, or nothing.
  async open() {
    if (!this.available) return "needsHttps";
    const both = await this.take({ audio: true, video: true });
    if (!both) return "";
    if (!MISSING.includes(both)) return both === "NotAllowedError" ? "denied" : "busy";
    if (!(await this.take({ audio: true }))) return "noCamera";
    if (!(await this.take({ video: true }))) return "noMicrophone";
    return "noDevices";
  }

  // Returns the name of what went wrong, or nothing.
  async take(kinds) {
    const wanted = {};
    if (kinds.audio) wanted.audio = { ...this.of("audio"), echoCancellation: true };
    if (kinds.video) wanted.video = { ...this.of("video"), ...PICTURE };
    try {
      const stream = await navigator.mediaDevices.getUserMedia(wanted);
      for (const track of stream.getTracks()) this.set(track.kind, track);
    } catch (fault) {
      return fault.name;
    }
    return "";
  }

  of(kind) {
    return this.chosen[kind] ? { deviceId: { ideal: this.chosen[kind] } } : {};
  }

  set(kind, track) {
    this.tracks[kind]?.stop();
    this.tracks[kind] = track;
    if (track) track.onended = () => this.set(kind, null);
    this.dispatchEvent(new CustomEvent("track", { detail: kind }));
  }

  async choose(kind, deviceId) {
    this.chosen[kind] = deviceId;
    sessionStorage.setItem("call.devices", JSON.stringify(this.chosen));
    return this.take({ [kind]: true });
  }

  stop() {
    for (const kind of ["audio", "video"]) this.set(kind, null);
  }

  async fillChoices() {
    if (!this.available) return;
    const found = await navigator.mediaDevices.enumerateDevices();
    this.fill("camera-choice", found, "videoinput", "video", text("camera"));
    this.fill("microphone-choice", found, "audioinput", "audio", text("microphone"));
  }

  fill(id, found, sort, kind, name) {
    const options = found
      .filter((device) => device.kind === sort && device.deviceId)
      .map((device, at) => {
        const option = element("option", "", device.label || `${name} ${at + 1}`);
        option.value = device.deviceId;
        option.selected = device.deviceId === this.tracks[kind]?.getSettings().deviceId;
        return option;
      });
    const select = byId(id);
    select.replaceChildren(...(options.length ? options : [element("option", "", text("noDevice"))]));
    select.disabled = !options.length;
    select.onchange = () => this.choose(kind, select.value);
  }
}

// Draws the level of a track into a <meter> until it is stopped; returns how to stop it.
export function showLevel(track, meter) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    if (context.state === "suspended") context.resume();
    analyser.getFloatTimeDomainData(samples);
    meter.value = Math.min(1, 2 * Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length));
  }, 100);
  return () => {
    clearInterval(timer);
    meter.value = 0;
    context.close();
  };
}
