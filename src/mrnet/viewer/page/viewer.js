// The viewer: holds where the reader is, and hands what the parts ask for to the parts that do it.
import { Answers } from "./answers.js";
import { CaseList, marksOf } from "./case_list.js";
import { download, make, showText } from "./dom.js";
import { Grid } from "./grid.js";
import { FULL_LEVELS, draggedLevels, presetLevels, rounded } from "./greys.js";
import { Help } from "./help.js";
import { Layout } from "./layout.js";
import { readLink, windowsOf, writeCommand, writeLink } from "./link.js";
import { memory } from "./memory.js";
import { Pane } from "./pane.js";
import { compose, encode } from "./picture.js";
import { Reading } from "./reading.js";
import { SeriesMemory } from "./sources.js";
import { Toolbar } from "./toolbar.js";
import { PLANES } from "./words.js";
/** @import { Actions, Entry, LayoutMode, Levels, PaneHost, Place, Plane, Preset, Settings, Source, Target, Tool } from "./types.js" */

const REST = 200; // Milliseconds until a place is told: browsers limit how often an address may change.
const MAX_TOAST = 6000; // Milliseconds that a message stays.
const NARROW_LINE = 1120; // CSS pixels: below it the tools leave the line.

/**
 * @typedef {object} Options
 * @property {Target} [start]
 * @property {boolean} [linkable] whether the place is kept in the page's address
 * @property {HTMLElement | Document} [keysFrom]
 * @property {boolean} [listOpen]
 * @property {boolean} [prefetches] whether the next case is loaded before it is asked for
 * @property {((place: Place) => void) | null} [onChange] told of the place when it has come to rest
 */

/**
 * @implements {Actions}
 * @implements {PaneHost}
 */
export class Viewer {
  /** Ids and radio buttons of several viewers on one page must differ. */
  name = `mrnet-${Math.random().toString(36).slice(2)}`;
  /** @type {Settings} */
  settings = {
    tool: "scroll",
    speed: 10,
    smooth: true,
    fill: false,
    montage: false,
    invert: false,
    linked: true,
  };
  /** @type {Entry | null} */
  entry = null;
  /** @type {Plane} */
  activePlane = "sagittal";
  /** The pinned case of a comparison, and its pane. @type {{ entry: Entry, pane: Pane, ends: AbortController } | null} */
  pinned = null;
  isFollowing = false;
  opening = new AbortController();
  /** Slices where each case was left. @type {Map<string, (number | null)[]>} */
  left = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  telling = undefined;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  fading = undefined;

  /** @param {HTMLElement} root @param {Source} source @param {Options} options */
  constructor(
    root,
    source,
    { start = {}, linkable = false, keysFrom = root, listOpen = true, prefetches = true, onChange = null } = {},
  ) {
    this.root = root;
    this.source = source;
    this.series = new SeriesMemory(source);
    this.index = source.index;
    this.hasLabels = this.index.cases.some((entry) => entry.labels);
    this.linkable = linkable;
    this.keysFrom = keysFrom;
    this.prefetches = prefetches;
    this.onChange = onChange;
    const { name, index, hasLabels } = this;
    this.help = new Help();
    this.status = make("p", { class: "status", role: "status" });
    this.toolbar = new Toolbar({ name, index, hasLabels, linkable }, this);
    this.panes = PLANES.map((plane) => new Pane(plane, this));
    this.layout = new Layout(this.panes, (mode) => this.layoutChanged(mode));
    this.grid = new Grid(source, {
      open: (entry, plane, share) => this.openFromGrid(entry, plane, share),
      levels: (volume, plane) => presetLevels(this.pane(plane).preset, volume, this.pane(plane).levels),
      inverts: () => this.settings.invert,
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
      say: (text, tone) => this.say(text, tone),
      open: (entry) => this.open(entry),
      place: () => (this.activePane?.volume ? { plane: this.activePlane, slice: this.activePane.slice } : null),
      goTo: (plane, slice) => this.pane(plane).goTo(slice),
      mark: (entry, state) => this.list.mark(entry, state),
    });
    this.build(listOpen);
    this.listen();
    this.remember();
    this.follow(linkable && location.hash ? { ...start, ...given(readLink(location.hash)) } : start);
  }

  /** @param {boolean} listOpen */
  build(listOpen) {
    this.stage = make("div", { class: "stage" }, this.layout.element, this.grid.element, this.status);
    this.root.classList.add("mrnet");
    this.root.tabIndex = -1;
    this.printed = make("div", { class: "printed", "aria-hidden": "true" });
    const { archive, notice } = this.index;
    const about = make("p", { class: "notice" }, make("b", { class: "archive" }, archive), notice ? ` ${notice}` : "");
    this.list.element.append(about);
    this.root.replaceChildren(
      make(
        "div",
        { class: "desk" },
        this.toolbar.element,
        make("div", { class: "middle" }, this.list.element, this.stage),
        this.reading.element,
      ),
      this.printed,
      this.help.element,
    );
    this.showList(listOpen);
    this.observer = new ResizeObserver(() => this.toolbar.setNarrow(this.root.clientWidth < NARROW_LINE));
    this.observer.observe(this.root);
    this.toolbar.setNarrow(this.root.clientWidth < NARROW_LINE);
  }

  listen() {
    this.onKey = (/** @type {Event} */ event) => event instanceof KeyboardEvent && this.key(event);
    this.onHash = () => this.follow(readLink(location.hash));
    this.onPrint = () => this.fillPrinted();
    this.onPress = (/** @type {PointerEvent} */ event) => this.pressed(event);
    this.keysFrom.addEventListener("keydown", this.onKey);
    this.root.addEventListener("pointerdown", this.onPress);
    addEventListener("beforeprint", this.onPrint);
    if (this.linkable) addEventListener("hashchange", this.onHash);
  }

  /** Take over what the reader chose at an earlier visit. */
  remember() {
    this.setTheme(memory.read("theme"));
    this.setLabelsHidden(memory.read("hide-labels") === "true");
    const layout = memory.read("layout");
    if (layout === "large" || layout === "three") this.layout.set(layout);
    this.applySettings();
    this.setPresets("full");
  }

  destroy() {
    this.opening.abort();
    clearTimeout(this.telling);
    clearTimeout(this.fading);
    if (this.onKey) this.keysFrom.removeEventListener("keydown", this.onKey);
    if (this.onHash) removeEventListener("hashchange", this.onHash);
    if (this.onPrint) removeEventListener("beforeprint", this.onPrint);
    if (this.onPress) this.root.removeEventListener("pointerdown", this.onPress);
    this.observer?.disconnect();
    this.unpin();
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

  /** Go to a place; what is absent or impossible stays as it is. @param {Target} target */
  follow(target) {
    const found = target.case ? this.find(target.case) : null;
    const entry = found ?? this.entry ?? this.index.cases[0];
    if (!entry) return this.say("There is no case to show.", "warning");
    windowsOf(target.window).forEach((levels, at) => levels && this.panes[at]?.setLevels(levels, levelsPreset(levels)));
    if (typeof target.invert === "boolean") this.setInvert(target.invert);
    this.showLevels();
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

  /** @param {Entry} entry */
  openFromList(entry) {
    this.open(entry);
    if (this.root.clientWidth <= 700) this.showList(false);
  }

  /** @param {Entry} entry @param {(number | null)[]} at slices; where none is given, where the case was left, else as far into each stack as before */
  open(entry, at = []) {
    if (entry === this.entry) return;
    if (this.entry) this.left.set(this.entry.key, this.slices);
    this.opening.abort();
    this.opening = new AbortController();
    const { signal } = this.opening;
    this.entry = entry;
    this.showEntry(entry);
    const left = this.left.get(entry.key) ?? [];
    this.panes.forEach((pane, position) => pane.startAt(at[position] ?? left[position]));
    this.fillPanes(entry, signal);
  }

  /** @param {Entry} entry @param {AbortSignal} signal */
  async fillPanes(entry, signal) {
    await Promise.all(this.panes.map((pane) => this.fill(pane, entry, signal)));
    if (signal.aborted) return;
    this.showLevels();
    this.placeChanged();
    const next = this.list.neighbour(1);
    if (next && this.prefetches) whenIdle(() => this.series.prefetch(next, signal));
  }

  /** @param {Pane} pane @param {Entry} entry @param {AbortSignal} signal */
  async fill(pane, entry, signal) {
    pane.awaitVolume();
    try {
      const volume = await this.series.load(entry, pane.plane, signal);
      if (!signal.aborted) pane.setVolume(volume);
    } catch (fault) {
      if (!signal.aborted) pane.fail(fault instanceof Error ? fault.message : String(fault));
    }
  }

  /** @param {Plane} plane */
  retry(plane) {
    if (this.pinned?.pane.element.dataset.state === "failed")
      this.fill(this.pinned.pane, this.pinned.entry, this.pinned.ends.signal);
    if (this.entry && this.pane(plane).element.dataset.state === "failed")
      this.fill(this.pane(plane), this.entry, this.opening.signal);
  }

  /** @param {Entry} entry */
  showEntry(entry) {
    this.toolbar.showEntry(entry);
    this.list.select(entry);
    this.reading.show(entry);
    this.say(`Case ${entry.case}`, "quiet");
    this.tellWhose();
  }

  /** @param {Plane} plane */
  pane(plane) {
    return /** @type {Pane} */ (this.panes[PLANES.indexOf(plane)]);
  }

  get activePane() {
    return this.pane(this.activePlane);
  }

  // ---- where it is

  /** @returns {(number | null)[]} */
  get slices() {
    return this.panes.map((pane) => (pane.volume ? pane.slice : null));
  }

  /** @param {Entry} entry @returns {Place} */
  placeOf(entry) {
    const windows = this.panes.map((pane) => rounded(pane.levels));
    return { entry, at: this.slices, windows, invert: this.settings.invert };
  }

  placeChanged() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.tellPlace(), REST);
  }

  tellPlace() {
    if (!this.entry) return;
    const place = this.placeOf(this.entry);
    if (this.linkable) history.replaceState(null, "", writeLink(place));
    this.onChange?.(place);
  }

  /** @param {string} text @param {"loud" | "quiet" | "warning"} tone quiet for screen readers only; a warning stays */
  say(text, tone = "loud") {
    clearTimeout(this.fading);
    this.status.dataset.tone = tone;
    this.status.textContent = text;
    if (tone === "loud") this.fading = setTimeout(() => (this.status.dataset.tone = "quiet"), MAX_TOAST);
  }

  // ---- what the panes ask for

  /** @param {Plane} plane */
  moved(plane) {
    this.placeChanged();
    if (this.pinned?.pane.plane === plane) this.followPinned(this.pane(plane), this.pinned.pane);
  }

  /** @param {Plane} plane */
  activated(plane) {
    if (plane === this.activePlane) return;
    this.activePlane = plane;
    this.showLevels();
  }

  /** @param {Plane} plane */
  promote(plane) {
    this.layout.promote(plane);
    this.activated(plane);
  }

  leaveMontage() {
    this.setMontage(false);
  }

  /** @param {Plane} plane */
  grabWindow(plane) {
    const start = this.affected(plane).map((pane) => ({
      pane,
      levels: pane.levels,
    }));
    return (/** @type {number} */ dx, /** @type {number} */ dy) => {
      for (const { pane, levels } of start) pane.setLevels(draggedLevels(levels, dx, dy), "custom");
      this.levelsChanged();
    };
  }

  // ---- grey levels

  /** The panes that a change of grey levels is for. @param {Plane} plane */
  affected(plane) {
    return this.allPanes.filter((pane) => this.settings.linked || pane.plane === plane);
  }

  get allPanes() {
    return this.pinned ? [...this.panes, this.pinned.pane] : this.panes;
  }

  /** @param {Preset} preset */
  setPreset(preset) {
    for (const pane of this.affected(this.activePlane)) pane.setPreset(preset);
    this.levelsChanged();
  }

  /** @param {Preset} preset */
  setPresets(preset) {
    for (const pane of this.allPanes) pane.setPreset(preset);
    this.levelsChanged();
  }

  /** @param {Levels} levels */
  slideLevels(levels) {
    for (const pane of this.affected(this.activePlane)) pane.setLevels(levels, levelsPreset(levels));
    this.levelsChanged();
  }

  /** @param {boolean} on */
  setInvert(on) {
    this.settings.invert = on;
    for (const pane of this.allPanes) pane.setLevels(pane.levels, pane.preset);
    this.applySettings();
    this.levelsChanged();
  }

  /** @param {boolean} on */
  setLinked(on) {
    this.settings.linked = on;
    this.applySettings();
  }

  levelsChanged() {
    this.showLevels();
    this.placeChanged();
    if (this.grid.isOpen) this.grid.redraw();
  }

  showLevels() {
    this.toolbar.showLevels(rounded(this.activePane.levels), this.activePane.preset);
  }

  // ---- how it looks

  applySettings() {
    this.toolbar.showSettings(this.settings);
    this.root.classList.toggle("smooth", this.settings.smooth);
  }

  /** @param {Tool} tool */
  setTool(tool) {
    this.settings.tool = tool;
    this.applySettings();
  }

  /** @param {number} speed */
  setSpeed(speed) {
    this.settings.speed = speed;
    for (const pane of this.allPanes) if (pane.timer) pane.play(true);
  }

  /** @param {boolean} on */
  setSmooth(on) {
    this.settings.smooth = on;
    this.applySettings();
  }

  /** @param {boolean} on */
  setFill(on) {
    this.settings.fill = on;
    this.applySettings();
    for (const pane of this.allPanes) pane.arrange();
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

  /** @param {LayoutMode} mode */
  layoutChanged(mode) {
    this.toolbar.showLayout(mode);
    this.activePlane = this.layout?.lead ?? this.activePlane;
    if (this.pinned && this.pinned.pane.plane !== this.layout.lead) this.pin(this.pinned.entry);
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

  toggleFullScreen() {
    const done = document.fullscreenElement ? document.exitFullscreen() : this.root.requestFullscreen();
    done.catch(() => this.say("This browser allows no full screen here."));
  }

  /** @param {number} factor */
  zoomBy(factor) {
    this.activePane.zoomBy(factor);
  }

  reset() {
    this.setInvert(false);
    this.setPresets("full");
    for (const pane of this.allPanes) {
      pane.fit();
      pane.unprobe();
      if (pane.volume) pane.goTo(pane.middle);
    }
  }

  showHelp() {
    this.help.show();
  }

  // ---- two cases, and all of them

  toggleCompare() {
    const { entry } = this;
    if (this.pinned) this.unpin();
    else if (entry) {
      this.pin(entry);
      this.openNeighbour(1);
      this.say(`Case ${entry.case} stays; the list and n · p change the other.`);
    }
  }

  /** @param {Entry} entry */
  pin(entry) {
    this.unpin();
    const pane = new Pane(this.layout.lead, {
      settings: this.settings,
      moved: (plane) => this.followPinned(pane, this.pane(plane)),
      activated: (plane) => this.activated(plane),
      promote: () => this.unpin(),
      grabWindow: (plane) => this.grabWindow(plane),
      leaveMontage: () => this.leaveMontage(),
      retry: (plane) => this.retry(plane),
    });
    this.pinned = { entry, pane, ends: new AbortController() };
    pane.element.classList.add("pinned");
    pane.setLevels(this.pane(pane.plane).levels, this.pane(pane.plane).preset);
    pane.share = this.pane(pane.plane).share;
    this.layout.pair(pane);
    this.toolbar.showMode("compare", true);
    this.tellWhose();
    this.fill(pane, entry, this.pinned.ends.signal);
  }

  unpin() {
    if (!this.pinned) return;
    this.pinned.ends.abort();
    this.pinned.pane.destroy();
    this.pinned = null;
    this.layout.pair(null);
    this.toolbar.showMode("compare", false);
    this.tellWhose();
  }

  /** Bring the other pane of a comparison as far into its stack. @param {Pane} moved @param {Pane} other */
  followPinned(moved, other) {
    if (this.isFollowing || !this.pinned || !moved.volume || !other.volume) return;
    this.isFollowing = true;
    other.goTo(Math.round((moved.slice / Math.max(1, moved.volume.slices - 1)) * (other.volume.slices - 1)));
    this.isFollowing = false;
  }

  /** In a comparison, each image says whose it is. */
  tellWhose() {
    for (const pane of this.allPanes) pane.tellWhose(null);
    if (!this.pinned || !this.entry) return;
    for (const [pane, entry] of /** @type {const} */ ([
      [this.pane(this.layout.lead), this.entry],
      [this.pinned.pane, this.pinned.entry],
    ])) {
      pane.tellWhose(
        make(
          "span",
          { class: "whose" },
          make("b", {}, entry.case),
          entry.split ? ` ${entry.split}` : "",
          marksOf(entry),
        ),
      );
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
    if (this.grid?.isOpen) this.grid.show(this.list.shown);
  }

  /** @param {Entry} entry @param {Plane} plane @param {number} share */
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

  // ---- keys

  /** A notebook takes the keys of whatever has no focus for its own. @param {PointerEvent} event */
  pressed(event) {
    if (
      event.target instanceof Node &&
      !this.toolbar.panel.contains(event.target) &&
      !this.toolbar.toolsButton.contains(event.target)
    ) {
      this.toolbar.showPanel(false);
    }
    if (!this.root.contains(document.activeElement)) this.root.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target instanceof Element && event.target.matches(TYPING)) return;
    // With Caps Lock the letters are capitals.
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const acts =
      key === "Escape" ? this.escape() : key === "?" ? this.showHelp() : this.help.hasLetterKeys && this.letter(key);
    if (acts !== false) event.preventDefault();
  }

  /** @param {string} key @returns {boolean} */
  letter(key) {
    /** @type {Record<string, () => void>} */
    const actions = {
      n: () => this.openNeighbour(1),
      p: () => this.openNeighbour(-1),
      o: () => this.reading.openNext(),
      l: () => this.layout.cycle(),
      f: () => this.toggleFullScreen(),
      z: () => this.setFill(!this.settings.fill),
      m: () => this.setMontage(!this.settings.montage),
      g: () => this.toggleGrid(),
      c: () => this.toggleCompare(),
      w: () => this.setPreset(this.activePane.preset === "series" ? "full" : "series"),
      i: () => this.setInvert(!this.settings.invert),
      r: () => this.reset(),
      h: () => this.hasLabels && this.setLabelsHidden(!this.toolbar.hideBox.checked),
      t: () => this.toggleTheme(),
      1: () => this.promote("axial"),
      2: () => this.promote("coronal"),
      3: () => this.promote("sagittal"),
    };
    if (this.reading.key(key)) return true;
    actions[key]?.();
    return key in actions;
  }

  escape() {
    if (!this.toolbar.panel.hidden) this.toolbar.showPanel(false);
    else if (this.grid.isOpen) this.closeGrid();
    else if (this.pinned) this.unpin();
    else return this.layout.leaveSingle();
    return true;
  }

  // ---- out of the page

  /** @param {string} text @param {string} what */
  async copy(text, what) {
    try {
      await navigator.clipboard.writeText(text);
      this.say(`Copied ${what}`);
    } catch {
      showText(this.root, `Copy ${what}`, text);
    }
  }

  copyLink() {
    if (this.entry) this.copy(location.href.split("#")[0] + writeLink(this.placeOf(this.entry)), "the link");
  }

  copyCommand() {
    if (this.entry) this.copy(this.command(this.entry), "the command");
  }

  /** @param {Entry} entry */
  command(entry) {
    const twice = this.index.cases.filter((each) => each.case === entry.case).length > 1;
    return writeCommand(this.placeOf(entry), twice);
  }

  /** @returns {{ pane: Pane, title: string }[]} */
  get pictured() {
    const panes = this.pinned ? [this.pane(this.layout.lead), this.pinned.pane] : this.layout.shownPanes;
    return panes
      .filter((pane) => pane.volume)
      .map((pane) => {
        const entry = pane === this.pinned?.pane ? this.pinned.entry : this.entry;
        return {
          pane,
          title: [entry?.case, entry?.split].filter(Boolean).join(" "),
        };
      });
  }

  async savePicture() {
    const shown = this.pictured;
    if (!shown.length || !this.entry) return this.say("There is no picture to save.");
    const planes = shown.length < PLANES.length ? shown.map(({ pane }) => `-${pane.plane}`).join("") : "";
    const { version } = this.index;
    try {
      const note = this.index.blind ? null : { version, command: this.command(this.entry) };
      download(`${this.entry.case}${planes}.png`, await encode(compose(shown, this.settings.smooth), note));
      this.say("Saved the picture");
    } catch (fault) {
      this.say(fault instanceof Error ? fault.message : String(fault), "warning");
    }
  }

  fillPrinted() {
    const shown = this.pictured;
    this.printed?.replaceChildren(...(shown.length ? [compose(shown, this.settings.smooth)] : []));
  }

  print() {
    window.print();
  }
}

const TYPING = "input:not([type=range], [type=radio], [type=checkbox]), textarea, select";

/** Return a link's parts that are there. @param {Target} target @returns {Target} */
function given(target) {
  return Object.fromEntries(Object.entries(target).filter(([, part]) => part !== null));
}

/** @param {Levels} levels @returns {Preset} */
function levelsPreset(levels) {
  return String(levels) === String(FULL_LEVELS) ? "full" : "custom";
}

/** @param {() => void} work */
function whenIdle(work) {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(work);
  else setTimeout(work, REST);
}
