// The trouble switches, and under each what came since it was last pressed: what was lost, what was refused and why.
const REASONS = {
  malformed: "not whole",
  tag: "forged, the seal was wrong",
  "unknown-node": "from a beacon that is not in the roster",
  revoked: "from a beacon taken out of the roster",
  replay: "a pulse heard before, sent again",
};
const STRANGERS = new Set(["forge", "replay"]); // these send something: that nothing was refused yet is worth a word
const rows = new Map(); // name -> its button and its line

export function refusal({ reason, count }) {
  return `${count} refused: ${REASONS[reason] ?? reason}`;
}

// turn(name, on): asked for when the button is pressed
export function drawSwitch({ name, label, on, springs_back }, turn) {
  const { button } = rows.get(name) ?? add(name, turn);
  button.textContent = on && !springs_back ? `${label}: on, press to end it` : label;
  if (!springs_back) button.setAttribute("aria-pressed", String(on));
}

export function drawSince(name, came) {
  const line = rows.get(name)?.line;
  const text = sentence(name, came);
  if (line && line.textContent !== text) line.textContent = text; // what did not change is not read out again
}

function add(name, turn) {
  const row = document.createElement("div");
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.switch = name;
  button.addEventListener("click", () => turn(name, button.getAttribute("aria-pressed") !== "true"));
  const line = document.createElement("p");
  line.dataset.since = name;
  line.id = `since-${name}`;
  line.setAttribute("aria-live", "polite");
  button.setAttribute("aria-describedby", line.id);
  row.append(button, line);
  document.getElementById("switches").append(row);
  rows.set(name, { button, line });
  return rows.get(name);
}

function sentence(name, { calls, lost, refusals, absorbed }) {
  const said = [`lost ${lost}${calls ? ` of ${calls} ${calls === 1 ? "call" : "calls"}` : ""}`];
  for (const { reason, count } of refusals) said.push(`refused ${count}: ${REASONS[reason] ?? reason}`);
  if (absorbed) said.push(`heard before, ignored: ${absorbed}`);
  if (STRANGERS.has(name) && said.length === 1) said.push("nothing refused yet");
  return `Since then: ${said.join("; ")}`;
}
