// Presses of revoked beacons, on the captain's page: shown the moment they are told, without a sound.

export function away(live, clock) {
  const part = document.getElementById("away");
  const look = async () => {
    const answer = await fetch("/away", { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
    if (!answer?.ok) return;
    part.innerHTML = await answer.text();
    part.hidden = !part.firstElementChild;
    clock.paint(part);
  };
  live.addEventListener("away", look);
  live.addEventListener("reset", look);
}
