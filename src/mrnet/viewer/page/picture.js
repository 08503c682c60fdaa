// The shown images as one picture, to save or to print. A saved one holds a note that `mrnet recipe` reads.
import { make } from "./dom.js";
import { noteText, withText } from "./png.js";
import { capital, clamp } from "./words.js";
/** @import { Pane } from "./pane.js" */

const GAP_PX = 8;
const WIDTH_PER_TEXT = 64; // The picture's width divided by its text's height; on paper the text is some 8 points high.
const [MIN_TEXT_PX, MAX_TEXT_PX] = [15, 96];
const [GROUND, LOUD, QUIET] = ["#000", "#e3e7ec", "#a3adb9"];

/**
 * Return the panes side by side, each below its caption. Voxels are whole and magnified by a whole number.
 *
 * @param {readonly { pane: Pane, title: string }[]} shown
 * @param {boolean} smooth
 */
export function compose(shown, smooth) {
  const cuts = shown.map(({ pane, title }) => ({ pane, title, ...cut(pane) }));
  const across = cuts.reduce((sum, part) => sum + part.width + GAP_PX, -GAP_PX);
  const size = clamp(Math.round(across / WIDTH_PER_TEXT), MIN_TEXT_PX, MAX_TEXT_PX);
  const band = 3 * size;
  const canvas = make("canvas", { width: across, height: band + Math.max(...cuts.map((part) => part.height)) });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillStyle = GROUND;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = smooth;
  let left = 0;
  for (const { pane, title, source, box, width, height } of cuts) {
    context.font = fontOf(size);
    write(context, `${title} · ${capital(pane.plane)}`, LOUD, left + 6, 1.2 * size, width - 12);
    const slices = source === pane.canvas ? `${pane.caption.textContent} · ` : "";
    write(context, `${slices}${pane.shownLevels.textContent}`, QUIET, left + 6, 2.4 * size, width - 12);
    context.drawImage(source, ...box, left, band, width, height);
    if (source !== pane.canvas) numberTiles(context, pane, left, size);
    left += width + GAP_PX;
  }
  return canvas;
}

/**
 * Return tiles of the grid in rows, each below its caption, one pixel for each voxel.
 *
 * @param {readonly { canvas: HTMLCanvasElement, caption: string }[]} tiles at least one
 */
export function composeTiles(tiles) {
  const across = Math.ceil(Math.sqrt(tiles.length));
  const width = Math.max(...tiles.map(({ canvas }) => canvas.width)) + GAP_PX;
  const band = 2 * MIN_TEXT_PX;
  const height = Math.max(...tiles.map(({ canvas }) => canvas.height)) + band;
  const sheet = make("canvas", { width: across * width, height: Math.ceil(tiles.length / across) * height });
  const context = /** @type {CanvasRenderingContext2D} */ (sheet.getContext("2d"));
  context.fillStyle = GROUND;
  context.fillRect(0, 0, sheet.width, sheet.height);
  context.font = fontOf(MIN_TEXT_PX);
  for (const [at, { canvas, caption }] of tiles.entries()) {
    const [left, top] = [(at % across) * width, Math.floor(at / across) * height];
    write(context, caption, LOUD, left, top + 1.4 * MIN_TEXT_PX, width - GAP_PX);
    context.drawImage(canvas, left, top + band);
  }
  return sheet;
}

/** @param {Pane} pane @returns {{ source: HTMLCanvasElement, box: [number, number, number, number], width: number, height: number }} */
function cut(pane) {
  const { sheet, across } = pane.montage;
  if (pane.host.settings.montage && across) {
    return { source: sheet, box: [0, 0, sheet.width, sheet.height], width: sheet.width, height: sheet.height };
  }
  const { x, y, width, height, scale } = pane.frame.visible();
  return { source: pane.canvas, box: [x, y, width, height], width: width * scale, height: height * scale };
}

/** @param {CanvasRenderingContext2D} context @param {Pane} pane @param {number} left @param {number} size of the text */
function numberTiles(context, { volume, montage }, left, size) {
  if (!volume) return;
  const small = Math.min(size, Math.max(MIN_TEXT_PX, Math.round(volume.columns / 6)));
  context.font = fontOf(small);
  context.strokeStyle = GROUND;
  context.lineWidth = small / 4;
  for (let slice = 0; slice < volume.slices; slice++) {
    const x = left + (slice % montage.across) * volume.columns + 5;
    const y = 3 * size + Math.floor(slice / montage.across) * volume.rows + 1.2 * small;
    context.strokeText(String(slice), x, y);
    write(context, String(slice), LOUD, x, y, volume.columns);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {string} colour
 * @param {number} x
 * @param {number} y
 * @param {number} width the text is squeezed into it where it is longer
 */
function write(context, text, colour, x, y, width) {
  context.fillStyle = colour;
  context.fillText(text, x, y, width);
}

/** @param {number} size pixels */
function fontOf(size) {
  return `${size}px system-ui, sans-serif`;
}

/**
 * Return the canvas as a PNG.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {{ version: string, command: string } | null} note null where the picture must not name its case
 * @returns {Promise<Blob>}
 */
export async function encode(canvas, note) {
  /** @type {Blob | null} */
  const blob = await new Promise((resolve) => canvas.toBlob(resolve));
  if (!blob) throw new Error("The picture is larger than this browser can make.");
  if (!note) return blob;
  const png = new Uint8Array(await blob.arrayBuffer());
  return new Blob([withText(png, "mrnet", noteText(note.version, note.command, "page"))], { type: "image/png" });
}
