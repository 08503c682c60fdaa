// How the panes share the screen: one large and two small, three equal, or one.
import { drawIcon, make, nameButton, press, textButton } from "./dom.js";
import { PLANES, capital } from "./words.js";
/** @import { LayoutMode, Plane } from "./types.js" */
/** @import { Pane } from "./pane.js" */

const SLIDER_PX = 30; // Under each image; keep equal to the style sheet.
/** @type {readonly LayoutMode[]} */
const MODES = ["large", "three", "one"];

/**
 * Return how many CSS pixels square images cover in a layout.
 *
 * @param {LayoutMode} mode
 * @param {number} width
 * @param {number} height
 */
export function covered(mode, width, height) {
  const square = (/** @type {number} */ across, /** @type {number} */ down) =>
    Math.max(0, Math.min(across, down - SLIDER_PX)) ** 2;
  if (mode === "one") return square(width, height);
  if (mode === "three") return width > height ? 3 * square(width / 3, height) : 3 * square(width, height / 3);
  if (width <= height) return square(width, (2 * height) / 3) + 2 * square(width / 2, height / 3);
  const lead = Math.min(height - SLIDER_PX, (2 * width) / 3);
  return square(lead, height) + 2 * square(width - lead, height / 2);
}

export class Layout {
  /** The layout that comes back after a single plane. @type {"three" | "large"} */
  base = "large";
  isSingle = false;
  isChosen = false;
  /** The plane that is large or alone. @type {Plane} */
  lead = "sagittal";
  /** The other pane of a comparison. @type {Pane | null} */
  companion = null;

  /** Called at each change. @type {(mode: LayoutMode) => void} */
  changed = () => {};

  /** @param {readonly Pane[]} panes */
  constructor(panes) {
    this.panes = panes;
    this.tabs = PLANES.map((plane) => textButton(capital(plane), `Show ${plane}`, () => this.show(plane)));
    this.tabBar = make("div", { class: "tabs", role: "group", "aria-label": "Plane" }, ...this.tabs);
    this.grid = make("div", { class: "panes" }, ...panes.map((pane) => pane.element));
    this.element = make("div", { class: "pictures" }, this.tabBar, this.grid);
    this.observer = new ResizeObserver(() => this.choose());
    this.observer.observe(this.element);
    this.apply();
  }

  destroy() {
    this.observer.disconnect();
  }

  /** @returns {LayoutMode} */
  get mode() {
    return this.isSingle ? "one" : this.base;
  }

  get isNarrow() {
    const { clientWidth: width, clientHeight: height } = this.element;
    return width > 0 && width <= 700 && height > width * 0.6;
  }

  /** Until the reader chooses a layout, take the one whose images cover the most pixels. */
  choose() {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (this.isChosen || !width || !height) return;
    if (this.isNarrow) this.isSingle = true;
    else {
      this.isSingle = false;
      this.base = covered("large", width, height) >= covered("three", width, height) ? "large" : "three";
    }
    this.apply();
  }

  /** @param {LayoutMode} mode */
  set(mode) {
    this.isChosen = true;
    this.isSingle = mode === "one";
    if (mode !== "one") this.base = mode;
    this.apply();
  }

  get next() {
    return MODES[(MODES.indexOf(this.mode) + 1) % MODES.length] ?? "large";
  }

  /** If one plane is shown alone, show this one alone; else make it the large one. @param {Plane} plane */
  show(plane) {
    this.lead = plane;
    this.apply();
  }

  /**
   * Make a plane larger: a small plane becomes large; a large one, or one of three equal ones, is shown alone. A plane
   * that is alone returns to the layout before.
   *
   * @param {Plane} plane
   */
  promote(plane) {
    const isLead = plane === this.lead;
    if (this.isSingle) {
      if (isLead) this.isSingle = this.isNarrow && !this.isChosen;
    } else if (this.base === "three" || isLead) this.isSingle = true;
    this.lead = plane;
    this.apply();
    this.panes.find((pane) => pane.plane === plane)?.view.focus({ preventScroll: true });
  }

  /** @returns {boolean} whether a plane was shown alone */
  leaveSingle() {
    if (!this.isSingle || this.isNarrow) return false;
    this.isSingle = false;
    this.apply();
    return true;
  }

  /** Show only the large plane and a pane beside it; null returns to the layout before. @param {Pane | null} pane */
  pair(pane) {
    this.companion?.element.remove();
    this.companion = pane;
    if (pane) this.grid.append(pane.element);
    this.apply();
  }

  get shownPanes() {
    return this.panes.filter((pane) => !pane.element.hidden);
  }

  apply() {
    const { mode } = this;
    const isAlone = mode === "one" || this.companion !== null;
    this.grid.dataset.layout = this.companion ? "pair" : mode;
    this.tabBar.hidden = !isAlone;
    this.tabs.forEach((tab, at) => press(tab, PLANES[at] === this.lead));
    for (const pane of this.panes) {
      const isLead = pane.plane === this.lead;
      pane.element.hidden = isAlone && !isLead;
      pane.element.classList.toggle("lead", isLead && mode === "large");
      drawIcon(pane.growButton, mode === "one" ? "shrink" : "grow");
      nameButton(pane.growButton, mode === "one" ? "Show all planes" : `Enlarge ${pane.plane}`);
    }
    this.changed(mode);
  }
}
