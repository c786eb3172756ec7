// Plays one rhythm at a time: on, off, on, off ... in milliseconds, from the first instant, until another begins.
export class Rhythm {
  #turn;
  #timer = 0;
  #word = null;

  constructor(turn) {
    this.#turn = turn;
  }

  // steps: the rhythm, or null for off
  play(word, steps) {
    if (word === this.#word) return;
    this.#word = word;
    clearTimeout(this.#timer);
    if (!steps) this.#turn(false);
    else this.#step(steps, 0);
  }

  #step(steps, at) {
    this.#turn(at % 2 === 0);
    this.#timer = setTimeout(() => this.#step(steps, (at + 1) % steps.length), steps[at]);
  }
}
