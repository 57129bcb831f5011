// What this person sends: microphone, camera, screen.

import { byId, text } from "./texts.js";

export class Own extends EventTarget {
  constructor(devices, me) {
    super();
    this.devices = devices;
    this.me = me;
    this.screen = null;
    const kept = JSON.parse(sessionStorage.getItem("call.shown") ?? "{}"); // also over a reload
    this.isMuted = kept.muted ?? false;
    this.hasCamera = kept.camera ?? true;
    devices.addEventListener("track", () => this.changed());
    byId("mute").onclick = () => this.setMuted(!this.isMuted);
    byId("camera").onclick = () => this.setCamera(!this.hasCamera);
    byId("share").onclick = () => (this.screen ? this.endScreen() : this.share());
    byId("share").hidden = !me.can_publish || !navigator.mediaDevices?.getDisplayMedia;
    byId("mute").hidden = byId("camera").hidden = !me.can_publish;
    this.changed();
  }

  get tracks() {
    const { audio, video } = this.devices.tracks;
    return { audio, video: this.hasCamera ? video : null, screen: this.screen };
  }

  get shown() {
    return {
      muted: this.isMuted || !this.devices.tracks.audio,
      camera: this.hasCamera && Boolean(this.devices.tracks.video),
      sharing: Boolean(this.screen),
    };
  }

  setMuted(muted) {
    this.isMuted = muted;
    this.changed();
  }

  // Off means off: the lamp of the camera goes out.
  async setCamera(on) {
    this.hasCamera = on;
    if (!on) this.devices.set("video", null);
    else if (!this.devices.tracks.video) await this.devices.take({ video: true });
    this.changed();
  }

  async share() {
    try {
      const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } } });
      [this.screen] = stream.getVideoTracks();
      this.screen.onended = () => this.endScreen();
    } catch {
      this.dispatchEvent(new CustomEvent("note", { detail: text("shareRefused") }));
    }
    this.changed();
  }

  endScreen() {
    this.screen?.stop();
    this.screen = null;
    this.changed();
  }

  changed() {
    const { audio, video } = this.devices.tracks;
    if (audio) audio.enabled = !this.isMuted;
    this.label("mute", this.isMuted || !audio ? "unmute" : "mute", !audio);
    this.label("camera", this.shown.camera ? "cameraOff" : "cameraOn", !this.devices.available);
    this.label("share", this.screen ? "unshare" : "share", false);
    if (video || audio) {
      const kept = { muted: this.isMuted, camera: this.hasCamera };
      sessionStorage.setItem("call.shown", JSON.stringify(kept));
    }
    this.dispatchEvent(new Event("changed"));
  }

  label(id, name, disabled) {
    byId(id).textContent = text(name);
    byId(id).disabled = disabled;
  }

  stop() {
    this.endScreen();
    this.devices.stop();
  }
}
