// The manual inside the page: keys, mouse, and the page's limits.
import { make } from "./dom.js";
import { memory } from "./memory.js";
import { KEYS, NOT_SHOWN, PANE_KEYS, POINTER, READING_KEYS } from "./words.js";

const STORED = "no-keys";

export class Help {
  constructor() {
    this.shortcuts = make("input", { type: "checkbox" });
    this.shortcuts.checked = memory.read(STORED) !== "true";
    this.shortcuts.addEventListener("change", () => memory.write(STORED, String(!this.shortcuts.checked)));
    this.element = make(
      "dialog",
      { class: "dialog help", "aria-label": "Keys and mouse" },
      make("form", { method: "dialog" }, make("h2", {}, "Keys and mouse"), make("button", {}, "Close")),
      make("label", { class: "switch" }, this.shortcuts, "Single-letter keys"),
      ...table("Anywhere", KEYS),
      ...table("Reading", READING_KEYS),
      ...table("In an image", PANE_KEYS),
      ...table("Mouse and touch", POINTER),
      make("p", {}, "Slices, rows and columns are numbered from 0. Values are the grey levels of the file, 0 to 255."),
      make("p", {}, NOT_SHOWN),
    );
  }

  get hasLetterKeys() {
    return this.shortcuts.checked;
  }

  show() {
    this.element.showModal();
    this.element.scrollTop = 0;
  }
}

/** @param {string} title @param {readonly (readonly [string, string])[]} rows */
function table(title, rows) {
  const lines = rows.flatMap(([keys, text]) => [make("dt", {}, keys), make("dd", {}, text)]);
  return [make("h3", {}, title), make("dl", {}, ...lines)];
}
