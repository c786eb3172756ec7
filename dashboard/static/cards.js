// The list of alerts: cards come whole from the server and go where their id and rank say; answers go by fetch.

import { post } from "./live.js";

const SHIFT_MS = 400; // after the list moved, taps on answers are not taken: they were meant for another card

export class Cards extends EventTarget {
  #shiftedAt = -SHIFT_MS;

  constructor(live, siren, clock) {
    super();
    this.siren = siren;
    this.clock = clock;
    this.open = document.getElementById("open");
    this.closed = document.getElementById("closed");
    this.selected = null;
    live.addEventListener("alert", ({ detail }) => this.put(detail));
    live.addEventListener("reset", () => this.refresh());
    live.addEventListener("alive", () => clock.later("title", () => this.#title()));
    addEventListener("submit", (event) => this.#answer(event));
    addEventListener("click", (event) => this.#strayTap(event), { capture: true });
    addEventListener("click", (event) => this.#click(event));
    addEventListener("keydown", (event) => this.#key(event));
    addEventListener("hashchange", () => this.#hash());
    this.#hash();
    this.#title();
  }

  card(id) {
    return document.getElementById(`alert-${id}`);
  }

  // A card as it stands now: replaces the one of its id, or comes in at its place.
  put({ id, state, html, feature }) {
    const fresh = parsed(html);
    const old = this.card(id);
    const shelf = state === "open" || !this.closed ? this.open : this.closed;
    const kept = old ? keep(old) : null;
    if (old && old.parentElement === shelf && old.dataset.rank === fresh.dataset.rank) {
      if (above(old) !== above(fresh)) this.#shiftedAt = performance.now();
      old.replaceWith(fresh);
    } else this.#insert(shelf, fresh, old);
    if (kept) restore(fresh, kept);
    if (this.selected === id) fresh.setAttribute("aria-current", "true");
    this.clock.paint(fresh);
    this.#shelves();
    this.dispatchEvent(new CustomEvent("put", { detail: { id, feature, isNew: !old } }));
  }

  // What was missed is no longer known one by one: take the whole list again, without leaving the page (and the watch).
  async refresh() {
    const answer = await fetch(location.href, { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const shelf of [this.open, this.closed].filter(Boolean)) {
      const fresh = page.getElementById(shelf.id);
      if (fresh) shelf.replaceChildren(...document.importNode(fresh, true).children);
    }
    this.clock.paint(document);
    this.#shelves();
    this.dispatchEvent(new CustomEvent("refresh"));
  }

  #insert(shelf, fresh, old) {
    const others = shelf.querySelector(".answers button") !== null;
    old?.remove();
    const before = [...shelf.children].find((card) => higher(fresh, card));
    shelf.insertBefore(fresh, before ?? null);
    if (others) this.#shiftedAt = performance.now();
  }

  // No class for it: that would restyle every button of the list, twice for each alert.
  #strayTap(event) {
    if (event.detail === 0 || performance.now() - this.#shiftedAt >= SHIFT_MS) return; // 0: a key
    if (event.target.closest?.(".answers button")) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  #shelves() {
    if (!this.closed) return;
    document.getElementById("calm").hidden = this.open.children.length > 0;
    document.getElementById("closed-part").hidden = this.closed.children.length === 0;
    this.clock.later("title", () => this.#title());
  }

  #title() {
    const ringing = this.open.querySelectorAll('[data-ring="siren"], [data-ring="soft"]');
    this.plain ??= document.title;
    const first = ringing[0];
    const what = first ? `${first.querySelector(".kind").textContent.trim()}: ${first.querySelector(".place").textContent}` : "";
    document.title = first ? `(${ringing.length}) ${what}` : this.plain;
    const icon = document.querySelector("link[rel=icon]");
    const file = first ? "/static/icon-alert.svg" : "/static/icon.svg";
    if (!icon.href.endsWith(file)) icon.href = file;
  }

  // Chosen in the list or on the map: the same alert is marked in both.
  select(id, { from = "list" } = {}) {
    this.card(this.selected)?.removeAttribute("aria-current");
    this.selected = id;
    const card = this.card(id);
    card?.setAttribute("aria-current", "true");
    if (from !== "list") {
      const smooth = !matchMedia("(prefers-reduced-motion: reduce)").matches;
      card?.scrollIntoView({ block: "nearest", behavior: smooth ? "smooth" : "auto" });
      card?.focus({ preventScroll: true });
    }
    this.dispatchEvent(new CustomEvent("select", { detail: { id, from } }));
  }

  async #answer(event) {
    const form = event.target.closest(".answers");
    if (!form) return;
    event.preventDefault();
    const card = form.closest(".card");
    const data = new FormData(form, event.submitter);
    const buttons = form.querySelectorAll("button");
    const problem = form.querySelector(".problem");
    buttons.forEach((button) => { button.disabled = true; });
    try {
      const answer = await post(form.action, data);
      if (answer.status === 401) return location.reload();
      if (!answer.ok) throw new Error(await answer.text());
      this.siren.call(Number(card.dataset.id), "none");
    } catch (error) {
      const now = this.card(card.dataset.id)?.querySelector(".problem") ?? problem;
      now.hidden = false;
      now.textContent = `Not sent. ${error.name === "Error" ? error.message : "No line to the dashboard: try again."}`;
      buttons.forEach((button) => { button.disabled = false; });
    }
  }

  #click(event) {
    const card = event.target.closest?.(".card");
    if (card && !event.target.closest("a, button, summary, form")) this.select(Number(card.dataset.id));
  }

  // Only while a card has the focus, so that no key does anything by surprise.
  #key(event) {
    const card = document.activeElement?.closest?.(".card");
    if (!card || event.ctrlKey || event.altKey || event.metaKey) return;
    const all = [...document.querySelectorAll(".card")];
    const next = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (next) {
      event.preventDefault();
      all[all.indexOf(card) + next]?.focus();
    } else if (document.activeElement === card) {
      const answer = { c: "coming", s: "seen" }[event.key.toLowerCase()];
      if (answer) card.querySelector(`.answers > button[value="${answer}"]:not(:disabled)`)?.click();
      if (event.key === "Enter") this.select(Number(card.dataset.id));
    }
  }

  #hash() {
    const id = /^#alert-(\d+)$/.exec(location.hash)?.[1];
    if (id && this.card(id)) this.select(Number(id), { from: "hash" });
  }
}

function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

// Lower rank first; among equals the newer one.
function higher(a, b) {
  const rank = Number(a.dataset.rank) - Number(b.dataset.rank);
  return rank ? rank < 0 : Number(a.dataset.since) > Number(b.dataset.since);
}

// What stands above a card's answers and may grow or shrink; asking where they are would lay the list out twice.
function above(card) {
  return [...card.querySelectorAll(".status, .marks, .private")].map((part) => part.textContent).join();
}

// A card is replaced under somebody's hands: what had the focus and what was unfolded stays so.
function keep(card) {
  const focus = card.contains(document.activeElement) ? document.activeElement : null;
  return { card: focus === card, value: focus?.value, link: focus?.matches("a"), summary: focus?.matches("summary"),
    unfolded: card.querySelector("details")?.open, focus: Boolean(focus) };
}

function restore(card, kept) {
  const details = card.querySelector("details");
  if (details && kept.unfolded) details.open = true;
  if (!kept.focus) return;
  const same = kept.value ? card.querySelector(`button[value="${kept.value}"]:not(:disabled)`) : null;
  const target = kept.link ? card.querySelector("a") : kept.summary ? card.querySelector("summary") : same;
  (target ?? card).focus({ preventScroll: true });
}
