// The live line. It listens; where it cannot, it asks every three seconds; where it cannot do that either, it says so.
//
// Events are dispatched here by name: alert, gateway, beacon, refused, away, people (each with `id`), alive, reset,
// "signed-out", and "line" when the state of the line itself changes (starting, live, asking, lost).

const ASK_MS = 3000;
const LOST_S = 8; // nothing got through for so long: say so
const DEAD_S = 40; // a stream without any word for so long is no stream (heartbeats come every 15 s)
const NAMES = ["alert", "gateway", "beacon", "refused", "away", "people", "reset"];

export class Live extends EventTarget {
  #source = null;
  #backoff = 1000;
  #asking = false;
  #heard = performance.now();
  #painted;
  #sent = -1;

  constructor({ newest, clock }) {
    super();
    this.page = crypto.getRandomValues(new Uint32Array(2)).join("-");
    this.newest = newest;
    this.#painted = newest;
    this.clock = clock;
    this.armed = false;
    this.state = "starting";
    setInterval(() => this.#look(), 1000);
    addEventListener("pagehide", () => this.#source?.close());
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  }

  start() {
    this.#listen();
  }

  // Whether somebody is there to hear: the sound is armed. Said to the dashboard at once.
  arm(armed) {
    this.armed = armed;
    this.here();
  }

  // "I am here": what *shown* rests on, so it names what this screen has painted.
  async here() {
    this.#sent = this.#painted;
    await post("/live/here", JSON.stringify({ page: this.page, armed: this.armed, painted: this.#painted })).catch(() => {});
  }

  #listen() {
    const query = new URLSearchParams({ page: this.page, armed: this.armed ? "1" : "0", paints: "1", after: String(this.newest) });
    const source = new EventSource(`/live?${query}`);
    this.#source = source;
    source.onopen = () => this.#opened();
    source.onerror = () => this.#failed(source);
    for (const name of NAMES) source.addEventListener(name, (event) => this.#take(name, Number(event.lastEventId), JSON.parse(event.data)));
    source.addEventListener("alive", (event) => this.#alive(JSON.parse(event.data)));
    source.addEventListener("signed-out", () => location.reload());
  }

  #opened() {
    this.#backoff = 1000;
    this.#asking = false;
    this.#word();
    this.#become("live");
    this.here();
  }

  // EventSource would come back by itself, but not after a 503; and it would not tell the page to ask meanwhile.
  #failed(source) {
    if (source !== this.#source) return;
    source.close();
    this.#source = null;
    setTimeout(() => this.#source ?? this.#listen(), this.#backoff * (0.8 + Math.random() * 0.4));
    this.#backoff = Math.min(this.#backoff * 2, 30000);
    if (!this.#asking) {
      this.#asking = true;
      this.#ask();
    }
  }

  async #ask() {
    while (this.#asking) {
      try {
        const query = new URLSearchParams({ page: this.page, after: String(this.newest) });
        const answer = await fetch(`/live/since?${query}`, { headers: { "X-Requested-With": "fetch" }, signal: within(5000) });
        if (answer.status === 401) return location.reload();
        if (answer.ok && this.#asking) this.#asked(await answer.json());
      } catch {
        // no line: #look says so when it lasts
      }
      await new Promise((done) => setTimeout(done, ASK_MS));
    }
  }

  #asked({ events, alive }) {
    this.#become("asking");
    for (const { id, event, data } of events) this.#take(event, id, data);
    this.#alive(alive);
  }

  #take(name, id, data) {
    this.#word();
    if (id <= this.newest && name !== "reset") return;
    this.newest = id;
    this.dispatchEvent(new CustomEvent(name, { detail: data }));
    this.#paint();
  }

  #alive(data) {
    this.#word();
    this.clock.set(data.now);
    this.dispatchEvent(new CustomEvent("alive", { detail: data }));
    this.here();
  }

  // A hidden page paints nothing, but it sounds: then what was taken in counts.
  #paint() {
    const done = () => {
      this.#painted = this.newest;
      if (this.#painted !== this.#sent) this.here();
    };
    if (document.hidden) done();
    else requestAnimationFrame(() => setTimeout(done));
  }

  #word() {
    this.#heard = performance.now();
  }

  #look() {
    const quiet = (performance.now() - this.#heard) / 1000;
    if (quiet > DEAD_S && this.#source) this.#failed(this.#source);
    const open = this.#source?.readyState === EventSource.OPEN;
    if (!open && quiet > LOST_S) this.#become("lost");
    this.quiet = quiet;
  }

  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new CustomEvent("line", { detail: state }));
  }
}

// Ends a request that takes too long.
function within(ms) {
  const end = new AbortController();
  setTimeout(() => end.abort(), ms);
  return end.signal;
}

// A POST that carries the page's token; resolves with the answer, rejects when there is none.
export function post(url, body) {
  const headers = { "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content, "X-Requested-With": "fetch" };
  if (typeof body === "string") headers["Content-Type"] = "application/json";
  return fetch(url, { method: "POST", headers, body, signal: within(10000) });
}
