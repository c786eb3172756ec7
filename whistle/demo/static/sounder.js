// The beacon's whistle, made by the browser: a square wave near a piezo's resonance, swept a little.
const RESONANCE = 3000;
const SWEEP = 120;

export class Sounder {
  #context = null;
  #gain = null;
  #allowed = false;

  allow(yes) {
    this.#allowed = yes;
    if (yes && !this.#context) this.#build();
    if (!yes) this.sound(false);
  }

  sound(on) {
    if (!this.#gain) return;
    this.#gain.gain.value = on && this.#allowed ? 0.15 : 0;
  }

  #build() {
    this.#context = new AudioContext();
    const tone = new OscillatorNode(this.#context, { type: "square", frequency: RESONANCE });
    const wobble = new OscillatorNode(this.#context, { frequency: 12 });
    const depth = new GainNode(this.#context, { gain: SWEEP });
    this.#gain = new GainNode(this.#context, { gain: 0 });
    wobble.connect(depth).connect(tone.frequency);
    tone.connect(this.#gain).connect(this.#context.destination);
    tone.start();
    wobble.start();
  }
}
