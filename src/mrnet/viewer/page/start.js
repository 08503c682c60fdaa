// Starts the viewer: in a served page, in an offline file, and as anywidget's module in a notebook.
import { make } from "./dom.js";
import { flatLevels } from "./greys.js";
import { GONE_KERNEL, embeddedSource, servedSource, widgetSource } from "./sources.js";
import { Viewer } from "./viewer.js";
import { PLANES } from "./words.js";
/** @import { Target, ViewState, WidgetModel } from "./types.js" */

const NARROW_PAGE_PX = 1200; // In a narrower page the list of cases starts hidden.

/**
 * Draw the viewer in a notebook. Changes go both ways between the viewer and the widget's traits.
 *
 * @param {{ model: WidgetModel, el: HTMLElement }} where
 */
async function render({ model, el }) {
  const root = make("div", { class: "notebook", "data-jp-suppress-context-menu": "true" });
  // JupyterLab handles single letters as its shortcuts, unless the focused element itself has this attribute.
  root.addEventListener("focusin", ({ target }) => {
    if (target instanceof Element) target.setAttribute("data-lm-suppress-shortcuts", "true");
  });
  el.append(root);
  try {
    return await renderInto(root, model);
  } catch (fault) {
    root.append(make("p", { role: "alert" }, fault instanceof Error ? fault.message : String(fault)));
    return () => {};
  }
}

/** @param {HTMLElement} root @param {WidgetModel} model */
async function renderInto(root, model) {
  const source = await widgetSource(model);
  /** @returns {Target} */
  const wanted = () => ({
    case: model.get("case"),
    at: PLANES.map((plane) => model.get("slices")[plane] ?? null),
    window: model.get("window"),
  });
  const onChange = (/** @type {ViewState} */ { entry, at, windows }) => {
    const slices = Object.fromEntries(
      PLANES.map((plane, position) => [plane, at[position]]).filter(([, slice]) => slice !== null),
    );
    model.set({
      case: viewer.find(entry.case) === entry ? entry.case : entry.key,
      slices,
      window: flatLevels(windows),
    });
    try {
      model.save_changes();
    } catch {
      viewer.say(GONE_KERNEL, "warning");
    }
  };
  const viewer = new Viewer(root, source, { start: wanted(), onChange, listOpen: false, prefetches: false });
  const stopTheme = followTheme(viewer);
  const follow = () => viewer.follow(wanted());
  const changes = ["change:case", "change:slices", "change:window"];
  for (const change of changes) model.on(change, follow);
  return () => {
    for (const change of changes) model.off(change, follow);
    stopTheme();
    viewer.destroy();
  };
}

/** Take JupyterLab's light or dark theme. @param {Viewer} viewer */
function followTheme(viewer) {
  const follow = () => {
    const isLight = document.body.dataset.jpThemeLight;
    if (isLight) viewer.setTheme(isLight === "true" ? "light" : "dark");
  };
  const observer = new MutationObserver(follow);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  follow();
  return () => observer.disconnect();
}

export default { render };

const boot = globalThis.document?.getElementById("mrnet-boot");
const page = globalThis.document?.getElementById("mrnet");
if (boot?.textContent && page) {
  const settings = JSON.parse(boot.textContent);
  const source = settings.base === undefined ? embeddedSource(settings) : servedSource(settings);
  new Viewer(page, source, {
    start: settings.start,
    linkable: true,
    keysFrom: document,
    listOpen: settings.index.cases.length > 1 && innerWidth >= NARROW_PAGE_PX,
  });
}
