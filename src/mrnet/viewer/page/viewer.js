// The viewer: it keeps which case is open and how it is shown, and passes the requests of one part to another.
import { Answers } from "./answers.js";
import { CaseList } from "./case_list.js";
import { Comparison } from "./compare.js";
import { make } from "./dom.js";
import { Grid } from "./grid.js";
import { presetLevels, rounded } from "./greys.js";
import { Help } from "./help.js";
import { letterKeys, pageKey } from "./keys.js";
import { Layout } from "./layout.js";
import { readLink, windowsOf, writeLink } from "./link.js";
import { memory } from "./memory.js";
import { Pane } from "./pane.js";
import { Reading } from "./reading.js";
import { Share } from "./share.js";
import { SeriesMemory } from "./sources.js";
import { Toolbar } from "./toolbar.js";
import { Windows } from "./windows.js";
import { PLANES } from "./words.js";
/** @import { Actions, Entry, LayoutMode, Levels, PaneHost, Plane, Preset, Settings, Source, Target, ViewState } from "./types.js" */

const REST_MS = 200; // Without a change, before the address changes: browsers limit how often it may.
const TOAST_MS = 6000; // How long a message is shown.
const NARROW_LINE_PX = 1120; // A narrower page has the tools in the panel.
const NARROW_PX = 700; // In a narrower page the list covers the images; keep equal to the style sheet.

/**
 * @typedef {object} Options
 * @property {Target} [start]
 * @property {boolean} [linkable] whether the view is kept in the page's address
 * @property {HTMLElement | Document} [keysFrom]
 * @property {boolean} [listOpen]
 * @property {boolean} [prefetches] whether the next case is loaded before it is asked for
 * @property {((state: ViewState) => void) | null} [onChange] called with the view when it no longer changes
 */

/** @implements {Actions} */
export class Viewer {
  /** A prefix that keeps the ids and radio buttons of several viewers on one page apart. */
  name = `mrnet-${Math.random().toString(36).slice(2)}`;
  /** @type {Settings} */
  settings = { tool: "scroll", speed: 10, smooth: true, fill: false, montage: false, invert: false, linked: true };
  /** @type {Entry | null} */
  entry = null;
  /** @type {Plane} */
  activePlane = "sagittal";
  opening = new AbortController();
  /** Removes all listeners of the viewer at its end. */
  life = new AbortController();
  /** The last slices that each case was seen at. @type {Map<string, (number | null)[]>} */
  left = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  reporting = undefined;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  fading = undefined;

  /** @param {HTMLElement} root @param {Source} source @param {Options} options */
  constructor(root, source, { start = {}, listOpen = true, ...options } = {}) {
    this.root = root;
    this.source = source;
    this.options = { linkable: false, keysFrom: root, prefetches: true, onChange: null, ...options };
    this.series = new SeriesMemory(source);
    this.index = source.index;
    this.hasLabels = this.index.cases.some((entry) => entry.labels);
    const { name, index, hasLabels, settings } = this;
    const { linkable } = this.options;
    const paneHost = this.paneHost();
    const say = (/** @type {string} */ text, /** @type {"loud" | "warning" | undefined} */ tone) =>
      this.say(text, tone);

    this.help = new Help();
    this.status = make("p", { class: "status", role: "status" });
    this.toolbar = new Toolbar({ name, index, hasLabels, linkable }, this);
    this.panes = PLANES.map((plane) => new Pane(plane, paneHost));
    this.layout = new Layout(this.panes);
    this.comparison = new Comparison({
      panes: paneHost,
      layout: this.layout,
      entry: () => this.entry,
      pane: (plane) => this.pane(plane),
      fill: (pane, entry, signal) => this.fill(pane, entry, signal),
      changed: (on) => this.toolbar.showMode("compare", on),
    });
    this.windows = new Windows({
      settings,
      panes: () => this.allPanes,
      active: () => this.activePane,
      changed: () => this.levelsChanged(),
    });
    this.grid = new Grid(source, {
      open: (entry, plane, share) => this.openFromGrid(entry, plane, share),
      levels: (volume, plane) => presetLevels(this.pane(plane).preset, volume, this.pane(plane).levels),
      inverts: () => settings.invert,
      close: () => this.closeGrid(),
    });
    this.list = new CaseList(index.cases, {
      name,
      hasLabels,
      open: (entry) => this.openFromList(entry),
      filtered: () => this.filtered(),
    });
    this.reading = new Reading(index, name, new Answers(index.id, index.cases, memory), {
      root,
      say,
      open: (entry) => this.open(entry),
      activeSlice: () => (this.activePane.volume ? { plane: this.activePlane, slice: this.activePane.slice } : null),
      goTo: (plane, slice) => this.pane(plane).goTo(slice),
      mark: (entry, state) => this.list.mark(entry, state),
    });
    this.share = new Share({ root, index, settings, say, viewState: () => this.viewState, shown: () => this.shown });
    this.layout.changed = (mode) => this.layoutChanged(mode);
    this.letters = letterKeys(this);
    this.build(listOpen);
    this.listen();
    this.remember();
    this.follow(linkable && location.hash ? { ...start, ...parts(readLink(location.hash)) } : start);
  }

  /** @returns {PaneHost} */
  paneHost() {
    return {
      settings: this.settings,
      moved: (plane) => this.moved(plane),
      activated: (plane) => this.activated(plane),
      promote: (plane) => this.promote(plane),
      grabWindow: (plane) => this.windows.grab(plane),
      leaveMontage: () => this.setMontage(false),
      retry: (plane) => this.entry && this.fill(this.pane(plane), this.entry, this.opening.signal),
    };
  }

  /** @param {boolean} listOpen */
  build(listOpen) {
    const stage = make("div", { class: "stage" }, this.layout.element, this.grid.element, this.status);
    this.printed = make("div", { class: "printed", "aria-hidden": "true" });
    const { archive, notice } = this.index;
    const about = make("p", { class: "notice" }, make("b", { class: "archive" }, archive), notice ? ` ${notice}` : "");
    this.list.element.append(about);
    const middle = make("div", { class: "middle" }, this.list.element, stage);
    const desk = make("div", { class: "desk" }, this.toolbar.element, middle, this.reading.element);
    this.root.classList.add("mrnet");
    this.root.tabIndex = -1;
    this.root.replaceChildren(desk, this.printed, this.help.element);
    this.showList(listOpen);
    this.observer = new ResizeObserver(() => this.toolbar.setNarrow(this.root.clientWidth < NARROW_LINE_PX));
    this.observer.observe(this.root);
    this.toolbar.setNarrow(this.root.clientWidth < NARROW_LINE_PX);
  }

  listen() {
    const { signal } = this.life;
    const key = (/** @type {Event} */ event) => event instanceof KeyboardEvent && this.key(event);
    this.options.keysFrom.addEventListener("keydown", key, { signal });
    this.root.addEventListener("pointerdown", (event) => this.pressed(event), { signal });
    addEventListener("beforeprint", () => this.fillPrinted(), { signal });
    if (this.options.linkable) addEventListener("hashchange", () => this.follow(readLink(location.hash)), { signal });
  }

  /** Restore the settings of an earlier visit. */
  remember() {
    this.setTheme(memory.read("theme"));
    this.setLabelsHidden(memory.read("hide-labels") === "true");
    const { planes } = this.index;
    if (!planes.includes(this.layout.lead) && planes[0]) this.layout.show(planes[0]);
    const layout = planes.length === 1 ? "one" : memory.read("layout");
    if (layout === "one" || layout === "large" || layout === "three") this.layout.set(layout);
    this.applySettings();
    this.windows.reset();
  }

  destroy() {
    this.life.abort();
    this.opening.abort();
    clearTimeout(this.reporting);
    clearTimeout(this.fading);
    this.observer?.disconnect();
    this.comparison.stop();
    this.grid.clear();
    this.layout.destroy();
    this.reading.destroy();
    for (const pane of this.panes) pane.destroy();
    this.source.close?.();
    this.root.replaceChildren();
  }

  // ---- cases

  /** @param {string | null | undefined} name a key or an id */
  find(name) {
    const { cases } = this.index;
    return cases.find((entry) => entry.key === name) ?? cases.find((entry) => entry.case === name) ?? null;
  }

  /** Go to a view. Absent or impossible parts change nothing. @param {Target} target */
  follow(target) {
    const found = target.case ? this.find(target.case) : null;
    const entry = found ?? this.entry ?? this.index.cases[0];
    if (!entry) return this.say("There is no case to show.", "warning");
    this.windows.follow(windowsOf(target.window));
    if (typeof target.invert === "boolean") this.setInvert(target.invert);
    if (entry !== this.entry) this.open(entry, target.at ?? []);
    else this.panes.forEach((pane, at) => Number.isInteger(target.at?.[at]) && pane.goTo(Number(target.at?.[at])));
    if (target.case && !found) {
      this.say(`Case ${target.case} is not among the cases of this page. This is case ${entry.case}.`, "warning");
    }
  }

  /** @param {number} step */
  openNeighbour(step) {
    const entry = this.list.neighbour(step);
    if (entry) this.open(entry);
  }

  openNext() {
    this.reading.openNext();
  }

  /** @param {Entry} entry */
  openFromList(entry) {
    this.open(entry);
    if (this.root.clientWidth <= NARROW_PX) this.showList(false);
  }

  /**
   * Open a case. Each plane starts at the slice given; without one, at the slice where the case was left; else at the
   * same relative position as in the last case.
   *
   * @param {Entry} entry
   * @param {(number | null)[]} at
   */
  open(entry, at = []) {
    if (entry === this.entry) return;
    if (this.entry) this.left.set(this.entry.key, this.slices);
    const before = this.opening;
    this.opening = new AbortController();
    this.entry = entry;
    this.toolbar.showEntry(entry);
    this.list.select(entry);
    this.reading.show(entry);
    this.comparison.tellWhose();
    this.say(`Case ${entry.case}`, "quiet");
    const left = this.left.get(entry.key) ?? [];
    this.panes.forEach((pane, position) => pane.startAt(at[position] ?? left[position]));
    this.fillPanes(entry, this.opening.signal);
    // Abort the last case's requests only now: a request that the new case needs too goes on, and is not sent again.
    before.abort();
  }

  /** @param {Entry} entry @param {AbortSignal} signal */
  async fillPanes(entry, signal) {
    await Promise.all(this.panes.map((pane) => this.fill(pane, entry, signal)));
    if (signal.aborted) return;
    this.levelsChanged();
    const next = this.list.neighbour(1);
    if (next && this.options.prefetches) whenIdle(() => this.series.prefetch(next, signal));
  }

  /** @param {Pane} pane @param {Entry} entry @param {AbortSignal} signal */
  async fill(pane, entry, signal) {
    if (!this.index.planes.includes(pane.plane)) return pane.lack(`There is no ${pane.plane} series here.`);
    pane.awaitVolume();
    try {
      const volume = await this.series.load(entry, pane.plane, signal);
      if (!signal.aborted) pane.setVolume(volume);
    } catch (fault) {
      if (!signal.aborted) pane.fail(fault instanceof Error ? fault.message : String(fault));
    }
  }

  // ---- the view

  /** @param {Plane} plane */
  pane(plane) {
    return /** @type {Pane} */ (this.panes[PLANES.indexOf(plane)]);
  }

  get activePane() {
    return this.pane(this.activePlane);
  }

  get allPanes() {
    return this.comparison.pane ? [...this.panes, this.comparison.pane] : this.panes;
  }

  /** Return the visible panes that have an image, each with its case. */
  get shown() {
    const { pane: pinned, entry: pinnedEntry } = this.comparison;
    const own = this.layout.shownPanes.map((pane) => ({ pane, entry: this.entry }));
    const all = pinned ? [...own, { pane: pinned, entry: pinnedEntry }] : own;
    return all.flatMap(({ pane, entry }) => (entry && pane.volume ? [{ pane, entry }] : []));
  }

  /** @returns {(number | null)[]} */
  get slices() {
    return this.panes.map((pane) => (pane.volume ? pane.slice : null));
  }

  /** @returns {ViewState | null} */
  get viewState() {
    if (!this.entry) return null;
    const windows = this.panes.map((pane) => rounded(pane.levels));
    return { entry: this.entry, at: this.slices, windows, invert: this.settings.invert };
  }

  viewChanged() {
    clearTimeout(this.reporting);
    this.reporting = setTimeout(() => this.reportView(), REST_MS);
  }

  reportView() {
    const { viewState } = this;
    if (!viewState) return;
    if (this.options.linkable) history.replaceState(null, "", writeLink(viewState));
    this.options.onChange?.(viewState);
  }

  /** @param {string} text @param {"loud" | "quiet" | "warning"} tone quiet: for screen readers; a warning stays */
  say(text, tone = "loud") {
    clearTimeout(this.fading);
    if (tone === "quiet" && this.status.dataset.tone === "warning") return;
    this.status.dataset.tone = tone;
    this.status.textContent = text;
    if (tone === "loud") this.fading = setTimeout(() => (this.status.dataset.tone = "quiet"), TOAST_MS);
  }

  /** @param {Plane} plane */
  moved(plane) {
    this.viewChanged();
    this.comparison.moved(plane);
  }

  /** @param {Plane} plane */
  activated(plane) {
    if (plane === this.activePlane) return;
    this.activePlane = plane;
    this.showLevels();
  }

  // ---- grey levels

  /** @param {Preset} preset */
  setPreset(preset) {
    this.windows.setPreset(preset);
  }

  togglePreset() {
    this.setPreset(this.activePane.preset === "series" ? "full" : "series");
  }

  /** @param {Levels} levels */
  slideLevels(levels) {
    this.windows.setLevels(levels);
  }

  /** @param {boolean} on */
  setInvert(on) {
    this.windows.setInvert(on);
    this.applySettings();
  }

  levelsChanged() {
    this.showLevels();
    this.viewChanged();
    if (this.grid.isOpen) this.grid.redraw();
  }

  showLevels() {
    this.toolbar.showLevels(rounded(this.activePane.levels), this.activePane.preset);
  }

  // ---- settings and layout

  applySettings() {
    this.toolbar.showSettings(this.settings);
    this.root.classList.toggle("smooth", this.settings.smooth);
  }

  /** @param {Partial<Omit<Settings, "montage" | "invert">>} changes */
  change(changes) {
    Object.assign(this.settings, changes);
    this.applySettings();
    for (const pane of this.allPanes) {
      if ("speed" in changes && pane.timer) pane.play(true);
      if ("fill" in changes) pane.arrange();
    }
  }

  /** @param {boolean} on */
  setMontage(on) {
    this.settings.montage = on;
    this.applySettings();
    for (const pane of this.allPanes) pane.showMontage();
  }

  /** @param {LayoutMode} mode */
  setLayout(mode) {
    this.layout.set(mode);
    if (mode !== "one") memory.write("layout", mode);
  }

  cycleLayout() {
    this.setLayout(this.layout.next);
  }

  /** @param {Plane} plane */
  promote(plane) {
    this.layout.promote(plane);
    this.activated(plane);
  }

  /** @param {LayoutMode} mode */
  layoutChanged(mode) {
    this.toolbar.showLayout(mode);
    this.activated(this.layout.lead);
    this.comparison.layoutChanged();
  }

  /** @param {boolean} shown */
  showList(shown) {
    this.list.element.hidden = !shown;
    this.toolbar.listButton.setAttribute("aria-expanded", String(shown));
    if (shown && this.entry) this.list.select(this.entry);
  }

  toggleList() {
    this.showList(Boolean(this.list.element.hidden));
  }

  /** @param {boolean} hidden */
  setLabelsHidden(hidden) {
    this.toolbar.hideBox.checked = hidden;
    this.root.classList.toggle("labels-hidden", hidden);
    this.list.hideLabels(hidden);
    memory.write("hide-labels", String(hidden));
  }

  toggleLabels() {
    if (this.hasLabels) this.setLabelsHidden(!this.toolbar.hideBox.checked);
  }

  /** @param {string | null} theme */
  setTheme(theme) {
    if (theme === "light" || theme === "dark") this.root.dataset.theme = theme;
    else delete this.root.dataset.theme;
  }

  toggleTheme() {
    const now = this.root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    const next = now === "dark" ? "light" : "dark";
    this.setTheme(next);
    memory.write("theme", next);
  }

  async toggleFullScreen() {
    try {
      await (document.fullscreenElement ? document.exitFullscreen() : this.root.requestFullscreen());
    } catch {
      // A frame may forbid full screen, and the browsers of some phones do not have it.
      this.say("This browser allows no full screen here.");
    }
  }

  /** @param {number} factor */
  zoomBy(factor) {
    this.activePane.zoomBy(factor);
  }

  reset() {
    this.windows.reset();
    this.applySettings();
    for (const pane of this.allPanes) pane.reset();
  }

  showHelp() {
    this.help.show();
  }

  // ---- compare two cases, show all cases

  toggleCompare() {
    const { entry } = this;
    if (this.comparison.pane) this.comparison.stop();
    else if (entry) {
      this.comparison.start(entry);
      this.openNeighbour(1);
      this.say(`Case ${entry.case} stays; the list and n · p change the other.`);
    }
  }

  toggleGrid() {
    if (this.grid.isOpen) return this.closeGrid();
    this.layout.element.hidden = true;
    this.toolbar.showMode("grid", true);
    this.grid.open(this.list.shown, this.activePlane);
  }

  closeGrid() {
    this.grid.close();
    this.layout.element.hidden = false;
    this.toolbar.showMode("grid", false);
  }

  filtered() {
    if (this.grid.isOpen) this.grid.show(this.list.shown);
  }

  /** @param {Entry} entry @param {Plane} plane @param {number} share of the stack */
  openFromGrid(entry, plane, share) {
    this.closeGrid();
    this.layout.show(plane);
    const pane = this.pane(plane);
    if (entry === this.entry) pane.goTo(Math.round(share * ((pane.volume?.slices ?? 1) - 1)));
    else {
      this.left.delete(entry.key);
      pane.share = share;
      this.open(entry);
    }
    pane.view.focus({ preventScroll: true });
  }

  // ---- keys and presses

  /** @param {PointerEvent} event */
  pressed({ target }) {
    const { panel, toolsButton } = this.toolbar;
    if (target instanceof Node && !panel.contains(target) && !toolsButton.contains(target)) {
      this.toolbar.showPanel(false);
    }
    // If no element of the viewer has the focus, a notebook handles the keys as its own shortcuts.
    if (!this.root.contains(document.activeElement)) this.root.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const key = pageKey(event);
    if (key !== null && this.act(key)) event.preventDefault();
  }

  /** @param {string} key @returns {boolean} whether the key has a function */
  act(key) {
    if (key === "Escape") return this.escape();
    if (key === "?") this.showHelp();
    else if (!this.help.hasLetterKeys) return false;
    else if (!this.reading.key(key)) {
      this.letters[key]?.();
      return key in this.letters;
    }
    return true;
  }

  escape() {
    if (!this.toolbar.panel.hidden) this.toolbar.showPanel(false);
    else if (this.grid.isOpen) this.closeGrid();
    else if (this.comparison.pane) this.comparison.stop();
    else return this.layout.leaveSingle();
    return true;
  }

  // ---- link, command, picture, print

  savePicture() {
    if (this.grid.isOpen) this.say("Close the grid first: a picture is of one case.");
    else this.share.savePicture();
  }

  copyLink() {
    this.share.copyLink();
  }

  copyCommand() {
    this.share.copyCommand();
  }

  fillPrinted() {
    const picture = this.grid.isOpen ? this.grid.picture() : this.share.picture();
    this.printed?.replaceChildren(...(picture ? [picture] : []));
  }

  print() {
    window.print();
  }
}

/** Return only the parts that a link contains. @param {Target} target @returns {Target} */
function parts(target) {
  return Object.fromEntries(Object.entries(target).filter(([, part]) => part !== null));
}

/** @param {() => void} work */
function whenIdle(work) {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(work);
  else setTimeout(work, REST_MS);
}
