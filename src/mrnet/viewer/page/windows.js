// The grey levels of all panes. A preset, a slider or a drag changes one pane, or all of them if they are linked.
import { FULL_LEVELS, draggedLevels, rounded } from "./greys.js";
/** @import { Levels, Plane, Preset, Settings } from "./types.js" */
/** @import { Pane } from "./pane.js" */

/**
 * @typedef {object} WindowsHost
 * @property {Settings} settings
 * @property {() => readonly Pane[]} panes
 * @property {() => Pane} active
 * @property {() => void} changed
 */

export class Windows {
  /** @param {WindowsHost} host */
  constructor(host) {
    this.host = host;
  }

  /** Return the panes that change together with this plane. @param {Plane} plane */
  affected(plane) {
    return this.host.panes().filter((pane) => this.host.settings.linked || pane.plane === plane);
  }

  /** Set a preset; each pane computes its levels from its own voxels. @param {Preset} preset */
  setPreset(preset) {
    for (const pane of this.affected(this.host.active().plane)) pane.setPreset(preset);
    this.host.changed();
  }

  /** @param {Levels} levels */
  setLevels(levels) {
    for (const pane of this.affected(this.host.active().plane)) pane.setLevels(levels, presetOf(levels));
    this.host.changed();
  }

  /** Set the levels of each plane; null changes nothing. @param {readonly (Levels | null)[]} wanted */
  follow(wanted) {
    wanted.forEach((levels, at) => levels && this.host.panes()[at]?.setLevels(levels, presetOf(levels)));
    this.host.changed();
  }

  /** @param {boolean} on */
  setInvert(on) {
    this.host.settings.invert = on;
    for (const pane of this.host.panes()) pane.setLevels(pane.levels, pane.preset);
    this.host.changed();
  }

  reset() {
    for (const pane of this.host.panes()) pane.setPreset("full");
    this.setInvert(false);
  }

  /**
   * Start a drag; the returned function takes the distance from the start, in pixels.
   *
   * @param {Plane} plane
   * @returns {(dx: number, dy: number) => void}
   */
  grab(plane) {
    const start = this.affected(plane).map((pane) => ({ pane, levels: pane.levels }));
    return (dx, dy) => {
      for (const { pane, levels } of start) pane.setLevels(draggedLevels(levels, dx, dy), "custom");
      this.host.changed();
    };
  }
}

/** @param {Levels} levels @returns {Preset} */
function presetOf(levels) {
  return String(rounded(levels)) === String(FULL_LEVELS) ? "full" : "custom";
}
