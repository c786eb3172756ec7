// How the map looks: one function of the colours in use, so that it follows dark and light. Layers of the OpenMapTiles
// schema (water, landcover, park, transportation, transportation_name, building, place); letters are the machine's
// own, since the style names no glyphs.

const DARK = {
  ground: "#10171c", water: "#16303f", green: "#17271f", wood: "#16301f", building: "#27333c", edge: "#35444f",
  casing: "#0b1014", minor: "#3a4954", main: "#50616e", path: "#3f5a4a", text: "#c9d6df", halo: "#10171c", spot: "#8fa3b1",
};
const LIGHT = {
  ground: "#f2f0ea", water: "#a9cfe4", green: "#d5e6c8", wood: "#bcd8af", building: "#ddd8cd", edge: "#c9c2b3",
  casing: "#cfc9bb", minor: "#ffffff", main: "#ffe9b8", path: "#b9a98a", text: "#39454d", halo: "#ffffff", spot: "#5c6b76",
};
const FONT = ["sans-serif"];

export function style(dark, basemap, places, grid) {
  const c = dark ? DARK : LIGHT;
  const sources = {
    places: { type: "geojson", data: places },
    grid: { type: "geojson", data: grid },
    ways: { type: "geojson", data: { type: "FeatureCollection", features: [] } },
  };
  if (basemap) sources.base = { type: "vector", url: basemap };
  return { version: 8, sources, layers: [
    { id: "ground", type: "background", paint: { "background-color": c.ground } },
    ...(basemap ? town(c) : gridLines(c)),
    ...marks(c),
  ] };
}

function town(c) {
  const on = (id, type, layer, rest) => ({ id, type, source: "base", "source-layer": layer, ...rest });
  return [
    on("green", "fill", "landcover", { filter: ["==", ["get", "class"], "grass"], paint: { "fill-color": c.green } }),
    on("wood", "fill", "landcover", { filter: ["==", ["get", "class"], "wood"], paint: { "fill-color": c.wood } }),
    on("park", "fill", "park", { paint: { "fill-color": c.green } }),
    on("water", "fill", "water", { paint: { "fill-color": c.water } }),
    on("building", "fill", "building", { minzoom: 13, paint: { "fill-color": c.building, "fill-outline-color": c.edge } }),
    on("path", "line", "transportation", { filter: ["==", ["get", "class"], "path"],
      paint: { "line-color": c.path, "line-width": wide(1, 3), "line-dasharray": [2, 1.5] } }),
    roads(on, "road-edge", c.casing, 1.5, ["minor", "service", "tertiary", "secondary", "primary", "trunk", "motorway"]),
    roads(on, "road-minor", c.minor, 0, ["minor", "service", "tertiary"]),
    roads(on, "road-main", c.main, 0, ["secondary", "primary", "trunk", "motorway"]),
    on("road-name", "symbol", "transportation_name", { minzoom: 14, layout: { "symbol-placement": "line", "text-field": ["get", "name"],
      "text-font": FONT, "text-size": ["interpolate", ["linear"], ["zoom"], 14, 10, 18, 15] }, paint: words(c) }),
  ];
}

function roads(on, id, colour, more, classes) {
  return on(id, "line", "transportation", {
    filter: ["in", ["get", "class"], ["literal", classes]], layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": colour, "line-width": wide(1 + more, 14 + more * 2) } });
}

function wide(far, near) {
  return ["interpolate", ["exponential", 1.6], ["zoom"], 12, far, 18, near];
}

function gridLines(c) {
  return [{ id: "grid", type: "line", source: "grid", paint: { "line-color": c.minor, "line-width": 1 } },
    { id: "grid-name", type: "symbol", source: "grid", layout: { "symbol-placement": "line", "text-field": ["get", "name"],
      "text-font": FONT, "text-size": 11 }, paint: words(c) }];
}

// Where beacons are: a dot each, a name when near; a line from a moved beacon to its place.
function marks(c) {
  return [
    { id: "way", type: "line", source: "ways", paint: { "line-color": c.text, "line-width": 2, "line-dasharray": [2, 2] } },
    { id: "spot", type: "circle", source: "places", paint: { "circle-color": c.spot, "circle-stroke-color": c.halo,
      "circle-stroke-width": 1.5, "circle-radius": ["interpolate", ["linear"], ["zoom"], 12, 2, 17, 6] } },
    { id: "spot-name", type: "symbol", source: "places", minzoom: 15.2, layout: { "text-field": ["get", "name"], "text-font": FONT,
      "text-size": 12, "text-offset": [0, 0.9], "text-anchor": "top", "text-optional": true }, paint: words(c) },
  ];
}

function words(c) {
  return { "text-color": c.text, "text-halo-color": c.halo, "text-halo-width": 1.6 };
}
