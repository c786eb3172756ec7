// A plan in plain SVG for browsers without WebGL: a grid, the roster's places, the alerts where they are.

import { around } from "./map.js";

const NS = "http://www.w3.org/2000/svg";
const SIZE = 800;

export class Plan {
  kind = "plan";
  #calls = new Map();

  constructor(cards, clock, box, places) {
    this.cards = cards;
    this.clock = clock;
    const points = places.features.map(({ geometry }) => geometry.coordinates);
    [[this.west, this.south], [this.east, this.north]] = around(points, 0.0015);
    this.squeeze = Math.cos((((this.south + this.north) / 2) * Math.PI) / 180);
    this.high = (SIZE * (this.north - this.south)) / ((this.east - this.west) * this.squeeze);
    this.svg = make("svg", { class: "plan", viewBox: `0 0 ${SIZE} ${this.high}`, role: "group", "aria-label": "Plan of the places" });
    for (let i = 1; i < 10; i += 1) {
      this.svg.append(make("path", { class: "grid", d: `M${(SIZE * i) / 10} 0V${this.high}M0 ${(this.high * i) / 10}H${SIZE}` }));
    }
    for (const { geometry, properties } of places.features) this.#spot(geometry.coordinates, properties.name);
    box.replaceChildren(this.svg);
  }

  #spot(at, name) {
    const [x, y] = this.#xy(at);
    const text = make("text", { x: x + 8, y: y + 4 });
    text.textContent = name;
    this.svg.append(make("circle", { class: "spot", cx: x, cy: y, r: 4 }), text);
  }

  #xy([lon, lat]) {
    return [(SIZE * (lon - this.west)) / (this.east - this.west), (this.high * (this.north - lat)) / (this.north - this.south)];
  }

  all(features) {
    for (const id of [...this.#calls.keys()]) this.put(id, null);
    for (const feature of features) this.put(feature.id, feature);
  }

  put(id, feature) {
    this.#calls.get(id)?.remove();
    this.#calls.delete(id);
    if (!feature || feature.properties.state !== "open") return;
    const [x, y] = this.#xy(feature.geometry.coordinates);
    const call = make("g", { class: "call", tabindex: "0", role: "button", "data-kind": feature.properties.silent ? "silent" : feature.properties.kind });
    const name = make("text", { class: "call-name", x: x + 16, y: y + 5 });
    name.textContent = `${feature.properties.word}: ${feature.properties.place}`;
    call.append(make("circle", { cx: x, cy: y, r: 11 }), name);
    call.addEventListener("click", () => this.cards.select(id, { from: "map" }));
    call.addEventListener("keydown", (event) => event.key === "Enter" && this.cards.select(id, { from: "map" }));
    this.svg.append(call);
    this.#calls.set(id, call);
  }

  lookAtOpen() {} // everything is in view

  crowded() {} // the roster's names stand here anyway

  select(id) {
    for (const [other, call] of this.#calls) call.setAttribute("aria-current", String(other === id));
  }
}

function make(tag, attributes) {
  const element = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
