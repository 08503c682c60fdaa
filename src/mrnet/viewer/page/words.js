// Words that the page shows in several places.
/** @import { Answer, Finding, Plane, Preset } from "./types.js" */

/** @type {readonly Plane[]} */
export const PLANES = ["axial", "coronal", "sagittal"];
/** @type {Record<Finding, string>} */
export const FINDINGS = { abnormal: "abnormal", acl: "ACL tear", meniscus: "meniscal tear" };
/** @type {Record<Finding, string>} */
export const SHORT_FINDINGS = { abnormal: "abn", acl: "ACL", meniscus: "men" };
/** @type {readonly Finding[]} */
export const FINDING_NAMES = ["abnormal", "acl", "meniscus"];
/** @type {readonly Answer[]} */
export const ANSWERS = ["yes", "no", "unsure", ""];
/** @type {readonly [Preset, string][]} */
export const PRESETS = [
  ["full", "Full, 0–255"],
  ["series", "Each series, 1–99 %"],
  ["dark", "Dark tissue, 0–128"],
  ["bright", "Bright tissue, 96–255"],
  ["custom", "Custom"],
];
/** @type {readonly (readonly [string, string])[]} */
export const KEYS = [
  ["n · p", "next and previous case"],
  ["o", "next case that is not fully answered"],
  ["1 · 2 · 3", "axial, coronal, sagittal: larger, alone, and back (Esc)"],
  ["l", "layout: one large and two small, three equal, one"],
  ["f", "full screen"],
  ["z", "fit or fill"],
  ["m", "montage: every slice of this case"],
  ["g", "grid: one plane of every listed case"],
  ["c", "compare: pin this case beside the next"],
  ["w", "grey levels: full, or 1–99 % of each series"],
  ["i", "invert"],
  ["r", "reset slices, grey levels and zoom"],
  ["h", "hide or show the labels"],
  ["t", "light or dark"],
  ["?", "this help"],
];
/** @type {readonly (readonly [string, string])[]} */
export const READING_KEYS = [
  ["y · x · u", "answer yes, no or unsure to the marked finding, and mark the next"],
  ["b", "mark the finding before"],
  ["k", "key slice of the marked finding: the slice of the plane in use"],
];
/** @type {readonly (readonly [string, string])[]} */
export const PANE_KEYS = [
  ["arrow keys", "one slice on or back"],
  ["Page Up · Page Down", "five slices"],
  ["Home · End", "first and last slice"],
  ["Space", "play and pause"],
  ["+ · − · 0", "zoom in, out, fit"],
  ["Shift + arrow keys", "pan"],
  ["Enter", "read voxels: arrow keys move the cross (Shift: ten voxels), Esc leaves"],
];
/** @type {readonly (readonly [string, string])[]} */
export const POINTER = [
  ["wheel", "scroll through slices (with Ctrl: zoom)"],
  ["drag", "the action chosen in “Drag”: scroll, pan or window"],
  ["right-drag", "window: sideways width, up and down level"],
  ["Shift-drag, middle-drag", "pan"],
  ["click", "value and position of the voxel"],
  ["double click", "larger, alone, and back"],
  ["touch", "one finger: the same as drag; two fingers: zoom and pan"],
];
export const NOT_SHOWN =
  "MRNet-v1.0 does not say how far apart voxels and slices are, nor which side a knee is: so there are no rulers, " +
  "no orientation letters, no reference lines and no 3-D here.";

/** @param {string} word */
export function capital(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** @param {number} count */
export function grouped(count) {
  return count.toLocaleString("en-GB");
}

/** @param {number} value @param {number} low @param {number} high */
export function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}
