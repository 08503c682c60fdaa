// A view as text: the page's address, and the mrnet command that opens the same view on another machine.
import { FULL_LEVELS, areSame, flatLevels, isLevels } from "./greys.js";
import { PLANES } from "./words.js";
/** @import { Levels, Target, ViewState } from "./types.js" */

/** @param {string | null} text */
function wholeNumbers(text) {
  return text?.split(",").map((part) => (/^\d+$/.test(part) ? Number(part) : null)) ?? null;
}

/** @param {string} hash @returns {Target} */
export function readLink(hash) {
  const link = new URLSearchParams(hash.slice(1));
  return {
    case: link.get("case"),
    at: wholeNumbers(link.get("at")),
    window: wholeNumbers(link.get("window")),
    invert: link.has("case") ? link.get("invert") === "1" : null,
  };
}

/** @param {ViewState} state */
export function writeLink({ entry, at, windows, invert }) {
  const key = encodeURIComponent(entry.key).replaceAll("%2F", "/");
  return `#case=${key}&at=${at.map((slice) => slice ?? "").join(",")}&window=${flatLevels(windows).join(",")}${invert ? "&invert=1" : ""}`;
}

/**
 * Return the levels of each plane. The input has two numbers for all planes or two per plane; levels that are not
 * possible become null.
 *
 * @param {readonly (number | null)[] | null | undefined} numbers
 * @returns {(Levels | null)[]}
 */
export function windowsOf(numbers) {
  return PLANES.map((_, at) => {
    const pair = numbers?.length === 2 ? numbers : (numbers?.slice(2 * at, 2 * at + 2) ?? []);
    return isLevels(pair) ? pair : null;
  });
}

/**
 * @param {ViewState} state
 * @param {boolean} twice whether the id is in both splits
 */
export function writeCommand({ entry, at, windows, invert }, twice) {
  const words = ["mrnet browse", entry.case];
  if (twice) words.push(`--split ${entry.split}`);
  words.push(`--at ${at.map((slice) => slice ?? "").join(",")}`);
  if (!areSame(windows)) {
    windows.forEach((levels, plane) => {
      if (String(levels) !== String(FULL_LEVELS)) words.push(`--window ${PLANES[plane]} ${levels.join(" ")}`);
    });
  } else if (String(windows[0]) !== String(FULL_LEVELS)) words.push(`--window ${windows[0]?.join(" ")}`);
  if (invert) words.push("--invert");
  return words.join(" ");
}
