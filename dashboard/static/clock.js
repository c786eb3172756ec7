// Time as the dashboard counts it: a line that never jumps, whatever the clocks of phone and server do.

export class Clock {
  #offset;

  constructor(root) {
    this.set(Number(root.dataset.now));
    setInterval(() => this.paint(document), 500);
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
