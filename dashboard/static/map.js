// The map beside the list: streets from the site's one file, else a grid with the roster's places; a pin an alert.
// Nothing is fetched from anywhere but this dashboard. Without WebGL a plan is drawn instead: never a blank.

import { style } from "./mapstyle.js";
import { dress, pinButton, Pins } from "./pins.js";

const STEP_M = 100;
const PHONE = 700; // px wide; below it the list stands above the map
const CROWD = 30; // more open pins than this: names would only cover each other, and each costs time in every frame

export async function start(cards, clock) {
  const box = document.getElementById("map");
  const early = [];
  let put = (detail) => early.push(detail); // alerts that come while the map is still being fetched
  cards.addEventListener("put", ({ detail }) => put(detail));
  const [places, alerts, basemap] = await Promise.all([json(box.dataset.places), json(box.dataset.alerts), present(box.dataset.basemap)]);
  const note = document.getElementById("map-note");
  note.hidden = basemap;
  note.textContent = basemap ? "" : `No map file: a grid of ${STEP_M} m and the roster's places`;
  const view = webgl()
    ? await new StreetMap(cards, clock, box).begin(places, basemap)
    : new (await import("./plan.js")).Plan(cards, clock, box, places);
  for (const feature of alerts.features) view.put(feature.id, feature);
  for (const { id, feature } of early) view.put(id, feature);
  view.crowded();
  const pins = new Pins(view, clock);
  put = (detail) => pins.put(detail);
  cards.addEventListener("select", ({ detail }) => {
    pins.draw();
    view.select(detail.id, detail.from);
  });
  cards.addEventListener("refresh", async () => {
    pins.draw();
    view.all((await json(box.dataset.alerts)).features);
    view.crowded();
  });
  if (cards.selected) view.select(cards.selected, "hash");
  else view.lookAtOpen();
  document.documentElement.dataset.map = view.kind;
  return view;
}

class StreetMap {
  kind = "streets";
  #pins = new Map();

  constructor(cards, clock, box) {
    this.cards = cards;
    this.clock = clock;
    this.box = box;
  }

  async begin(places, basemap) {
    this.places = places;
    this.gl = await import("./vendor/maplibre-gl.mjs");
    if (basemap) await this.#tiles();
    this.bounds = around(places.features.map(({ geometry }) => geometry.coordinates));
    this.grid = grid(this.bounds);
    this.map = opaque(() => new this.gl.Map({ container: this.box, style: this.#style(), attributionControl: false, dragRotate: false, pitchWithRotate: false,
      bounds: this.bounds, fitBoundsOptions: { padding: 48, maxZoom: 16 }, maxZoom: 19, cooperativeGestures: false, fadeDuration: 0 }));
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new this.gl.NavigationControl({ showCompass: false }), "top-right");
    this.map.getCanvas().setAttribute("aria-label", "Map of the neighbourhood; the list beside it holds the same alerts");
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.map.setStyle(this.#style());
      this.drawn = undefined;
      this.#lines();
    });
    setInterval(() => this.#fade(), 10000);
    return this;
  }

  async #tiles() {
    const { Protocol, PMTiles } = await import("./vendor/pmtiles.mjs");
    const url = new URL(this.box.dataset.basemap, location.href).href;
    const file = new PMTiles(url);
    const protocol = new Protocol();
    protocol.add(file);
    this.gl.addProtocol("pmtiles", protocol.tile);
    this.basemap = `pmtiles://${url}`;
    const credit = Object.assign(document.createElement("p"), { className: "map-credit" });
    credit.textContent = bare((await file.getMetadata().catch(() => ({}))).attribution);
    if (credit.textContent) this.box.after(credit);
  }

  #style() {
    return style(matchMedia("(prefers-color-scheme: dark)").matches, this.basemap, this.places, this.grid);
  }

  all(features) {
    const known = new Set(features.map(({ id }) => id));
    for (const id of [...this.#pins.keys()]) if (!known.has(id)) this.#drop(id);
    for (const feature of features) this.put(feature.id, feature);
  }

  // A pin for the alert as it stands; a new one is brought into view when nobody is looking at another.
  put(id, feature, isNew = false) {
    if (!feature) return this.#drop(id);
    let pin = this.#pins.get(id);
    if (!pin) {
      const button = pinButton(() => this.cards.select(id, { from: "map" }));
      pin = { button, marker: new this.gl.Marker({ element: button }).setLngLat(feature.geometry.coordinates).addTo(this.map) };
      this.#pins.set(id, pin);
    }
    pin.feature = feature;
    pin.marker.setLngLat(feature.geometry.coordinates);
    dress(pin.button, feature, this.clock, this.cards.selected === id);
    this.#lines();
    if (isNew && feature.properties.state === "open" && !this.cards.selected && !this.#seen(feature)) this.lookAtOpen();
  }

  // The first open alert is always gone to: from the view of the whole site nobody can tell a corner.
  #seen({ geometry }) {
    return this.#open().length > 1 && this.map.getBounds().contains(geometry.coordinates);
  }

  #open() {
    return [...this.#pins.values()].map(({ feature }) => feature).filter(({ properties }) => properties.state === "open");
  }

  // Many pins: only the chosen one, and one that is pointed at, shows its name.
  crowded() {
    this.box.classList.toggle("crowded", this.#open().length > CROWD);
  }

  select(id, from) {
    for (const [other, pin] of this.#pins) dress(pin.button, pin.feature, this.clock, other === id);
    const pin = this.#pins.get(id);
    if (pin && from !== "map") this.#look([pin.feature]);
  }

  // Everything that is open, in one view.
  lookAtOpen() {
    this.#look(this.#open());
  }

  #look(features) {
    if (!features.length) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const points = features.flatMap(({ geometry, properties }) => [geometry.coordinates, ...(properties.home ? [properties.home] : [])]);
    const { clientWidth, clientHeight } = this.box;
    const bottom = clientWidth < PHONE ? clientHeight * 0.55 : 60; // on a phone only the map's upper part is on the screen
    this.map.fitBounds(around(points, 0.0006), { padding: { top: 60, left: 60, right: 60, bottom }, maxZoom: 16.5, duration: still ? 0 : 700 });
  }

  #drop(id) {
    this.#pins.get(id)?.marker.remove();
    this.#pins.delete(id);
  }

  // A line from where a beacon says it is to its place; drawn again only when it changes.
  #lines() {
    const features = this.#open().filter(({ properties }) => properties.home).map(({ geometry, properties }) => ({
      type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: [properties.home, geometry.coordinates] } }));
    const drawn = JSON.stringify(features);
    if (drawn === (this.drawn ?? "[]")) return;
    if (!this.map.getSource("ways")) return void this.map.once("idle", () => this.#lines());
    this.drawn = drawn;
    this.map.getSource("ways").setData({ type: "FeatureCollection", features });
  }

  #fade() {
    for (const [id, pin] of this.#pins) dress(pin.button, pin.feature, this.clock, this.cards.selected === id);
  }
}

// West, south, east, north of some [lon, lat], with a rim in degrees; a default where there is none.
export function around(points, rim = 0.001) {
  if (!points.length) return [[-0.01, -0.01], [0.01, 0.01]];
  const lons = points.map(([lon]) => lon);
  const lats = points.map(([, lat]) => lat);
  return [[Math.min(...lons) - rim, Math.min(...lats) - rim], [Math.max(...lons) + rim, Math.max(...lats) + rim]];
}

// Lines every hundred metres, so that distances can be told without any map.
function grid([[west, south], [east, north]]) {
  const lat = STEP_M / 111195;
  const lon = lat / Math.max(0.05, Math.cos((((south + north) / 2) * Math.PI) / 180));
  const features = [];
  const line = (from, to, name) => features.push({ type: "Feature", properties: { name }, geometry: { type: "LineString", coordinates: [from, to] } });
  const steps = (from, to, by) => Math.min(200, Math.ceil((to - from) / by));
  for (let i = -10; i <= steps(west, east, lon) + 10; i += 1) line([west + i * lon, south - 10 * lat], [west + i * lon, north + 10 * lat], "");
  for (let j = -10; j <= steps(south, north, lat) + 10; j += 1) {
    line([west - 10 * lon, south + j * lat], [east + 10 * lon, south + j * lat], j % 5 === 0 && j >= 0 ? `${j * STEP_M} m` : "");
  }
  return { type: "FeatureCollection", features };
}

async function json(url) {
  const answer = await fetch(url, { headers: { "X-Requested-With": "fetch" } });
  return answer.ok ? answer.json() : { type: "FeatureCollection", features: [] };
}

async function present(url) {
  if (!url) return false;
  const answer = await fetch(url, { headers: { Range: "bytes=0-6", "X-Requested-With": "fetch" } }).catch(() => null);
  return Boolean(answer?.ok);
}

function bare(html) {
  return new DOMParser().parseFromString(String(html ?? ""), "text/html").body.textContent.slice(0, 120);
}

// MapLibre asks for a canvas one can see through. Ours is painted all over; without a graphics chip blending it with what
// lies behind takes a fifth of the time of every frame of this page.
function opaque(make) {
  const page = HTMLCanvasElement.prototype, get = page.getContext;
  page.getContext = function (kind, options) { return get.call(this, kind, { ...options, alpha: false }); };
  try {
    return make();
  } finally {
    page.getContext = get;
  }
}

function webgl() {
  return Boolean(document.createElement("canvas").getContext("webgl2"));
}
