// The grid: one tile for each person, and one more for each shared screen.

import { byId, element, nameOf, text } from "./texts.js";

const LOUD = 0.02;

export class Tiles {
  constructor() {
    this.grid = byId("grid");
    this.tiles = new Map();
  }

  // `shown` is what the person says they send: muted, camera, sharing.
  show(person, { stream, screen, shown, own = false }) {
    const name = own ? text("you") : nameOf(person);
    const state = shown?.muted ? ` · ${text("muted")}` : "";
    const label = `${name} · ${text(person.role)}${state}`;
    this.fill(person.peer_id, stream, { name, label, own, dark: !shown?.camera, silent: own });
    if (shown?.sharing && screen) {
      const title = text("screenOf", name);
      const options = { name: title, label: title, sort: "screen", silent: true };
      this.fill(`${person.peer_id} screen`, screen, options);
    } else {
      this.remove(`${person.peer_id} screen`);
    }
  }

  fill(key, stream, { name, label, own = false, dark = false, silent, sort = "" }) {
    const tile = this.tiles.get(key) ?? this.make(key, silent);
    tile.box.className = `tile ${sort} ${own ? "own" : ""} ${dark ? "dark" : ""}`;
    tile.label.textContent = label;
    tile.initials.textContent = [...name][0] ?? "";
    tile.video.setAttribute("aria-label", text("videoOf", name));
    if (tile.video.srcObject !== stream) {
      tile.video.srcObject = stream;
      this.play(tile.video);
    }
  }

  make(key, silent) {
    const box = element("li", "tile");
    const [peer, sort] = key.split(" ");
    box.dataset.peer = peer;
    box.dataset.sort = sort ?? "person";
    const video = Object.assign(document.createElement("video"), {
      autoplay: true,
      playsInline: true,
      muted: silent,
    });
    const label = element("span", "label");
    const initials = element("span", "initials");
    initials.setAttribute("aria-hidden", "true");
    box.append(video, initials, label);
    this.grid.append(box);
    const tile = { box, video, label, initials };
    this.tiles.set(key, tile);
    return tile;
  }

  // A browser may want a gesture before it plays sound.
  play(video) {
    video.play().catch((fault) => {
      if (fault.name !== "NotAllowedError") return;
      byId("notice").textContent = text("clickToHear");
      document.addEventListener("pointerdown", () => video.play().catch(() => {}), { once: true });
    });
  }

  speaks(peerId, level) {
    this.tiles.get(peerId)?.box.classList.toggle("speaks", level > LOUD);
  }

  remove(key) {
    const tile = this.tiles.get(key);
    if (!tile) return;
    tile.video.srcObject = null;
    tile.box.remove();
    this.tiles.delete(key);
  }

  keepOnly(peerIds) {
    for (const key of [...this.tiles.keys()]) {
      if (!peerIds.has(key.split(" ")[0])) this.remove(key);
    }
  }

  clear() {
    this.keepOnly(new Set());
  }
}
