// Tells the demo what the finger does, one word after the other and each with its number: a release never overtakes its
// press. While it holds it says so every second; a page that falls silent has let go.
const AGAIN_MS = 1000;

export class Finger {
  #send;
  #page = crypto.getRandomValues(new Uint32Array(2)).join("-");
  #turn = 0;
  #last = Promise.resolve();
  #again = 0;
  #node = null;

  // send: takes a word and resolves when it has arrived
  constructor(send) {
    this.#send = send;
    addEventListener("pagehide", () => this.#leave());
  }

  press(node) {
    this.#node = node;
    this.#say(true);
    this.#again = setInterval(() => this.#say(true), AGAIN_MS);
  }

  release() {
    clearInterval(this.#again);
    this.#say(false);
    this.#node = null;
  }

  #say(down) {
    const word = this.#word(down);
    this.#last = this.#last.then(() => this.#send(word)).catch(() => {});
  }

  // The page goes away: nothing waits any more. A press that arrives after this word is too late, and dropped.
  #leave() {
    if (this.#node === null) return;
    clearInterval(this.#again);
    this.#send(this.#word(false));
  }

  #word(down) {
    this.#turn += 1;
    return { page: this.#page, turn: this.#turn, node: this.#node, down };
  }
}
