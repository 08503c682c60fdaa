// All slices of a series at once; a click on a slice opens it.
import { make } from "./dom.js";
import { paint, sliceOf } from "./greys.js";
/** @import { Plane, Volume } from "./types.js" */

/** Return the number of columns in which `count` images are largest, and their scale. */
export function bestGrid(
  /** @type {{ count: number, columns: number, rows: number, width: number, height: number }} */
  { count, columns, rows, width, height },
) {
  let best = { across: 1, scale: 0 };
  for (let across = 1; across <= count; across++) {
    const scale = Math.min(width / (across * columns), height / (Math.ceil(count / across) * rows));
    if (scale > best.scale) best = { across, scale };
  }
  return best;
}

export class Montage {
  across = 0;

  /** @param {Plane} plane @param {(slice: number) => void} pick */
  constructor(plane, pick) {
    this.plane = plane;
    this.pick = pick;
    this.sheet = make("canvas", { "aria-hidden": "true" });
    this.tiles = make("div", { class: "tiles" });
    this.element = make("div", { class: "montage", hidden: true }, this.sheet, this.tiles);
  }

  clear() {
    this.tiles.replaceChildren();
    this.sheet.width = this.sheet.height = 0;
    this.across = 0;
  }

  /**
   * Compute where the slices go; return whether they must be drawn again.
   *
   * @param {Volume} volume
   * @param {number} width
   * @param {number} height
   */
  arrange({ slices, columns, rows }, width, height) {
    const { across, scale } = bestGrid({ count: slices, columns, rows, width, height });
    const down = Math.ceil(slices / across);
    this.element.style.width = `${across * columns * scale}px`;
    this.element.style.height = `${down * rows * scale}px`;
    this.tiles.style.gridTemplateColumns = `repeat(${across}, 1fr)`;
    this.tiles.style.gridTemplateRows = `repeat(${down}, 1fr)`;
    if (across === this.across && this.tiles.children.length === slices) return false;
    this.across = across;
    this.tiles.replaceChildren(...Array.from({ length: slices }, (_, slice) => this.tile(slice)));
    return true;
  }

  /** @param {number} slice */
  tile(slice) {
    const click = () => this.pick(slice);
    const label = `${this.plane} slice ${slice}`;
    return make("button", { type: "button", tabindex: "-1", "aria-label": label, click }, String(slice));
  }

  /** @param {Volume} volume @param {Uint32Array} greys */
  draw(volume, greys) {
    const { slices, rows, columns } = volume;
    this.sheet.width = this.across * columns;
    this.sheet.height = Math.ceil(slices / this.across) * rows;
    const context = this.sheet.getContext("2d");
    const tile = context?.createImageData(columns, rows);
    if (!context || !tile) return;
    for (let slice = 0; slice < slices; slice++) {
      paint(tile, sliceOf(volume, slice), greys);
      context.putImageData(tile, (slice % this.across) * columns, Math.floor(slice / this.across) * rows);
    }
  }

  /** @param {number} slice */
  mark(slice) {
    this.tiles.querySelector("[aria-current]")?.removeAttribute("aria-current");
    this.tiles.children[slice]?.setAttribute("aria-current", "true");
  }
}
