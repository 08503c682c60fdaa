// One plane of all listed cases at once, to see how a finding looks in many knees. Only volumes in sight are in memory.
import { choice, make, textButton } from "./dom.js";
import { marksOf } from "./case_list.js";
import { greyTable, paint, rounded, sliceOf } from "./greys.js";
import { composeTiles } from "./picture.js";
import { Wheel } from "./pointer.js";
import { PLANES, capital, clamp, grouped } from "./words.js";
/** @import { Entry, Levels, Plane, Source, Volume } from "./types.js" */

const NO_GREYS = new Uint32Array(256);
const MAX_REQUESTS = 4; // At the same time: browsers allow six per server.

/**
 * @typedef {object} Tile
 * @property {Entry} entry
 * @property {HTMLButtonElement} element
 * @property {HTMLCanvasElement} canvas
 * @property {HTMLElement} text
 * @property {Wheel} wheel
 * @property {number} share of the stack, 0 to 1
 * @property {Volume | null} volume
 * @property {Uint32Array} greys
 * @property {AbortController | null} loading
 */

/**
 * @typedef {object} GridHost
 * @property {(entry: Entry, plane: Plane, share: number) => void} open
 * @property {(volume: Volume, plane: Plane) => Levels} levels
 * @property {() => boolean} inverts
 * @property {() => void} close
 */

export class Grid {
  /** @type {Plane} */
  plane = "sagittal";
  share = 0.5;
  /** @type {Map<Element, Tile>} */
  tiles = new Map();
  /** @type {Tile[]} */
  queue = [];
  requests = 0;

  /** @param {Source} source @param {GridHost} host */
  constructor(source, host) {
    this.source = source;
    this.host = host;
    /** @type {[Plane, string][]} */
    const planes = PLANES.map((plane) => [plane, capital(plane)]);
    this.planeChoice = choice("Plane of the grid", planes, (plane) => this.setPlane(plane));
    this.slider = make("input", {
      type: "range",
      min: "0",
      max: "100",
      value: "50",
      "aria-label": "Position in every stack",
    });
    this.slider.addEventListener("input", () => this.setShare(Number(this.slider.value) / 100));
    this.count = make("span", { class: "count" });
    this.box = make("div", { class: "grid-tiles" });
    this.element = make(
      "section",
      { class: "grid", "aria-label": "Grid of cases", hidden: true },
      make(
        "header",
        {},
        this.planeChoice,
        this.slider,
        this.count,
        textButton("Close", "Back to the case (Esc)", host.close),
      ),
      this.box,
    );
    this.observer = new IntersectionObserver((changes) => this.seen(changes), { root: this.box, rootMargin: "300px" });
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** @param {readonly Entry[]} cases @param {Plane} plane */
  open(cases, plane) {
    this.plane = plane;
    this.planeChoice.value = plane;
    this.element.hidden = false;
    this.show(cases);
    this.planeChoice.focus();
  }

  /** @param {readonly Entry[]} cases */
  show(cases) {
    this.clear();
    this.count.textContent = `${grouped(cases.length)} case${cases.length === 1 ? "" : "s"}, each tile scrolls by wheel or arrow keys`;
    const tiles = cases.map((entry) => this.tile(entry));
    this.tiles = new Map(tiles.map((tile) => [tile.element, tile]));
    this.box.replaceChildren(...this.tiles.keys());
    for (const element of this.tiles.keys()) this.observer.observe(element);
  }

  close() {
    this.element.hidden = true;
    this.clear();
  }

  clear() {
    this.observer.disconnect();
    for (const tile of this.tiles.values()) this.drop(tile);
    this.tiles.clear();
    this.queue = [];
    this.box.replaceChildren();
  }

  /** @param {Entry} entry @returns {Tile} */
  tile(entry) {
    const canvas = make("canvas", { "aria-hidden": "true" });
    const text = make("span", { class: "slice" });
    const element = make(
      "button",
      { type: "button", class: "grid-tile", title: "Open this case" },
      canvas,
      make("span", { class: "grid-caption" }, make("b", {}, entry.case), marksOf(entry), text),
    );
    /** @type {Tile} */
    const tile = {
      entry,
      element,
      canvas,
      text,
      wheel: new Wheel(),
      share: this.share,
      volume: null,
      greys: NO_GREYS,
      loading: null,
    };
    element.addEventListener("click", () => this.host.open(entry, this.plane, tile.share));
    element.addEventListener("wheel", (event) => this.turn(tile, event), { passive: false });
    element.addEventListener("keydown", (event) => this.key(tile, event));
    return tile;
  }

  /** @param {Tile} tile @param {WheelEvent} event */
  turn(tile, event) {
    if (event.ctrlKey || !tile.volume) return;
    event.preventDefault();
    const isPixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL;
    this.step(tile, tile.wheel.steps(event.deltaY, isPixels, event.timeStamp));
  }

  /** @param {Tile} tile @param {KeyboardEvent} event */
  key(tile, event) {
    const step = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    this.step(tile, step);
  }

  /** @param {Tile} tile @param {number} step */
  step(tile, step) {
    if (!tile.volume || !step) return;
    const last = tile.volume.slices - 1;
    tile.share = clamp(Math.round(tile.share * last) + step, 0, last) / Math.max(1, last);
    this.draw(tile);
  }

  /** @param {Plane} plane */
  setPlane(plane) {
    this.plane = plane;
    this.show([...this.tiles.values()].map((tile) => tile.entry));
  }

  /** @param {number} share */
  setShare(share) {
    this.share = share;
    for (const tile of this.tiles.values()) {
      tile.share = share;
      this.draw(tile);
    }
  }

  /** Draw again after the grey levels changed. */
  redraw() {
    for (const tile of this.tiles.values()) if (tile.volume) this.fill(tile, tile.volume);
  }

  /** Return a picture of the tiles in sight; null if none has its volume. */
  picture() {
    const { top, bottom } = this.box.getBoundingClientRect();
    const shown = [...this.tiles.values()].filter(({ volume, element }) => {
      const box = element.getBoundingClientRect();
      return volume && box.bottom > top && box.top < bottom;
    });
    const tiles = shown.map(({ canvas, entry, text }) => ({
      canvas,
      caption: [entry.case, marksOf(entry).textContent, text.textContent].filter(Boolean).join(" · "),
    }));
    return tiles.length ? composeTiles(tiles) : null;
  }

  // ---- load volumes that come into sight, drop the others

  /** @param {IntersectionObserverEntry[]} changes */
  seen(changes) {
    for (const { target, isIntersecting } of changes) {
      const tile = this.tiles.get(target);
      if (!tile) continue;
      if (!isIntersecting) this.drop(tile);
      else if (!tile.volume && !tile.loading) this.queue.push(tile);
    }
    this.work();
  }

  /** @param {Tile} tile */
  drop(tile) {
    tile.loading?.abort();
    tile.loading = tile.volume = null;
    tile.canvas.width = tile.canvas.height = 0;
    this.queue = this.queue.filter((each) => each !== tile);
  }

  work() {
    while (this.requests < MAX_REQUESTS) {
      const tile = this.queue.shift();
      if (!tile) return;
      this.load(tile);
    }
  }

  /** @param {Tile} tile */
  async load(tile) {
    this.requests++;
    const loading = (tile.loading = new AbortController());
    try {
      const volume = await this.source.load(tile.entry, this.plane, loading.signal);
      if (tile.loading === loading) this.fill(tile, volume);
    } catch (fault) {
      if (tile.loading === loading) tile.text.textContent = fault instanceof Error ? fault.message : String(fault);
    } finally {
      if (tile.loading === loading) tile.loading = null;
      this.requests--;
      this.work();
    }
  }

  /** @param {Tile} tile @param {Volume} volume */
  fill(tile, volume) {
    tile.volume = volume;
    tile.canvas.width = volume.columns;
    tile.canvas.height = volume.rows;
    tile.greys = greyTable(rounded(this.host.levels(volume, this.plane)), this.host.inverts());
    this.draw(tile);
  }

  /** @param {Tile} tile */
  draw({ volume, canvas, text, share, greys }) {
    const context = canvas.getContext("2d");
    if (!volume || !context) return;
    const slice = Math.round(share * (volume.slices - 1));
    const image = context.createImageData(volume.columns, volume.rows);
    paint(image, sliceOf(volume, slice), greys);
    context.putImageData(image, 0, 0);
    text.textContent = `${slice} of 0–${volume.slices - 1}`;
  }
}
