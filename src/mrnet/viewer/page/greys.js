// Grey levels: how voxels become pixels, and how a drag or a preset changes the levels.
import { clamp } from "./words.js";
/** @import { Levels, Preset, Volume } from "./types.js" */

/** @type {Levels} */
export const FULL_LEVELS = [0, 255];
/** @type {Levels} */
const DARK_LEVELS = [0, 128];
/** @type {Levels} */
const BRIGHT_LEVELS = [96, 255];

/**
 * Return the pixel for each of the 256 voxel values: opaque grey, in the byte order of a canvas.
 *
 * @param {Levels} levels
 * @param {boolean} invert
 */
export function greyTable([low, high], invert) {
  const table = new Uint32Array(256);
  for (let voxel = 0; voxel < 256; voxel++) {
    const grey = Math.round(255 * clamp((voxel - low) / (high - low), 0, 1));
    table[voxel] = 0xff000000 + (invert ? 255 - grey : grey) * 0x010101;
  }
  return table;
}

/** @param {Volume} volume @param {number} slice */
export function sliceOf(volume, slice) {
  const size = volume.rows * volume.columns;
  return volume.voxels.subarray(slice * size, (slice + 1) * size);
}

/** @param {ImageData} image @param {Uint8Array} voxels @param {Uint32Array} greys */
export function paint(image, voxels, greys) {
  const pixels = new Uint32Array(image.data.buffer);
  for (let at = 0; at < voxels.length; at++) pixels[at] = greys[/** @type {number} */ (voxels[at])] ?? 0;
}

/**
 * Return the levels as whole numbers at least one apart. These are drawn, shown and written into links.
 *
 * @param {Levels} levels
 * @returns {Levels}
 */
export function rounded([low, high]) {
  const bottom = clamp(Math.round(low), 0, 254);
  return [bottom, clamp(Math.round(high), bottom + 1, 255)];
}

/**
 * Return the levels after a drag: left and right change the width, up and down change the middle.
 * `dx` and `dy` are the distance since the drag's start. So a drag back to the start gives the first levels again.
 *
 * @param {Levels} start
 * @param {number} dx
 * @param {number} dy
 * @returns {Levels}
 */
export function draggedLevels([low, high], dx, dy) {
  const width = clamp(high - low + dx, 1, 255);
  const level = clamp((low + high) / 2 + dy / 2, 0.5, 254.5);
  return [Math.max(0, level - width / 2), Math.min(255, level + width / 2)];
}

/**
 * Return two percentiles of the voxels, as grey levels.
 *
 * @param {Uint8Array} voxels
 * @param {number} lowShare
 * @param {number} highShare
 * @returns {Levels}
 */
export function percentileLevels(voxels, lowShare, highShare) {
  const counts = new Uint32Array(256);
  for (const voxel of voxels) counts[voxel] = (counts[voxel] ?? 0) + 1;
  const levelAt = (/** @type {number} */ share) => {
    let seen = 0;
    return Math.max(
      0,
      counts.findIndex((count) => (seen += count) >= share * voxels.length && seen > 0),
    );
  };
  const low = Math.min(levelAt(lowShare), 254);
  return [low, Math.max(levelAt(highShare), low + 1)];
}

/**
 * Return the levels of a preset; some presets depend on the voxels of the series.
 *
 * @param {Preset} preset
 * @param {Volume | null} volume
 * @param {Levels} current
 * @returns {Levels}
 */
export function presetLevels(preset, volume, current) {
  if (preset === "series") return volume ? percentileLevels(volume.voxels, 0.01, 0.99) : current;
  return { full: FULL_LEVELS, dark: DARK_LEVELS, bright: BRIGHT_LEVELS, custom: current }[preset];
}

/** @param {readonly unknown[]} levels @returns {levels is [number, number]} */
export function isLevels(levels) {
  const [low, high] = levels;
  return levels.length === 2 && isGrey(low) && isGrey(high) && low < high;
}

/** @param {unknown} level @returns {level is number} */
function isGrey(level) {
  return typeof level === "number" && Number.isInteger(level) && level >= 0 && level <= 255;
}

/** @param {readonly Levels[]} windows */
export function areSame(windows) {
  return windows.every((levels) => String(levels) === String(windows[0]));
}

/** Return two grey levels if all planes have the same, else two per plane. @param {readonly Levels[]} windows */
export function flatLevels(windows) {
  return (areSame(windows) ? windows.slice(0, 1) : windows).flat();
}
