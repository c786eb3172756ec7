// Being on watch: one gesture to begin, always visible whether one is, a mute that ends by itself.

import { elapsed } from "./clock.js";

const MUTE_S = 300;

export class WatchBar {
  constructor(siren, live) {
    this.siren = siren;
    this.live = live;
    this.button = document.getElementById("watch-button");
    this.muteButton = document.getElementById("mute-button");
    this.bar = document.getElementById("sound-bar");
    document.getElementById("arm-button").addEventListener("click", () => siren.arm());
    this.button.addEventListener("click", () => this.#toggle());
    this.muteButton.addEventListener("click", () => siren.mute(siren.muted ? 0 : MUTE_S));
    siren.addEventListener("change", () => this.paint());
    siren.addEventListener("tick", () => this.paint());
    document.addEventListener("visibilitychange", () => this.#stayAwake());
    this.paint();
  }

  #toggle() {
    if (!this.siren.armed) this.siren.arm();
    else if (this.siren.voice !== "none") this.siren.mute(MUTE_S); // nobody leaves the watch by grabbing for silence
    else this.siren.disarm();
  }

  // A screen that sleeps stops the page; browsers grant this on https and on the machine itself.
  async #stayAwake() {
    if (!navigator.wakeLock || document.hidden) return;
    if (this.siren.armed) this.lock = await navigator.wakeLock.request("screen").catch(() => null);
    else this.lock?.release();
  }

  paint() {
    const { armed, wanted, voice, muted } = this.siren;
    if (armed !== this.live.armed) {
      this.live.arm(armed);
      this.#stayAwake();
    }
    this.bar.hidden = armed;
    this.bar.querySelector("b").textContent = wanted && !armed
      ? "The browser has blocked the sound." : "You are not on watch.";
    this.button.hidden = !armed;
    put(this.button, "On watch");
    this.button.setAttribute("aria-pressed", String(armed));
    this.button.title = "Leave the watch";
    this.muteButton.hidden = !armed || (voice === "none" && !muted);
    put(this.muteButton, muted ? `Muted, ${elapsed(muted)} left` : "Mute 5 min");
    this.muteButton.setAttribute("aria-pressed", String(muted > 0));
  }
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
