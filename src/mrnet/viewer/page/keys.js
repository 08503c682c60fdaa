// The single-letter keys of the page. `pane.js` has the keys of an image.
/** @import { Actions } from "./types.js" */

const TEXT_FIELDS = "input:not([type=range], [type=radio], [type=checkbox]), textarea";

/**
 * Return the function of each letter.
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
    z: () => actions.change({ fill: !actions.settings.fill }),
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

/** Return the key of an event that is meant for the page, else null. @param {KeyboardEvent} event */
export function pageKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return null;
  const { target } = event;
  // A closed drop-down list ignores Escape, so the page may use it. A text field may need it.
  const typing = event.key === "Escape" ? TEXT_FIELDS : `${TEXT_FIELDS}, select`;
  if (target instanceof Element && target.matches(typing)) return null;
  // With Caps Lock on, letters arrive as capitals.
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}
