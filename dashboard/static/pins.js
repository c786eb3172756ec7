// A pin an alert: a button that says what it stands for, and when the map gets it.

import { elapsed } from "./clock.js";

const OLD_S = 3600;

// Pins that wait to be drawn: the row comes first, and every pin of a second in one go.
export class Pins {
  #waiting = new Map();

  constructor(view, clock) {
    this.view = view;
    this.clock = clock;
  }

  put({ id, feature, isNew }) {
    this.#waiting.set(id, { feature, isNew: isNew || Boolean(this.#waiting.get(id)?.isNew) });
    this.clock.later("pins", () => this.draw());
  }

  draw() {
    if (!this.#waiting.size) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [id, { feature, isNew }] of waiting) this.view.put(id, feature, isNew);
    this.view.crowded();
  }
}

export function pinButton(chosen) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "pin" });
  button.innerHTML = '<svg aria-hidden="true"><use/></svg><span class="pin-name"></span>';
  button.addEventListener("click", (event) => { event.stopPropagation(); chosen(); });
  return button;
}

export function dress(button, { properties }, clock, selected) {
  const kind = properties.silent ? "silent" : properties.kind;
  const age = clock.now() - properties.since;
  button.dataset.kind = kind;
  button.dataset.ring = properties.ring;
  button.classList.toggle("closed", properties.state !== "open");
  button.classList.toggle("old", age > OLD_S);
  button.setAttribute("aria-label", `${properties.word} at ${properties.place}, ${elapsed(age)} ago`);
  if (selected) button.setAttribute("aria-current", "true");
  else button.removeAttribute("aria-current");
  const href = `#icon-${kind}`;
  const use = button.querySelector("use");
  if (use.getAttribute("href") !== href) use.setAttribute("href", href);
  const name = button.querySelector(".pin-name");
  if (name.textContent !== properties.place) name.textContent = properties.place; // else it would be drawn again
}
