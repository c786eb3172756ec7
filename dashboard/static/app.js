// Every signed-in page: the live line, the watch and its sound, the clock. The watch page adds list and map.

import { Clock } from "./clock.js";
import { Live } from "./live.js";
import { Siren } from "./sound.js";
import { Strip } from "./strip.js";
import { WatchBar } from "./watchbar.js";

const clock = new Clock(document.documentElement);
const siren = new Siren();
const live = new Live({ newest: Number(document.documentElement.dataset.newest), clock });
const bar = new WatchBar(siren, live);
const strip = new Strip(live, siren);

// A stable hook for other pages of this origin (a demo's frame) and for tests.
window.whistle = { clock, siren, live, bar, strip, cards: null, map: null };

if (document.getElementById("list")) {
  const { Cards } = await import("./cards.js");
  window.whistle.cards = new Cards(live, siren, clock);
  import("./away.js").then(({ away }) => away(live, clock));
  import("./map.js").then(({ start }) => start(window.whistle.cards, clock)).then((map) => { window.whistle.map = map; });
} else if (document.querySelector("[data-live]")) {
  const { fragments } = await import("./fragments.js");
  fragments(live);
} else if (document.querySelector(".card")) {
  const { Cards } = await import("./cards.js");
  window.whistle.cards = new Cards(live, siren, clock);
}

const tryOut = (id, voice) => document.getElementById(id)?.addEventListener("click", () => siren.hear(voice));
tryOut("try-siren", "siren");
tryOut("try-soft", "soft");

live.start();
document.documentElement.dataset.ready = "1";
