// The alarm: made here from sines, no file. A looping buffer, so that no timer can let it down in a hidden tab.
//
//   siren   three rising whistles and a pause, louder over eight seconds, until somebody answers
//   soft    two low notes every six seconds: a silent alert, told discreetly, until somebody answers
//   once    two notes, a drill
//   lost    two falling notes, once: this screen may be blind

const RATE = 22050;
const LOUD = { siren: 1, soft: 0.4, once: 0.4, lost: 0.35, check: 0.5 };

export class Siren extends EventTarget {
  #context = null;
  #volume = null;
  #meter = null;
  #loop = null;
  #voice = "none";
  #calls = new Map(); // alert to voice: what sounds until answered
  #mutedUntil = 0;
  #buffers = new Map();

  constructor() {
    super();
    this.wanted = sessionStorage.getItem("whistle-watch") === "1";
    setInterval(() => this.#look(), 1000);
    for (const gesture of ["pointerup", "keydown"]) {
      addEventListener(gesture, () => this.wanted && !this.armed && this.arm(), { capture: true, passive: true });
    }
    if (this.wanted) this.arm({ quietly: true });
    this.#changed();
  }

  // Whether the browser lets us sound: the only thing that counts as being on watch.
  get armed() {
    return this.wanted && this.#context?.state === "running";
  }

  get voice() {
    return this.#voice;
  }

  get muted() {
    return Math.max(0, this.#mutedUntil - performance.now()) / 1000;
  }

  // Go on watch. To be called from a tap or a key: browsers allow sound only then.
  async arm({ quietly = false } = {}) {
    this.wanted = true;
    sessionStorage.setItem("whistle-watch", "1");
    this.#context ??= this.#open();
    await this.#resume();
    if (this.armed && !quietly) this.#play("check");
    this.#changed();
    return this.armed;
  }

  // Leave the watch: silence, and nobody counts on this page any more.
  disarm() {
    this.wanted = false;
    sessionStorage.removeItem("whistle-watch");
    this.#context?.suspend();
    this.#changed();
  }

  // An alert sounds (siren, soft), sounds once, or no longer does (none).
  call(alert, voice) {
    const before = this.#calls.get(alert);
    if (voice === "once") {
      if (before !== "once") this.once("once");
      this.#calls.set(alert, "once");
    } else if (voice === "none") {
      this.#calls.delete(alert);
    } else {
      if (!before) this.#mutedUntil = 0; // a mute is for the alerts one has heard, never for the next
      this.#calls.set(alert, voice);
    }
    this.#apply();
  }

  // Every alert that sounds now, as the dashboard says; others fall silent.
  calls(all) {
    for (const known of [...this.#calls.keys()]) if (!all.has(known)) this.call(known, "none");
    for (const [alert, voice] of all) this.call(alert, voice);
  }

  mute(seconds) {
    this.#mutedUntil = performance.now() + seconds * 1000;
    this.#apply();
  }

  // A sound that does not repeat, for one who is on watch.
  once(voice) {
    if (this.armed) this.#play(voice);
  }

  // Let somebody hear it, on watch or not. To be called from a tap.
  async hear(voice) {
    this.#context ??= this.#open();
    await this.#resume();
    if (this.#context.state === "running") this.#play(voice);
    if (!this.wanted) setTimeout(() => this.wanted || this.#context.suspend(), 8000);
  }

  // Loudness at this moment, 0 to 1: for tests, which have no ears.
  level() {
    if (!this.#meter) return 0;
    const wave = new Float32Array(this.#meter.fftSize);
    this.#meter.getFloatTimeDomainData(wave);
    return Math.sqrt(wave.reduce((sum, x) => sum + x * x, 0) / wave.length);
  }

  // Without a gesture this promise may never end: do not wait for it for long.
  #resume() {
    return Promise.race([this.#context.resume(), new Promise((done) => setTimeout(done, 400))]).catch(() => {});
  }

  #open() {
    const context = new AudioContext({ latencyHint: "playback" });
    context.onstatechange = () => this.#changed();
    this.#volume = context.createGain();
    this.#meter = context.createAnalyser();
    this.#volume.connect(this.#meter).connect(context.destination);
    return context;
  }

  #look() {
    if (this.#mutedUntil && this.muted === 0) this.#mutedUntil = 0;
    this.#apply();
    if (this.#voice !== "none" && !this.muted && document.visibilityState === "visible") {
      navigator.userActivation?.hasBeenActive && navigator.vibrate?.(this.#voice === "siren" ? [400, 150, 400] : [120]);
    }
    this.dispatchEvent(new CustomEvent("tick"));
  }

  // The loudest of what calls, unless muted; started and stopped only on change.
  #apply() {
    const voices = new Set(this.#calls.values());
    const voice = this.muted ? "none" : voices.has("siren") ? "siren" : voices.has("soft") ? "soft" : "none";
    if (voice !== this.#voice || (voice !== "none" && !this.#loop && this.armed)) {
      this.#loop?.stop();
      this.#voice = voice;
      this.#loop = voice !== "none" && this.armed ? this.#play(voice, true) : null;
      this.#changed();
    }
  }

  #play(voice, loop = false) {
    const source = new AudioBufferSourceNode(this.#context, { buffer: this.#buffer(voice), loop });
    const loud = this.#context.createGain();
    const now = this.#context.currentTime;
    loud.gain.setValueAtTime(voice === "siren" && loop ? 0.4 : LOUD[voice], now);
    loud.gain.linearRampToValueAtTime(LOUD[voice], now + 8);
    source.connect(loud).connect(this.#volume);
    source.start();
    return source;
  }

  #buffer(voice) {
    if (!this.#buffers.has(voice)) {
      const samples = drawn(voice);
      const buffer = this.#context.createBuffer(1, samples.length, RATE);
      buffer.copyToChannel(samples, 0);
      this.#buffers.set(voice, buffer);
    }
    return this.#buffers.get(voice);
  }

  #changed() {
    if (this.#context?.state !== "running") this.#loop = null;
    document.documentElement.dataset.sound = this.armed ? (this.muted ? "muted" : "armed") : this.wanted ? "blocked" : "off";
    document.documentElement.dataset.ringing = this.#voice;
    this.dispatchEvent(new CustomEvent("change"));
  }
}

// Notes: [start s, length s, from Hz, to Hz, trill 0..1]; total length in s.
const SCORES = {
  siren: [3.2, [0, 0.5, 1700, 2700, 0.5], [0.62, 0.5, 1700, 2700, 0.5], [1.24, 0.8, 1700, 3100, 0.5]],
  soft: [6, [0, 0.35, 392, 392, 0], [0.45, 0.55, 311, 311, 0]],
  once: [1.2, [0, 0.3, 660, 660, 0], [0.35, 0.5, 880, 880, 0]],
  lost: [1.2, [0, 0.3, 440, 440, 0], [0.35, 0.6, 294, 294, 0]],
  check: [0.8, [0, 0.14, 880, 880, 0], [0.18, 0.3, 1320, 1320, 0]],
};

function drawn(voice) {
  const [length, ...notes] = SCORES[voice];
  const samples = new Float32Array(Math.round(length * RATE));
  for (const [start, lasts, from, to, trill] of notes) {
    let phase = 0;
    for (let i = 0; i < lasts * RATE; i += 1) {
      const t = i / RATE;
      phase += (2 * Math.PI * (from + ((to - from) * t) / lasts)) / RATE;
      const edge = Math.min(1, t / 0.02, (lasts - t) / 0.05);
      const pea = 1 - trill / 2 + (trill / 2) * Math.sin(2 * Math.PI * 34 * t);
      samples[Math.round(start * RATE) + i] += 0.55 * edge * pea * (Math.sin(phase) + 0.25 * Math.sin(2 * phase));
    }
  }
  return samples;
}
