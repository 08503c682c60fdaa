// Elements and icons. All text from data enters the page as text nodes, never as markup.

/**
 * Return a new element; an attribute that is a function becomes a listener to the event with the attribute's name.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, /** @type {EventListener} */ (value));
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/** The SVG paths of each icon, in a square of 16 × 16. */
const ICONS = {
  play: "M4.5 2.8v10.4l8.2-5.2z",
  pause: "M4 3h2.8v10H4zM9.2 3H12v10H9.2z",
  grow: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  shrink: "M6 2.5V6H2.5M13.5 6H10V2.5M10 13.5V10h3.5M2.5 10H6v3.5",
  back: "M10 3 5 8l5 5",
  next: "m6 3 5 5-5 5",
  list: "M2.5 4h11M2.5 8h11M2.5 12h11",
  tools: "M2 5h6M12 5h2M2 11h2M8 11h6M10 3v4M6 9v4",
  theme: "M8 2.5a5.5 5.5 0 1 0 0 11zm0 0a5.5 5.5 0 0 1 0 11",
  large: "M1.5 3h13v10h-13zM9.5 3v10M9.5 8h5",
  three: "M1.5 3h13v10h-13zM5.8 3v10M10.2 3v10",
  one: "M2.5 3h11v10h-11z",
  montage: "M2 2.5h12v11H2zM6 2.5v11M10 2.5v11M2 6.2h12M2 9.8h12",
  grid: "M2 2h5v5H2zM9 2h5v5H9zM2 9h5v5H2zM9 9h5v5H9z",
  compare: "M2 3h5v10H2zM9 3h5v10H9z",
  invert: "M2.5 2.5h11v11h-11zM13.5 2.5l-11 11",
  link: "M6.5 9.5a2.5 2.5 0 0 0 3.6 0l2.6-2.6a2.5 2.5 0 0 0-3.6-3.6l-.9.9M9.5 6.5a2.5 2.5 0 0 0-3.6 0L3.3 9.1a2.5 2.5 0 0 0 3.6 3.6l.9-.9",
};
/** @typedef {keyof typeof ICONS} Icon */

/** @param {HTMLElement} button @param {Icon} name */
export function drawIcon(button, name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", ["play", "pause"].includes(name) ? "icon solid" : "icon");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  button.replaceChildren(svg);
}

/** @param {HTMLElement} button @param {string} label */
export function nameButton(button, label) {
  button.title = label;
  button.setAttribute("aria-label", label);
}

/** @param {Icon} name @param {string} label @param {() => void} click */
export function iconButton(name, label, click) {
  const button = make("button", { type: "button", class: "icon-button", title: label, "aria-label": label, click });
  drawIcon(button, name);
  return button;
}

/** @param {string} label @param {string} title @param {() => void} click */
export function textButton(label, title, click) {
  return make("button", { type: "button", title, click }, label);
}

/** @param {HTMLElement} button @param {boolean} on */
export function press(button, on) {
  button.setAttribute("aria-pressed", String(on));
}

/**
 * Return a drop-down list with a label.
 *
 * @template {string} Value
 * @param {string} label
 * @param {readonly (readonly [Value, string])[]} options
 * @param {(value: Value) => void} change
 */
export function choice(label, options, change) {
  const select = make("select", {
    "aria-label": label,
    title: label,
    change: () => change(/** @type {Value} */ (select.value)),
  });
  for (const [value, text] of options) select.append(make("option", { value }, text));
  return select;
}

/**
 * Return radio buttons in a row.
 *
 * @template {string} Value
 * @param {{ name: string, legend: string, options: readonly (readonly [Value, string | Node, string])[] }} what
 * @param {(value: Value) => void} change
 */
export function segmented({ name, legend, options }, change) {
  const field = make("fieldset", { class: "segmented" }, make("legend", {}, legend));
  for (const [value, face, title] of options) {
    const input = make("input", {
      type: "radio",
      name,
      value,
      "aria-label": title,
      change: () => change(value),
    });
    field.append(make("label", { title }, input, make("span", {}, face)));
  }
  return field;
}

/** @param {HTMLElement} field @param {string} value */
export function setSegment(field, value) {
  for (const input of field.querySelectorAll("input")) input.checked = input.value === value;
}

/** @param {string} name @param {Blob} blob */
export function download(name, blob) {
  const url = URL.createObjectURL(blob);
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/**
 * Show a text that the reader can copy by hand, for frames and browsers that forbid downloads and the clipboard.
 *
 * @param {HTMLElement} root
 * @param {string} title
 * @param {string} text
 */
export function showText(root, title, text) {
  const area = make("textarea", { readonly: true, rows: "12", "aria-label": title });
  area.value = text;
  const dialog = make(
    "dialog",
    { class: "dialog", "aria-label": title, close: () => dialog.remove() },
    make("form", { method: "dialog" }, make("h3", {}, title), make("button", {}, "Close")),
    area,
  );
  root.append(dialog);
  dialog.showModal();
  area.select();
}
