// The line of tools above the images, and the panel of tools that are needed less often.
import { choice, iconButton, make, press, segmented, setSegment, textButton } from "./dom.js";
import { FINDINGS, PRESETS, SHORT_FINDINGS, capital } from "./words.js";
/** @import { Actions, Entry, Finding, Index, LayoutMode, Levels, Preset, Settings, Tool } from "./types.js" */
/** @import { Icon } from "./dom.js" */

const SPEEDS = [2, 5, 10, 15, 20, 30];
/** @type {readonly [LayoutMode, Icon, string][]} */
const LAYOUTS = [
  ["large", "large", "One large and two small (l)"],
  ["three", "three", "Three equal (l)"],
  ["one", "one", "One plane (l)"],
];
/** @type {readonly Tool[]} */
const TOOLS = ["scroll", "pan", "window"];

export class Toolbar {
  /**
   * @param {{ name: string, index: Index, hasLabels: boolean, linkable: boolean }} what
   * @param {Actions} actions
   */
  constructor({ name, index, hasLabels, linkable }, actions) {
    this.actions = actions;
    this.title = make("h2", {});
    this.labels = make("dl", { class: "labels" });
    this.listButton = iconButton("list", "Case list", () => actions.toggleList());
    this.toolsButton = iconButton("tools", "Tools", () => this.showPanel(Boolean(this.panel.hidden)));
    this.tools = segmented(
      {
        name: `${name}-tool`,
        legend: "Drag",
        options: TOOLS.map((tool) => [tool, capital(tool), `Drag: ${tool}`]),
      },
      (tool) => actions.change({ tool }),
    );
    this.layouts = this.layoutButtons();
    this.preset = choice("Grey levels", PRESETS, (preset) => actions.setPreset(preset));
    this.toggles = this.toggleButtons();
    this.main = make(
      "div",
      { class: "main-tools" },
      make("div", { class: "group", role: "group", "aria-label": "Layout" }, ...this.layouts.values()),
      this.tools,
      this.preset,
      make("div", { class: "group", role: "group", "aria-label": "View" }, ...this.toggles.values()),
    );
    this.hideBox = make("input", {
      type: "checkbox",
      change: () => actions.setLabelsHidden(this.hideBox.checked),
    });
    this.hideSwitch = make("label", { class: "switch", hidden: !hasLabels }, this.hideBox, "Hide labels");
    this.sliders = [this.levelSlider("low", 0), this.levelSlider("high", 1)];
    this.levels = make("output", { class: "levels" });
    this.panel = make("div", { class: "panel", role: "group", "aria-label": "Tools", hidden: true });
    this.panel.append(...this.panelGroups(index, linkable));
    this.element = this.bar(index);
  }

  /** @param {Index} index */
  bar(index) {
    const { actions } = this;
    const help = textButton("?", "Keys and mouse (?)", () => actions.showHelp());
    help.setAttribute("aria-label", "Help");
    help.classList.add("icon-button");
    const state = index.blind ? [make("em", { class: "state" }, "blind")] : [];
    if (index.synthetic) state.push(make("em", { class: "state" }, "synthetic"));
    return make(
      "header",
      { class: "top" },
      this.listButton,
      iconButton("back", "Previous case (p)", () => actions.openNeighbour(-1)),
      iconButton("next", "Next case (n)", () => actions.openNeighbour(1)),
      this.title,
      this.labels,
      ...state,
      make("span", { class: "space" }),
      this.main,
      this.toolsButton,
      iconButton("theme", "Light or dark (t)", () => actions.toggleTheme()),
      help,
      this.panel,
    );
  }

  layoutButtons() {
    return new Map(
      LAYOUTS.map(([mode, icon, label]) => [mode, toggle(icon, label, () => this.actions.setLayout(mode))]),
    );
  }

  toggleButtons() {
    const { actions } = this;
    return new Map([
      ["montage", toggle("montage", "Montage: every slice (m)", () => actions.setMontage(!actions.settings.montage))],
      ["grid", toggle("grid", "Grid: every listed case (g)", () => actions.toggleGrid())],
      ["compare", toggle("compare", "Compare: pin this case (c)", () => actions.toggleCompare())],
      ["invert", toggle("invert", "Invert (i)", () => actions.setInvert(!actions.settings.invert))],
      [
        "linked",
        toggle("link", "Change grey levels of all planes together", () =>
          actions.change({ linked: !actions.settings.linked }),
        ),
      ],
    ]);
  }

  /** @param {string} end @param {0 | 1} at */
  levelSlider(end, at) {
    const slider = make("input", {
      type: "range",
      min: at,
      max: 254 + at,
      "aria-label": `Window ${end}`,
    });
    slider.addEventListener("input", () => {
      let [low = 0, high = 255] = this.sliders.map((each) => Number(each.value));
      if (low >= high) [low, high] = at ? [high - 1, high] : [low, low + 1];
      this.actions.slideLevels([low, high]);
    });
    return slider;
  }

  /** @param {Index} index @param {boolean} linkable */
  panelGroups(index, linkable) {
    const { actions } = this;
    const group = (/** @type {string} */ label, /** @type {Node[]} */ ...parts) =>
      make(
        "div",
        { class: "group", role: "group", "aria-label": label },
        make("span", { class: "label" }, label),
        ...parts,
      );
    this.smooth = textButton("Smooth", "Interpolate between voxels, or show each as a square", () =>
      actions.change({ smooth: !actions.settings.smooth }),
    );
    this.fill = textButton("Fill", "Fill each view, and cut off the edges that do not fit (z)", () =>
      actions.change({ fill: !actions.settings.fill }),
    );
    this.speed = choice(
      "Slices per second",
      SPEEDS.map((speed) => [String(speed), `${speed} slices/s`]),
      (value) => actions.change({ speed: Number(value) }),
    );
    const share = [
      textButton("Save PNG", "Save the shown images as a picture", () => actions.savePicture()),
      textButton("Print", "Print the shown images", () => actions.print()),
    ];
    if (linkable)
      share.push(
        textButton("Copy link", "A link to this case, these slices, these grey levels", () => actions.copyLink()),
      );
    if (!index.blind) {
      share.push(
        textButton("Copy as command", "The mrnet command that opens this view on another machine", () =>
          actions.copyCommand(),
        ),
      );
    }
    return [
      group("Grey levels", ...this.sliders, this.levels),
      group(
        "Image",
        this.smooth,
        this.fill,
        signButton("−", "Zoom out", () => actions.zoomBy(0.8)),
        signButton("+", "Zoom in", () => actions.zoomBy(1.25)),
        this.speed,
      ),
      group(
        "Page",
        this.hideSwitch,
        textButton("Full screen", "Full screen (f)", () => actions.toggleFullScreen()),
        textButton("Reset", "Middle slices, full grey levels, no zoom (r)", () => actions.reset()),
      ),
      group("Keep", ...share),
    ];
  }

  /** @param {boolean} shown */
  showPanel(shown) {
    this.panel.hidden = !shown;
    this.toolsButton.setAttribute("aria-expanded", String(shown));
  }

  /** Move the tools into the panel if the line is too short for them. @param {boolean} narrow */
  setNarrow(narrow) {
    if (narrow === (this.main.parentElement === this.panel)) return;
    if (narrow) this.panel.prepend(this.main);
    else this.element.insertBefore(this.main, this.toolsButton);
  }

  /** @param {Entry} entry */
  showEntry(entry) {
    this.title.replaceChildren(entry.case);
    if (entry.split) this.title.append(make("small", {}, entry.split));
    const labels = Object.entries(entry.labels ?? {});
    this.labels.replaceChildren(...labels.map(([finding, value]) => labelChip(finding, value)));
  }

  /** @param {Settings} settings */
  showSettings(settings) {
    for (const name of /** @type {const} */ (["montage", "invert", "linked"])) {
      const button = this.toggles.get(name);
      if (button) press(button, settings[name]);
    }
    if (this.smooth) press(this.smooth, settings.smooth);
    if (this.fill) press(this.fill, settings.fill);
    if (this.speed) this.speed.value = String(settings.speed);
    setSegment(this.tools, settings.tool);
  }

  /** @param {"grid" | "compare"} name @param {boolean} on */
  showMode(name, on) {
    const button = this.toggles.get(name);
    if (button) press(button, on);
  }

  /** @param {LayoutMode} mode */
  showLayout(mode) {
    for (const [each, button] of this.layouts) press(button, each === mode);
  }

  /** @param {Levels} levels @param {Preset} preset */
  showLevels(levels, preset) {
    this.sliders.forEach((slider, at) => (slider.value = String(levels[at])));
    this.levels.textContent = levels.join("–");
    this.preset.value = preset;
  }
}

/** @param {Icon} icon @param {string} label @param {() => void} click */
function toggle(icon, label, click) {
  const button = iconButton(icon, label, click);
  press(button, false);
  return button;
}

/** @param {string} sign @param {string} label @param {() => void} click */
function signButton(sign, label, click) {
  const button = textButton(sign, label, click);
  button.setAttribute("aria-label", label);
  return button;
}

/** @param {string} finding @param {number | null} value */
function labelChip(finding, value) {
  const words = value === 1 ? "yes" : value === 0 ? "no" : "no label";
  const key = /** @type {Finding} */ (finding);
  const name = make("dt", { "data-short": SHORT_FINDINGS[key] ?? finding }, FINDINGS[key] ?? finding);
  return make("div", { "data-value": String(value) }, name, make("dd", {}, words));
}
