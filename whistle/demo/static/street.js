// The street as an SVG: roads, beacons, relays, the gateway's radio, and a wave for every frame that leaves an antenna.
const SVG = "http://www.w3.org/2000/svg";
const dots = new Map();
let root = null;
let heldDot = null;

function shape(name, attributes, parent) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

// Metres east and north become the picture's x and y (which runs south).
export function drawTown(svg, town, take) {
  root = svg;
  const [west, south, east, north] = town.bounds;
  svg.setAttribute("viewBox", `${west} ${-north} ${east - west} ${north - south}`);
  for (const road of town.roads) {
    const points = road.line.map(([x, y]) => `${x},${-y}`).join(" ");
    shape("polyline", { points, class: "road", "stroke-width": road.width }, svg);
  }
  for (const node of town.nodes) place(node, take);
}

function place(node, take) {
  const at = { cx: node.x, cy: -node.y };
  if (node.kind === "beacon") {
    const dot = shape("circle", { ...at, r: 16, class: "beacon", tabindex: -1 }, root);
    shape("title", {}, dot).textContent = node.place;
    dot.addEventListener("click", () => take(node.node));
    dots.set(node.node, { dot, ...at });
    return;
  }
  const box = { x: node.x - 18, y: -node.y - 18, width: 36, height: 36, class: node.kind };
  dots.set(node.node, { dot: shape("rect", box, root), ...at });
}

export function hold(node) {
  heldDot?.classList.remove("held");
  heldDot = dots.get(node)?.dot ?? null;
  heldDot?.classList.add("held");
}

// colour: what the beacon's lamp shows, "" for dark
export function light(node, colour) {
  const dot = dots.get(node)?.dot;
  if (dot) dot.dataset.lamp = colour;
}

export function wave(node, relayed) {
  const from = dots.get(node);
  if (!from) return;
  const ring = shape("circle", { cx: from.cx, cy: from.cy, r: 4, class: relayed ? "wave relayed" : "wave" }, root);
  ring.addEventListener("animationend", () => ring.remove());
  setTimeout(() => ring.remove(), 2000); // where animation is switched off
}
