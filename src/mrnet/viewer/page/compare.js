// Two cases in one plane, scrolled together: one is pinned, the other changes.
import { marksOf } from "./case_list.js";
import { make } from "./dom.js";
import { Pane } from "./pane.js";
import { capital } from "./words.js";
/** @import { Entry, PaneHost, Plane } from "./types.js" */
/** @import { Layout } from "./layout.js" */

/**
 * @typedef {object} CompareHost
 * @property {PaneHost} panes the functions that the pinned pane calls, the same as those of the other panes
 * @property {Layout} layout
 * @property {() => Entry | null} entry the case that is open
 * @property {(plane: Plane) => Pane} pane
 * @property {(pane: Pane, entry: Entry, signal: AbortSignal) => void} fill
 * @property {(on: boolean) => void} changed
 */

export class Comparison {
  /** @type {Entry | null} */
  entry = null;
  /** @type {Pane | null} */
  pane = null;
  ends = new AbortController();
  isFollowing = false;

  /** @param {CompareHost} host */
  constructor(host) {
    this.host = host;
  }

  /** @param {Entry} entry */
  start(entry) {
    this.stop();
    const { layout, panes } = this.host;
    const beside = this.host.pane(layout.lead);
    const pane = new Pane(layout.lead, {
      ...panes,
      moved: () => this.follow(pane, beside),
      promote: () => this.stop(),
      retry: () => this.load(),
    });
    pane.element.classList.add("pinned");
    pane.element.setAttribute("aria-label", `${capital(layout.lead)} of the pinned case ${entry.case}`);
    pane.setLevels(beside.levels, beside.preset);
    pane.share = beside.share;
    this.entry = entry;
    this.pane = pane;
    layout.pair(pane);
    this.host.changed(true);
    this.load();
    this.tellWhose();
  }

  load() {
    this.ends.abort();
    this.ends = new AbortController();
    if (this.pane && this.entry) this.host.fill(this.pane, this.entry, this.ends.signal);
  }

  stop() {
    if (!this.pane) return;
    this.ends.abort();
    this.pane.destroy();
    this.host.pane(this.pane.plane).tellWhose(null);
    this.pane = this.entry = null;
    this.host.layout.pair(null);
    this.host.changed(false);
  }

  /** Show the pinned case in the plane that is now the large one. */
  layoutChanged() {
    if (!this.pane || !this.entry || this.pane.plane === this.host.layout.lead) return;
    this.start(this.entry);
  }

  /** Scroll the pinned case after the pane of the open case was scrolled. @param {Plane} plane */
  moved(plane) {
    if (this.pane?.plane === plane) this.follow(this.host.pane(plane), this.pane);
  }

  /** Scroll the other pane to the same relative position in its stack. @param {Pane} moved @param {Pane} other */
  follow(moved, other) {
    if (this.isFollowing || !moved.volume || !other.volume) return;
    this.isFollowing = true;
    other.goTo(Math.round((moved.slice / Math.max(1, moved.volume.slices - 1)) * (other.volume.slices - 1)));
    this.isFollowing = false;
  }

  /** Name the case above each image. */
  tellWhose() {
    const open = this.host.entry();
    if (!this.pane || !this.entry || !open) return;
    this.host.pane(this.pane.plane).tellWhose(nameOf(open));
    this.pane.tellWhose(nameOf(this.entry));
  }
}

/** @param {Entry} entry */
function nameOf(entry) {
  const split = entry.split ? ` ${entry.split}` : "";
  return make("span", { class: "whose" }, make("b", {}, entry.case), split, marksOf(entry));
}
