// Time as the dashboard counts it: a line that never jumps, whatever the clocks of phone and server do. Its tick once a
// second draws everything that counts, and whatever else can wait, in one frame: without a graphics chip a frame costs
// tens of milliseconds, and the row of the next alert would stand behind each of them.

const TICK_MS = 1000;

export class Clock {
  #offset;
  #waiting = new Map();
  #didAt = -TICK_MS;

  constructor(root) {
    this.set(Number(root.dataset.now));
    setInterval(() => this.#tick(), TICK_MS);
    this.local(document);
    this.paint(document);
  }

  // The server's steady seconds at this moment.
  set(now) {
    this.#offset = now - performance.now() / 1000;
  }

  now() {
    return this.#offset + performance.now() / 1000;
  }

  // Counting clocks and ages within `part`.
  paint(part) {
    for (const time of part.querySelectorAll("time[data-since]")) {
      put(time, elapsed(this.now() - Number(time.dataset.since)));
    }
    for (const ago of part.querySelectorAll("[data-ago]")) {
      ago.dataset.at ??= String(performance.now() / 1000 - Number(ago.dataset.ago));
      put(ago, span(performance.now() / 1000 - Number(ago.dataset.at)));
    }
  }

  // Do what can wait (a title, a pin) right after the next frame; with the next tick when that was done within a second.
  // Of what waits under one name only the last is done.
  later(name, work) {
    this.#waiting.set(name, work);
    if (document.hidden) this.#catchUp(); // nothing is drawn, and timers may sleep
    else if (performance.now() - this.#didAt >= TICK_MS) {
      this.#didAt = performance.now();
      requestAnimationFrame(() => setTimeout(() => this.#catchUp()));
    }
  }

  #tick() {
    this.paint(document);
    this.#catchUp();
  }

  #catchUp() {
    if (!this.#waiting.size) return;
    this.#didAt = performance.now();
    const works = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const work of works) work();
  }

  // Moments of the past, in the time of this device.
  local(part) {
    for (const time of part.querySelectorAll("time[data-at]")) {
      const at = new Date(Number(time.dataset.at) * 1000);
      const day = time.dataset.day ? { day: "numeric", month: "short" } : {};
      put(time, at.toLocaleString([], { ...day, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }));
      time.dateTime = at.toISOString();
    }
  }
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function elapsed(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  if (s >= 86400) return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
  if (s >= 3600) return `${Math.floor(s / 3600)}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
  return `${Math.floor(s / 60)}:${two(s % 60)}`;
}

export function span(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s >= 172800) return `${Math.floor(s / 86400)} d`;
  if (s >= 7200) return `${Math.floor(s / 3600)} h`;
  return s >= 60 ? `${Math.floor(s / 60)} min` : `${s} s`;
}
