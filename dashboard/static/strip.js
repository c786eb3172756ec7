// How things stand, on every page: the line, gateways, who is on watch, whether this screen may be blind; and a way
// to the alert that sounds when another page is open.

import { elapsed } from "./clock.js";

const WORDS = { starting: "Connecting", live: "Live", asking: "Live, slowly", lost: "Lost" };
const AGAIN_S = 60; // how often a lost line is sounded

export class Strip {
  #lostAt = 0;
  #soundedAt = -1e9;

  constructor(live, siren) {
    this.live = live;
    this.siren = siren;
    live.addEventListener("line", ({ detail }) => this.#line(detail));
    live.addEventListener("alive", ({ detail }) => this.#alive(detail));
    live.addEventListener("alert", ({ detail }) => this.#alert(detail));
    setInterval(() => this.#lost(), 1000);
  }

  #line(state) {
    const line = document.getElementById("line");
    line.dataset.state = state;
    document.getElementById("line-word").textContent = WORDS[state];
    this.#lostAt = state === "lost" ? performance.now() - this.live.quiet * 1000 : 0;
    this.#lost();
  }

  // The page itself has lost the dashboard: nothing from the server can say that.
  #lost() {
    const box = document.getElementById("page-lost");
    if (!this.#lostAt) {
      if (box.firstChild) box.replaceChildren();
      return;
    }
    if (!box.firstChild) {
      box.innerHTML = '<p class="blind">This page has lost the dashboard <span aria-hidden="true"></span>: nothing new can appear here. Check Wi-Fi or the network; it is trying again.</p>';
    }
    box.querySelector("span").textContent = `(${elapsed((performance.now() - this.#lostAt) / 1000)})`;
    this.#warn();
  }

  #warn() {
    if (!this.siren.armed || performance.now() - this.#soundedAt < AGAIN_S * 1000) return;
    this.#soundedAt = performance.now();
    this.siren.once("lost");
  }

  #alive(data) {
    document.getElementById("gateways-up").textContent = `${data.gateways}/${data.gateways_all}`;
    document.getElementById("gateways-chip").classList.toggle("bad", data.gateways < data.gateways_all);
    document.getElementById("watchers-count").textContent = String(data.watchers.length);
    document.getElementById("watchers-chip").classList.toggle("bad", data.watchers.length === 0);
    document.getElementById("watchers-chip").title = data.watchers.join(", ");
    this.#banner(data.troubles);
    this.siren.calls(new Map(data.ringing.map(({ id, ring }) => [id, ring])));
    this.#elsewhere(data.ringing);
  }

  #banner(troubles) {
    const banner = document.getElementById("banner");
    const now = JSON.stringify(troubles);
    if (banner.dataset.now === now) return;
    banner.dataset.now = now;
    banner.replaceChildren(...troubles.map(({ level, text }) => {
      const line = document.createElement("p");
      line.className = level;
      line.append(Object.assign(document.createElement("bdi"), { textContent: text }));
      return line;
    }));
    if (troubles.some(({ level }) => level === "blind")) this.#warn();
  }

  #alert({ id, ring, state, say }) {
    this.siren.call(id, ring);
    if (ring !== "none") document.getElementById("assertive").textContent = say;
    else document.getElementById("polite").textContent = say;
    if (!document.getElementById("open") && state === "open" && ring !== "none") this.#point(id, say);
  }

  // On a page without the list: the alert that sounds, one tap away.
  #elsewhere(ringing) {
    const link = document.getElementById("elsewhere");
    if (document.getElementById("open")) return;
    const last = [...ringing].reverse();
    const loudest = last.find(({ ring }) => ring === "siren") ?? last.find(({ ring }) => ring === "soft");
    if (loudest) this.#point(loudest.id, `${loudest.word} at ${loudest.place}.`);
    else link.hidden = true;
  }

  #point(id, text) {
    const link = document.getElementById("elsewhere");
    link.hidden = false;
    link.href = `/#alert-${id}`;
    link.textContent = `${text} Show it.`;
  }
}
