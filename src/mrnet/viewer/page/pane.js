// One plane of one case: the image, its slice and grey levels, and their keys and pointer actions.
import { drawIcon, iconButton, make, nameButton, textButton } from "./dom.js";
import { Frame } from "./frame.js";
import { FULL_LEVELS, greyTable, paint, presetLevels, rounded, sliceOf } from "./greys.js";
import { Montage } from "./montage.js";
import { Gestures } from "./pointer.js";
import { capital, clamp } from "./words.js";
/** @import { Levels, PaneHost, Plane, Point, Preset, Volume } from "./types.js" */

const TITLE_PX = 32; // Above the montage; keep equal to the style sheet.
const WAITING = "loading…";
/** @type {Record<string, Point>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Pane {
  /** @type {Volume | null} */
  volume = null;
  slice = 0;
  /** The slice to show first when the volume arrives; null: the one at `share` of the stack. @type {number | null} */
  wanted = null;
  share = 0.5;
  /** @type {Preset} */
  preset = "full";
  /** @type {Levels} */
  levels = FULL_LEVELS;
  greys = greyTable(FULL_LEVELS, false);
  frame = new Frame();
  /** Row and column of the cross. @type {[number, number] | null} */
  probe = null;
  isProbing = false;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  timer = undefined;
  needsDrawing = 0;

  /** @param {Plane} plane @param {PaneHost} host */
  constructor(plane, host) {
    this.plane = plane;
    this.host = host;
    const name = capital(plane);
    this.title = make("h3", {}, name);
    this.caption = make("span", { class: "caption", "aria-live": "polite" });
    this.growButton = iconButton("grow", `Enlarge ${plane}`, () => host.promote(plane));
    this.playButton = iconButton("play", `Play ${plane}`, () => this.play(!this.timer));
    this.canvas = make("canvas", { class: "image", "aria-hidden": "true" });
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    this.image = this.context.createImageData(1, 1);
    this.montage = new Montage(plane, (slice) => this.leaveMontage(slice));
    this.cross = make("span", { class: "cross", hidden: true });
    this.message = make("p", { class: "message" });
    this.retryButton = textButton("Try again", `Load ${plane} again`, () => host.retry(plane));
    this.view = make(
      "div",
      {
        class: "view",
        tabindex: "0",
        role: "application",
        "aria-label": `${name} image`,
      },
      this.canvas,
      this.cross,
      this.montage.element,
      this.message,
    );
    this.readout = make("p", { class: "readout", role: "status" });
    this.shownLevels = make("p", { class: "shown-levels" });
    this.slider = make("input", {
      type: "range",
      min: "0",
      "aria-label": `${name} slice`,
    });
    this.slider.addEventListener("input", () => this.goTo(Number(this.slider.value)));
    this.element = this.build();
    this.listen();
    this.clear();
  }

  build() {
    return make(
      "section",
      { class: "pane", "data-plane": this.plane, "aria-label": capital(this.plane) },
      make(
        "div",
        { class: "picture" },
        this.view,
        make("header", {}, this.title, this.caption, this.growButton),
        make("div", { class: "foot" }, this.readout, this.shownLevels),
        make("div", { class: "again" }, this.retryButton),
      ),
      make("div", { class: "scroll" }, this.playButton, this.slider),
    );
  }

  listen() {
    this.gestures = new Gestures(this.view, {
      accepts: (event) => Boolean(this.volume) && !(this.host.settings.montage && event.button === 0),
      tool: () => this.host.settings.tool,
      pixelsPerSlice: () => this.view.clientWidth / (this.volume?.slices ?? 1),
      scroll: (slices) => this.step(slices),
      pan: (dx, dy) => this.panBy(dx, dy),
      zoom: (factor, x, y) => this.zoomBy(factor, x, y),
      grabWindow: () => this.host.grabWindow(this.plane),
      click: (x, y) => this.click(x, y),
    });
    this.view.addEventListener("dblclick", () => this.host.settings.montage || this.host.promote(this.plane));
    this.view.addEventListener("keydown", (event) => this.key(event));
    this.element.addEventListener("focusin", () => this.host.activated(this.plane));
    this.observer = new ResizeObserver(() => this.arrange());
    this.observer.observe(this.view);
  }

  destroy() {
    this.play(false);
    this.observer?.disconnect();
    cancelAnimationFrame(this.needsDrawing);
  }

  // ---- volume and slice

  clear(message = "") {
    this.play(false);
    this.volume = null;
    this.unprobe();
    this.montage.clear();
    this.tell(message, "waiting");
    this.enable();
  }

  /** @param {string} message */
  fail(message) {
    this.clear();
    this.tell(message, "failed");
  }

  /** Show why there is no such series, without the button to try again. @param {string} message */
  lack(message) {
    this.fail(message);
    this.retryButton.hidden = true;
  }

  awaitVolume() {
    this.clear(WAITING);
  }

  /** @param {string} message @param {"waiting" | "failed" | "ready"} state */
  tell(message, state) {
    this.element.dataset.state = state;
    this.message.textContent = message;
    this.retryButton.hidden = state !== "failed";
  }

  enable() {
    const able = Boolean(this.volume);
    this.slider.disabled = this.playButton.disabled = !able;
    this.caption.hidden = this.shownLevels.hidden = !able;
    this.montage.element.hidden = !able || !this.host.settings.montage;
    this.canvas.hidden = !able || this.host.settings.montage;
  }

  /** @param {Volume} volume */
  setVolume(volume) {
    this.volume = volume;
    const last = volume.slices - 1;
    this.canvas.width = volume.columns;
    this.canvas.height = volume.rows;
    this.image = this.context.createImageData(volume.columns, volume.rows);
    this.frame.hold(volume.columns, volume.rows);
    this.slider.max = String(last);
    this.tell("", "ready");
    this.enable();
    this.setPreset(this.preset);
    this.goTo(this.wanted ?? (this.share === 0.5 ? this.middle : Math.round(this.share * last)));
    this.arrange();
  }

  get middle() {
    return Math.floor((this.volume?.slices ?? 0) / 2);
  }

  /** Go to a slice; before the volume arrives, remember it as the first one to show. @param {number} slice */
  goTo(slice) {
    this.wanted = slice;
    if (!this.volume) return;
    const last = this.volume.slices - 1;
    this.slice = clamp(slice, 0, last);
    this.wanted = this.slice;
    this.share = this.slice === this.middle ? 0.5 : this.slice / Math.max(1, last);
    this.slider.value = String(this.slice);
    this.slider.setAttribute("aria-valuetext", `slice ${this.slice} of 0 to ${last}`);
    this.caption.textContent = `slice ${this.slice} of 0–${last}`;
    this.montage.mark(this.slice);
    this.tellVoxel();
    this.changed();
    this.host.moved(this.plane);
  }

  /** @param {number} slices */
  step(slices) {
    this.goTo(this.slice + slices);
  }

  /**
   * Start a case at a slice; without one, at the same relative position as in the case before.
   *
   * @param {number | null | undefined} slice
   */
  startAt(slice) {
    this.wanted = slice ?? null;
  }

  /** @param {boolean} on */
  play(on) {
    clearInterval(this.timer);
    this.timer = undefined;
    const { volume } = this;
    if (on && volume) {
      this.timer = setInterval(() => this.goTo((this.slice + 1) % volume.slices), 1000 / this.host.settings.speed);
    }
    this.caption.setAttribute("aria-live", this.timer ? "off" : "polite");
    drawIcon(this.playButton, this.timer ? "pause" : "play");
    nameButton(this.playButton, `${this.timer ? "Pause" : "Play"} ${this.plane}`);
  }

  /** Name the case of this image while two cases are compared; null removes the name. @param {Node | null} whose */
  tellWhose(whose) {
    this.title.replaceChildren(capital(this.plane), ...(whose ? [whose] : []));
  }

  // ---- grey levels

  /** @param {Preset} preset */
  setPreset(preset) {
    this.setLevels(presetLevels(preset, this.volume, this.levels), preset);
  }

  /** @param {Levels} levels @param {Preset} preset */
  setLevels(levels, preset) {
    this.levels = levels;
    this.preset = preset;
    const { invert } = this.host.settings;
    const shown = rounded(levels);
    this.greys = greyTable(shown, invert);
    this.shownLevels.textContent = `grey ${shown.join("–")}${invert ? ", inverted" : ""}`;
    this.changed();
  }

  // ---- drawing, at most once per screen frame

  changed() {
    this.needsDrawing ||= requestAnimationFrame(() => {
      this.needsDrawing = 0;
      this.draw();
    });
  }

  draw() {
    if (!this.volume) return;
    paint(this.image, sliceOf(this.volume, this.slice), this.greys);
    this.context.putImageData(this.image, 0, 0);
    if (this.host.settings.montage && this.drawnMontage !== this.greys) this.drawMontage();
  }

  drawMontage() {
    if (!this.volume || !this.montage.across) return;
    this.drawnMontage = this.greys;
    this.montage.draw(this.volume, this.greys);
  }

  showMontage() {
    this.enable();
    this.unprobe();
    this.arrange();
    this.drawMontage();
  }

  /** @param {number} slice */
  leaveMontage(slice) {
    this.goTo(slice);
    this.host.leaveMontage();
    this.view.focus({ preventScroll: true });
  }

  arrange() {
    const [width, height] = [this.view.clientWidth, this.view.clientHeight];
    if (!this.volume || !width || !height) return;
    if (this.host.settings.montage && this.montage.arrange(this.volume, width, height - TITLE_PX)) {
      this.montage.mark(this.slice);
      this.drawMontage();
    }
    this.frame.fills = this.host.settings.fill;
    this.frame.resize(width, height);
    const { scale, left, top } = this.frame.placement;
    this.canvas.style.transform = `translate(${left}px, ${top}px) scale(${scale})`;
    if (!this.probe) return;
    const [row, column] = this.probe;
    this.cross.style.width = this.cross.style.height = `${Math.max(scale, 13)}px`;
    this.cross.style.left = `${left + (column + 0.5) * scale}px`;
    this.cross.style.top = `${top + (row + 0.5) * scale}px`;
  }

  /** @param {number} x @param {number} y */
  panBy(x, y) {
    this.frame.pan(x, y);
    this.arrange();
  }

  /** @param {number} factor @param {number} [x] @param {number} [y] */
  zoomBy(factor, x, y) {
    if (!this.volume || this.host.settings.montage) return;
    this.frame.zoomBy(factor, x, y);
    this.arrange();
  }

  fit() {
    this.frame.fit();
    this.arrange();
  }

  /** Go back to the middle slice, without zoom and cross. */
  reset() {
    this.fit();
    this.unprobe();
    if (this.volume) this.goTo(this.middle);
  }

  // ---- voxel values

  /** @param {number} x @param {number} y */
  click(x, y) {
    if (this.host.settings.montage) return;
    const voxel = this.frame.voxelAt(x, y);
    if (voxel) this.probeAt(...voxel);
    else this.unprobe();
  }

  /** @param {number} row @param {number} column */
  probeAt(row, column) {
    if (!this.volume) return;
    this.probe = [clamp(row, 0, this.volume.rows - 1), clamp(column, 0, this.volume.columns - 1)];
    this.cross.hidden = false;
    this.arrange();
    this.tellVoxel();
  }

  unprobe() {
    this.probe = null;
    this.isProbing = false;
    this.cross.hidden = true;
    this.readout.textContent = "";
  }

  tellVoxel() {
    if (!this.probe || !this.volume) return;
    const [row, column] = this.probe;
    const value = sliceOf(this.volume, this.slice)[row * this.volume.columns + column];
    this.readout.textContent = `grey ${value} at slice ${this.slice}, row ${row}, column ${column}`;
  }

  // ---- keyboard

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.volume || event.ctrlKey || event.metaKey || event.altKey || event.target !== this.view) return;
    if (!this.arrowKey(event) && !this.otherKey(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {KeyboardEvent} event */
  arrowKey({ key, shiftKey }) {
    const [x, y] = ARROWS[key] ?? [0, 0];
    if (!x && !y) return false;
    const reach = shiftKey ? 10 : 1;
    if (this.probe && this.isProbing) this.probeAt(this.probe[0] + y * reach, this.probe[1] + x * reach);
    else if (shiftKey) this.panBy(-x * 20, -y * 20);
    else this.step(x + y);
    return true;
  }

  /** @param {string} key */
  otherKey(key) {
    /** @type {Record<string, () => void>} */
    const actions = {
      PageUp: () => this.step(-5),
      PageDown: () => this.step(5),
      Home: () => this.goTo(0),
      End: () => this.goTo(Infinity),
      " ": () => this.play(!this.timer),
      "+": () => this.zoomBy(1.25),
      "=": () => this.zoomBy(1.25),
      "-": () => this.zoomBy(0.8),
      0: () => this.fit(),
      Enter: () => this.startProbing(),
    };
    if (key === "Escape" && this.probe) {
      this.unprobe();
      return true;
    }
    actions[key]?.();
    return key in actions;
  }

  startProbing() {
    if (!this.volume) return;
    if (this.host.settings.montage) return this.leaveMontage(this.slice);
    this.isProbing = true;
    this.probeAt(
      ...(this.probe ?? /** @type {[number, number]} */ ([this.volume.rows >> 1, this.volume.columns >> 1])),
    );
  }
}
