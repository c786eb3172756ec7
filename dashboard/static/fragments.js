// Pages of beacons, gateways and refusals: drawn again by the server when something of theirs changed.

const LEAST_MS = 2000;

export function fragments(live) {
  for (const part of document.querySelectorAll("[data-live]")) {
    for (const topic of part.dataset.live.split(" ")) live.addEventListener(topic, () => soon());
  }
  live.addEventListener("reset", () => soon());
  let waiting = false;
  function soon() {
    if (waiting) return;
    waiting = true;
    setTimeout(async () => {
      waiting = false;
      await again();
    }, LEAST_MS);
  }
}

async function again() {
  const answer = await fetch(location.href, { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-live]");
  const old = document.querySelector("[data-live]");
  if (fresh && old && !old.contains(document.activeElement)) old.replaceWith(document.importNode(fresh, true));
}
