// The single-letter keys of the page; those of an image are its pane's.
/** @import { Actions } from "./types.js" */

const TEXT_FIELDS = "input:not([type=range], [type=radio], [type=checkbox]), textarea";

/**
 * Return what each letter does.
 *
 * @param {Actions} actions
 * @returns {Record<string, () => void>}
 */
export function letterKeys(actions) {
  return {
    n: () => actions.openNeighbour(1),
    p: () => actions.openNeighbour(-1),
    o: () => actions.openNext(),
    l: () => actions.cycleLayout(),
    f: () => actions.toggleFullScreen(),
    z: () => actions.setFill(!actions.settings.fill),
    m: () => actions.setMontage(!actions.settings.montage),
    g: () => actions.toggleGrid(),
    c: () => actions.toggleCompare(),
    w: () => actions.togglePreset(),
    i: () => actions.setInvert(!actions.settings.invert),
    r: () => actions.reset(),
    h: () => actions.toggleLabels(),
    t: () => actions.toggleTheme(),
    1: () => actions.promote("axial"),
    2: () => actions.promote("coronal"),
    3: () => actions.promote("sagittal"),
  };
}

/** Return the key of an event that is meant for the page, null of one that is not. @param {KeyboardEvent} event */
export function pageKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return null;
  const { target } = event;
  // A list of choices has no use for Escape once it is closed; a text field may have one.
  const typing = event.key === "Escape" ? TEXT_FIELDS : `${TEXT_FIELDS}, select`;
  if (target instanceof Element && target.matches(typing)) return null;
  // With Caps Lock the letters are capitals.
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}
