// The demo page: what the simulated neighbourhood does, as it happens, and a button to press.
import { drawTown, wave, light, hold } from "./street.js";
import { Events } from "./events.js";
import { Finger } from "./finger.js";
import { Rhythm } from "./rhythm.js";
import { Sounder } from "./sounder.js";
import { drawSwitch, drawSince, refusal } from "./switches.js";

const page = document.body.dataset;
const token = document.querySelector("meta[name=csrf-token]").content;
const $ = (id) => document.getElementById(id);
const sounder = new Sounder();
const SAYS = {
  dark: "The lamp is dark.",
  holding: "Keep holding …",
  sent: "Sent. No gateway has answered yet.",
  "on-air": "Passed on by somebody. No gateway has answered yet.",
  heard: "Heard: a gateway has stored it.",
  shown: "Shown: it is on the screen of a captain on watch.",
  seen: "Seen: a person has looked at it.",
  coming: "Somebody is coming.",
  clear: "All clear.",
  cancelled: "Cancelled.",
  "not-yet": "Still calling: not yet with people.",
  "failed-radio": "The radio does not answer.",
  "low-battery": "The battery is low.",
  covered: "Self-test: a gateway was heard lately.",
  "not-covered": "Self-test: no gateway was heard lately.",
  good: "Survey: heard and hearing well.",
  weak: "Survey: heard, but only just or over a relay.",
  none: "Survey: no gateway has answered.",
  neighbour: "A neighbour needs help.",
};
const STEPS = new Set(["heard", "shown", "seen", "coming", "clear", "cancelled"]);
const PORTS = { 1: "a receipt, readable on any phone", 3: "a position", 4: "its name", 5: "an acknowledgement", 11: "an alert", 67: "a pulse" };
const lamp = new Rhythm((on) => ($("lamp").dataset.on = String(on)));
const whistle = new Rhythm((on) => {
  $("sounder").dataset.on = String(on);
  sounder.sound(on);
});
const URGENT = new Set([1, 11]); // alerts and receipts: what the eye should find among signs of life
const shown = new Map(); // node -> the word its lamp shows
const sounds = new Map(); // node -> what its whistle sounds
const names = new Map();
let town = null;
let held = null;
let down = false;
const finger = new Finger((word) => post(page.button, word));
let called = null; // when the call in hand was sent, in the town's seconds
const relays = new Map(); // state of the call in hand -> over how many relays the answer came

async function post(url, body) {
  const answer = await fetch(url, {
    method: "POST",
    keepalive: true, // a word of a page that is just going away still goes
    headers: { "Content-Type": "application/json", "X-CSRFToken": token, "X-Requested-With": "fetch" },
    body: JSON.stringify(body),
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) $("link").textContent = said.error ?? `The demo answered ${answer.status}: load this page again.`;
  if (said.said !== undefined) $("hint").textContent = said.said;
  for (const state of said.switches ?? []) drawSwitch(state, turn); // at once: a second press must mean the opposite
}

function turn(name, on) {
  post(page.trouble, { name, on });
}

function take(node) {
  release();
  held = node;
  called = null;
  relays.clear();
  $("times").replaceChildren();
  $("which").value = String(node);
  hold(node);
  show(node);
}

function press(event) {
  if (event.type === "keydown" && (event.repeat || ![" ", "Enter"].includes(event.key))) return;
  event.preventDefault();
  if (down || held === null) return;
  down = true;
  if (event.pointerId !== undefined) $("press").setPointerCapture(event.pointerId);
  $("press").dataset.down = "true";
  finger.press(held);
}

function release(event) {
  if (event?.type === "keyup" && ![" ", "Enter"].includes(event.key)) return;
  if (!down) return;
  down = false;
  $("press").dataset.down = "false";
  finger.release();
}

function show(node) {
  const word = shown.get(node) ?? "dark";
  $("lamp").dataset.colour = town.lamp[word]?.colour ?? "dark";
  $("lamp").dataset.word = word;
  $("says").textContent = SAYS[word] ?? word;
  lamp.play(word, town.lamp[word]?.steps);
  const sound = sounds.get(node) ?? "silent";
  whistle.play(sound, town.whistle[sound]?.steps);
}

// How long after the hold each answer came, by the town's clock.
function time({ on: lit, pattern, at }) {
  if (!lit) return;
  if (pattern === "sent") {
    called = at;
    relays.clear();
    $("times").replaceChildren();
  } else if (STEPS.has(pattern) && called !== null && !$("times").querySelector(`[data-word="${pattern}"]`)) {
    const row = document.createElement("li");
    row.dataset.word = pattern;
    row.textContent = `${pattern} after ${(at - called).toFixed(1)} s${over(relays.get(pattern))}`;
    if (relays.has(pattern)) row.dataset.relays = relays.get(pattern);
    $("times").append(row);
  }
}

function over(count) {
  if (count === undefined) return "";
  return count === 0 ? ", directly" : ` over ${count} ${count === 1 ? "relay" : "relays"}`;
}

const on = {
  lamp(event) {
    shown.set(event.node, event.on ? event.pattern : "dark");
    light(event.node, event.on ? event.colour : "");
    if (event.node !== held) return;
    show(held);
    time(event);
  },
  call({ node, state, hops }) {
    if (node === held && hops !== null) relays.set(state, hops);
  },
  whistle(event) {
    sounds.set(event.node, event.on ? event.pattern : "silent");
    if (event.node === held) show(held);
  },
  frame(event) {
    wave(event.node, event.relay);
    const row = document.createElement("li");
    const what = PORTS[event.port] ?? (event.port === null ? "something unreadable" : `port ${event.port}`);
    row.textContent = `${names.get(event.node) ?? "a stranger"} ${event.relay ? "relays" : "sends"} ${what}, ${event.bytes} bytes`;
    row.className = URGENT.has(event.port) ? "urgent" : "";
    $("air").prepend(row);
    while ($("air").children.length > 6) ($("air").querySelector("li:not(.urgent):not(:first-child)") ?? $("air").lastChild).remove();
  },
  async missed() {
    await load(); // some events are gone for good: look anew at what lamps show
    lights();
    show(held);
  },
  tally(event) {
    for (const field of document.querySelectorAll("[data-tally]")) field.textContent = event[field.dataset.tally];
    const rows = event.refusals.map((one) => said(refusal(one)));
    if (event.absorbed) rows.push(said(`${event.absorbed} heard before: absorbed, no second row`));
    $("refusals").replaceChildren(...rows);
    for (const state of event.switches) drawSwitch(state, turn);
    for (const [name, came] of Object.entries(event.since)) drawSince(name, came);
  },
};

function said(text) {
  const row = document.createElement("li");
  row.textContent = text;
  return row;
}

function mark(up) {
  $("link").dataset.up = String(up);
  $("link").textContent = up ? "live" : "The demo has stopped, or its page cannot reach it.";
}

async function load() {
  town = await (await fetch(page.town)).json();
  for (const [node, word] of Object.entries(town.shown)) shown.set(Number(node), word);
  for (const [node, word] of Object.entries(town.sounds)) sounds.set(Number(node), word);
}

function lights() {
  for (const [node, word] of shown) light(node, town.lamp[word]?.colour ?? "");
}

async function start() {
  await load();
  for (const node of town.nodes) names.set(node.node, node.place);
  drawTown($("town"), town, take);
  lights();
  const beacons = town.nodes.filter((node) => node.kind === "beacon");
  $("which").append(...beacons.map((node) => new Option(node.place, node.node)));
  $("which").addEventListener("change", () => take(Number($("which").value)));
  take(town.held);
  for (const type of ["pointerdown", "keydown"]) $("press").addEventListener(type, press);
  for (const type of ["pointerup", "pointercancel", "keyup", "blur"]) $("press").addEventListener(type, release);
  $("press").addEventListener("contextmenu", (event) => event.preventDefault());
  $("hear").addEventListener("change", () => sounder.allow($("hear").checked));
  const urls = { stream: page.events, ask: page.since };
  const listened = Object.keys(on);
  new Events({ urls, newest: town.newest, names: listened, take: (name, event) => on[name]?.(event), mark }).listen();
}

start();
