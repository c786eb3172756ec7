// What happens, as it happens: a stream, and where there is none, asking every second until there is one again.
const ASK_MS = 1000;
const AGAIN_MS = 30000;

export class Events {
  #urls;
  #take;
  #newest;
  #names;
  #mark;
  #source = null;

  // take(name, event), mark(whether it is up); names: the events to listen for
  constructor({ urls, newest, names, take, mark }) {
    this.#urls = urls;
    this.#newest = newest;
    this.#names = names;
    this.#take = take;
    this.#mark = mark;
    // A browser gives one address six connections, all tabs together: one that nobody sees needs none.
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#source?.close() : this.#again()));
  }

  listen() {
    const source = new EventSource(`${this.#urls.stream}?after=${this.#newest}`);
    this.#source = source;
    source.onopen = () => this.#mark(true);
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) this.#instead(); // refused: EventSource does not come back
      else this.#mark(false);
    };
    for (const name of this.#names) {
      source.addEventListener(name, (event) => this.#got(Number(event.lastEventId), name, JSON.parse(event.data)));
    }
  }

  #again() {
    if (this.#source?.readyState === EventSource.CLOSED) this.listen();
  }

  #got(number, name, event) {
    this.#newest = number;
    this.#take(name, event);
  }

  async #instead() {
    this.#source = null;
    for (const until = performance.now() + AGAIN_MS; performance.now() < until; ) {
      this.#mark(await this.#ask());
      await new Promise((resolve) => setTimeout(resolve, ASK_MS));
    }
    this.listen();
  }

  async #ask() {
    try {
      const pieces = await (await fetch(`${this.#urls.ask}?after=${this.#newest}`)).json();
      for (const { number, name, event } of pieces) this.#got(number, name, event);
      return true;
    } catch {
      return false; // nobody answers
    }
  }
}
