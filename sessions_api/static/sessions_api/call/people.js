// The panel of people: who is inside, how they are connected, and who waits.

import { byId, element, nameOf, text } from "./texts.js";

export class People extends EventTarget {
  constructor(signalling) {
    super();
    this.signalling = signalling;
    this.rights = { may_decide: false, may_eject: false };
    this.inside = new Map();
    this.waiting = new Map();
    this.shown = new Map(); // what each sends: muted, camera, sharing
    this.routes = new Map();
    byId("admit-all").onclick = () => this.ask("admit_all", {});
  }

  reset(me, { roster, waiting, may_decide, may_eject }) {
    this.me = me;
    this.rights = { may_decide, may_eject };
    this.inside = new Map(roster.map((person) => [person.peer_id, person]));
    this.waiting = new Map(waiting.map((person) => [person.peer_id, person]));
    this.draw();
  }

  get others() {
    return [...this.inside.values()].filter((person) => person.peer_id !== this.me.peer_id);
  }

  change(list, { change, people }) {
    const rows = list === "roster" ? this.inside : this.waiting;
    for (const person of people) {
      if (change === "left" || change === "gone") rows.delete(person.peer_id);
      else rows.set(person.peer_id, person);
    }
    this.draw();
  }

  draw() {
    this.drawWaiting();
    const rows = [...this.inside.values()].map((person) => this.row(person));
    replaceKeepingFocus(byId("roster"), rows);
  }

  drawWaiting() {
    const queue = [...this.waiting.values()].sort((a, b) => (a.waiting_since < b.waiting_since ? -1 : 1));
    const rows = queue.map((person) => {
      const name = nameOf(person);
      const row = element("li");
      row.dataset.peer = person.peer_id;
      row.append(name, element("span", "what", person.is_connected ? "" : text("away")));
      row.append(
        this.button("admit", text("admit"), text("admitOne", name), person),
        this.button("refuse", text("refuse"), text("refuseOne", name), person),
      );
      return row;
    });
    replaceKeepingFocus(byId("waiting-list"), rows);
    byId("lobby").hidden = !queue.length;
    byId("waiting-count").hidden = !queue.length;
    byId("waiting-count").textContent = queue.length;
  }

  row(person) {
    const own = person.peer_id === this.me.peer_id;
    const name = own ? `${nameOf(person)} (${text("you")})` : nameOf(person);
    const row = element("li");
    row.dataset.peer = person.peer_id;
    row.append(name, element("span", "what", this.about(person, own)));
    if (!own) row.dataset.route = this.routes.get(person.peer_id) ?? "";
    if (!own && this.rights.may_eject) {
      row.append(
        this.button("mute", text("muteThem"), text("muteOne", nameOf(person)), person),
        this.button("eject", text("eject"), text("ejectOne", nameOf(person)), person),
      );
    }
    return row;
  }

  about(person, own) {
    const said = [text(person.role)];
    if (this.shown.get(person.peer_id)?.muted) said.push(text("muted"));
    if (!person.is_connected) said.push(text("away"));
    else if (!own) said.push(this.routeText(this.routes.get(person.peer_id)));
    return said.join(" · ");
  }

  routeText(route) {
    if (!route) return text("connecting");
    return `${text("connected")}, ${text(route.includes("relay") ? "relayed" : "direct")}`;
  }

  button(op, label, name, person) {
    const button = element("button", "quiet", label);
    button.type = "button";
    button.dataset.op = op;
    button.setAttribute("aria-label", name);
    button.onclick = () => {
      if (op === "eject" && !window.confirm(text("ejectSure", nameOf(person)))) return;
      this.ask(op, { peer: person.peer_id });
    };
    return button;
  }

  ask(op, fields) {
    this.signalling.ask(op, fields).catch(({ code }) => {
      if (code === "call_full") this.dispatchEvent(new CustomEvent("note", { detail: text("callFull") }));
      this.signalling.send("sync");
    });
  }
}

// Rows are drawn anew on every change; the keyboard stays where it was.
function replaceKeepingFocus(list, rows) {
  const { op } = document.activeElement?.dataset ?? {};
  const peer = list.contains(document.activeElement) && document.activeElement.parentElement.dataset.peer;
  list.replaceChildren(...rows);
  if (peer) list.querySelector(`[data-peer="${peer}"] [data-op="${op}"]`)?.focus();
}
