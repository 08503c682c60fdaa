// The slice viewer: draws a case's three planes from its voxels, in a served page, an offline file and a notebook.
//
// Sections: words, elements, sources of voxels, grey levels, link, pane, case list, toolbar, reading, viewer, starts.
// Whatever comes from data enters the page as text nodes, never as markup.

// ---------------------------------------------------------------- words

const PLANES = ["axial", "coronal", "sagittal"];
const FINDINGS = { abnormal: "abnormal", acl: "ACL tear", meniscus: "meniscal tear" };
const SHORT_FINDINGS = { abnormal: "abn", acl: "ACL", meniscus: "men" };
const ANSWERS = { yes: "1", no: "0", unsure: "" };
const FULL_WINDOW = [0, 255];
const PRESETS = [
  ["full", "Full, 0–255"],
  ["case", "This case, 1–99 %"],
  ["dark", "Dark tissue, 0–128"],
  ["bright", "Bright tissue, 96–255"],
  ["custom", "Custom"],
];
const SPEEDS = [2, 5, 10, 15, 20, 30];
const MAX_ZOOM = 16;
const NARROW = 700; // CSS pixels; the style sheet has the same
const CLICK_REACH = 4; // CSS pixels that a pointer may stray and still have clicked
const KEPT_SERIES = 12; // four cases: some 25 MB
const KEYS = [
  ["n · p", "next and previous case"],
  ["1 · 2 · 3", "maximise axial, coronal, sagittal; again or Esc to return"],
  ["m", "montage: every slice at once"],
  ["r", "reset slices, window and zoom"],
  ["h", "hide or show the labels"],
  ["t", "light or dark"],
  ["?", "this help"],
];
const PANE_KEYS = [
  ["arrow keys", "one slice on or back"],
  ["Page Up · Page Down", "five slices"],
  ["Home · End", "first and last slice"],
  ["Space", "play and pause"],
  ["+ · − · 0", "zoom in, out, fit"],
  ["Shift + arrow keys", "pan"],
  ["Enter", "read voxels: arrow keys move the cross (Shift: ten voxels), Esc leaves"],
];
const POINTER = [
  ["wheel", "scroll through slices (with Ctrl: zoom)"],
  ["drag", "what “Drag” says: scroll, pan or window"],
  ["right-drag", "window: sideways width, up and down level"],
  ["Shift-drag, middle-drag", "pan"],
  ["click", "value and position of the voxel"],
  ["double click", "maximise and return"],
  ["touch", "sideways: scroll; two fingers: zoom and pan"],
];

// ---------------------------------------------------------------- elements

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

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
};

function drawIcon(button, name) {
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

function iconButton(name, label, click) {
  const button = make("button", { type: "button", class: "icon-button", title: label, "aria-label": label, click });
  drawIcon(button, name);
  return button;
}

function textButton(label, title, click) {
  return make("button", { type: "button", title, click }, label);
}

function toggleButton(label, title, click) {
  return make("button", { type: "button", title, "aria-pressed": "false", click }, label);
}

function choice(label, options, change) {
  const select = make("select", { "aria-label": label, title: label, change: () => change(select.value) });
  for (const [value, text] of options) select.append(make("option", { value }, text));
  return select;
}

function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

function grouped(count) {
  return count.toLocaleString("en-GB");
}

function capital(word) {
  return word[0].toUpperCase() + word.slice(1);
}

// Storage may be full, or refused for a local file.
const memory = {
  read(name) {
    try {
      return JSON.parse(localStorage.getItem(`mrnet-${name}`));
    } catch {
      return null;
    }
  },
  write(name, value) {
    try {
      localStorage.setItem(`mrnet-${name}`, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  },
};

function download(name, blob) {
  const url = URL.createObjectURL(blob);
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

// ---------------------------------------------------------------- sources of voxels
// A source is {index, load(entry, plane, signal)}; load returns a volume or fails with a message for the reader.

function volumeOf(shape, voxels) {
  const [slices, rows, columns] = shape.split(" ").map(Number);
  if (voxels.length !== slices * rows * columns) {
    throw new Error(`${voxels.length} voxels arrived where the shape ${shape} promises ${slices * rows * columns}.`);
  }
  return { slices, rows, columns, voxels };
}

function servedSource({ index, base }) {
  async function load(entry, plane, signal) {
    const address = `${base}volume/${entry.key.split("/").map(encodeURIComponent).join("/")}/${plane}`;
    const answer = await fetch(address, { signal, cache: "no-store" }).catch((fault) => {
      if (fault.name === "AbortError") throw fault;
      throw new Error("The program that serves this page does not answer: is `mrnet browse` still running?");
    });
    if (!answer.ok) throw new Error(await answer.text());
    return volumeOf(answer.headers.get("X-Shape"), new Uint8Array(await answer.arrayBuffer()));
  }
  return { index, load };
}

function decodeBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function embeddedSource({ index }) {
  async function load(entry, plane) {
    const block = document.getElementById(`volume/${entry.key}/${plane}`);
    if (!block) throw new Error("This file holds no such series.");
    if (block.dataset.error) throw new Error(block.dataset.error);
    return volumeOf(block.dataset.shape, await inflate(decodeBase64(block.textContent)));
  }
  return { index, load };
}

// Voxels travel as messages, not as traits: a saved notebook must not hold them.
function widgetAsker(model) {
  const asker = Math.random().toString(36).slice(2);
  const waiting = new Map();
  model.on("msg:custom", (answer, buffers) => {
    const { resolve, reject } = waiting.get(answer.id) ?? {};
    if (!waiting.delete(answer.id)) return;
    if (answer.error) reject(new Error(answer.error));
    else resolve({ answer, buffers });
  });
  return (question) =>
    new Promise((resolve, reject) => {
      const id = `${asker}-${waiting.size}-${performance.now()}`;
      waiting.set(id, { resolve, reject });
      model.send({ id, ...question });
    });
}

async function widgetSource(model) {
  const ask = widgetAsker(model);
  const { answer } = await ask({ ask: "index" });
  async function load(entry, plane) {
    const { answer, buffers } = await ask({ ask: "volume", key: entry.key, plane });
    const [data] = buffers;
    const bytes = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);
    return volumeOf(answer.shape, bytes);
  }
  return { index: answer.index, load };
}

// The last few series stay in memory, so that going back to a case is instant.
function remembering(source) {
  const kept = new Map();
  async function load(entry, plane, signal) {
    const name = `${entry.key}/${plane}`;
    const volume = kept.get(name) ?? (await source.load(entry, plane, signal));
    kept.delete(name);
    kept.set(name, volume);
    if (kept.size > KEPT_SERIES) kept.delete(kept.keys().next().value);
    return volume;
  }
  return { index: source.index, load };
}

// ---------------------------------------------------------------- grey levels

function greyTable([low, high]) {
  const table = new Uint32Array(256);
  for (let voxel = 0; voxel < 256; voxel++) {
    const grey = Math.round(255 * clamp((voxel - low) / (high - low), 0, 1));
    table[voxel] = 0xff000000 + grey * 0x010101;
  }
  return table;
}

function sliceOf(volume, slice) {
  const size = volume.rows * volume.columns;
  return volume.voxels.subarray(slice * size, (slice + 1) * size);
}

function paint(image, voxels, greys) {
  const pixels = new Uint32Array(image.data.buffer);
  for (let at = 0; at < voxels.length; at++) pixels[at] = greys[voxels[at]];
}

// One scale for all three planes, from every voxel of the case.
function percentileWindow(volumes) {
  const counts = new Float64Array(256);
  for (const { voxels } of volumes) for (const voxel of voxels) counts[voxel]++;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const levelAt = (share) => {
    let seen = 0;
    return Math.max(0, counts.findIndex((count) => (seen += count) >= share * total && seen > 0));
  };
  const low = Math.min(levelAt(0.01), 254);
  return [low, Math.max(levelAt(0.99), low + 1)];
}

function isWindow(window) {
  const [low, high] = window ?? [];
  return Number.isInteger(low) && Number.isInteger(high) && low >= 0 && low < high && high <= 255;
}

// ---------------------------------------------------------------- link

function wholeNumbers(text) {
  return text?.split(",").map((part) => (/^\d+$/.test(part) ? Number(part) : null));
}

function readLink(hash) {
  const link = new URLSearchParams(hash.slice(1));
  return { case: link.get("case"), at: wholeNumbers(link.get("at")), window: wholeNumbers(link.get("window")) };
}

function writeLink({ key, at, window }) {
  return `#case=${encodeURIComponent(key).replaceAll("%2F", "/")}&at=${at.join(",")}&window=${window.join(",")}`;
}

function writeCommand({ entry, at, window }, twice) {
  const split = twice ? ` --split ${entry.split}` : "";
  const scale = String(window) === String(FULL_WINDOW) ? "" : ` --window ${window.join(" ")}`;
  return `mrnet browse ${entry.case}${split} --at ${at.join(",")}${scale}`;
}

// ---------------------------------------------------------------- pane

class Pane {
  constructor(viewer, plane) {
    this.viewer = viewer;
    this.plane = plane;
    this.pointers = new Map();
    this.build();
    this.listen();
    this.clear();
  }

  build() {
    const name = capital(this.plane);
    this.caption = make("span", { class: "caption", "aria-live": "polite" });
    this.playButton = iconButton("play", `Play ${this.plane}`, () => this.play(!this.timer));
    this.maximiseButton = iconButton("grow", `Maximise ${this.plane}`, () => this.viewer.maximise(this.plane));
    this.canvas = make("canvas", { class: "image", "aria-hidden": "true" });
    this.context = this.canvas.getContext("2d");
    this.sheet = make("canvas", { "aria-hidden": "true" });
    this.tiles = make("div", { class: "tiles" });
    this.montage = make("div", { class: "montage", hidden: true }, this.sheet, this.tiles);
    this.cross = make("span", { class: "cross", hidden: true });
    this.message = make("p", { class: "message" });
    this.view = make(
      "div",
      { class: "view", tabindex: "0", role: "application", "aria-label": `${name} image` },
      this.canvas, this.cross, this.montage, this.message,
    );
    this.slider = make("input", {
      type: "range",
      min: "0",
      "aria-label": `${name} slice`,
      input: () => this.goTo(Number(this.slider.value)),
    });
    this.first = make("span", { class: "end", "aria-hidden": "true" });
    this.last = make("span", { class: "end", "aria-hidden": "true" });
    this.readout = make("p", { class: "readout", role: "status" });
    this.element = make(
      "section",
      { class: "pane", "data-plane": this.plane, "aria-label": name },
      make("header", {}, make("h3", {}, name), this.caption, this.maximiseButton),
      this.view,
      make("div", { class: "scroll" }, this.playButton, this.first, this.slider, this.last),
      this.readout,
    );
  }

  listen() {
    this.view.addEventListener("pointerdown", (event) => this.pointerDown(event));
    this.view.addEventListener("pointermove", (event) => this.pointerMove(event));
    this.view.addEventListener("pointerup", (event) => this.pointerUp(event));
    this.view.addEventListener("pointercancel", (event) => this.pointers.delete(event.pointerId));
    this.view.addEventListener("contextmenu", (event) => event.preventDefault());
    this.view.addEventListener("dblclick", () => this.viewer.showsMontage || this.viewer.maximise(this.plane));
    this.view.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.view.addEventListener("keydown", (event) => this.key(event));
    this.observer = new ResizeObserver(() => this.arrange());
    this.observer.observe(this.view);
  }

  destroy() {
    this.play(false);
    this.observer.disconnect();
  }

  // ---- what it shows

  clear(message = "") {
    this.play(false);
    this.volume = null;
    this.slice = 0;
    this.wheelTravel = 0;
    this.fit();
    this.unprobe();
    this.tell(message, "waiting");
    this.tiles.replaceChildren();
    this.enable(false);
  }

  fail(message) {
    this.clear();
    this.tell(message, "failed");
  }

  tell(message, state) {
    this.element.dataset.state = state;
    this.message.textContent = message;
  }

  enable(able) {
    for (const control of [this.slider, this.playButton]) control.disabled = !able;
    for (const part of [this.canvas, this.caption, this.first, this.last]) part.hidden = !able;
    this.montage.hidden = !able || !this.viewer.showsMontage;
    this.canvas.hidden = !able || this.viewer.showsMontage;
  }

  setVolume(volume) {
    this.volume = volume;
    this.canvas.width = volume.columns;
    this.canvas.height = volume.rows;
    this.image = this.context.createImageData(volume.columns, volume.rows);
    this.slider.max = volume.slices - 1;
    this.first.textContent = "0";
    this.last.textContent = volume.slices - 1;
    this.caption.title = `${volume.slices} slices, numbered 0 to ${volume.slices - 1}`;
    this.tell("", "ready");
    this.enable(true);
    this.goTo(this.wanted ?? this.middle);
    this.arrange();
  }

  get middle() {
    return Math.floor(this.volume.slices / 2);
  }

  // Before the volume is here, it is where the pane will start.
  goTo(slice) {
    this.wanted = slice;
    if (!this.volume) return;
    this.slice = clamp(slice, 0, this.volume.slices - 1);
    this.slider.value = this.slice;
    this.slider.setAttribute("aria-valuetext", `slice ${this.slice}, numbered 0 to ${this.volume.slices - 1}`);
    this.caption.textContent = `slice ${this.slice} / ${this.volume.slices}`;
    this.markTile();
    this.tellVoxel();
    this.viewer.changed(this);
  }

  step(count) {
    this.goTo(this.slice + count);
  }

  play(on) {
    clearInterval(this.timer);
    this.timer =
      on && this.volume
        ? setInterval(() => this.goTo((this.slice + 1) % this.volume.slices), 1000 / this.viewer.speed)
        : null;
    this.caption.setAttribute("aria-live", this.timer ? "off" : "polite");
    drawIcon(this.playButton, this.timer ? "pause" : "play");
    this.playButton.setAttribute(
      "aria-label",
      (this.playButton.title = `${this.timer ? "Pause" : "Play"} ${this.plane}`),
    );
  }

  draw() {
    if (!this.volume) return;
    paint(this.image, sliceOf(this.volume, this.slice), this.viewer.greys);
    this.context.putImageData(this.image, 0, 0);
  }

  // ---- montage

  showMontage() {
    this.enable(Boolean(this.volume));
    this.unprobe();
    this.arrange();
    this.drawMontage();
  }

  drawMontage() {
    if (!this.volume || !this.viewer.showsMontage) return;
    const { slices, rows, columns } = this.volume;
    const across = this.tilesAcross;
    this.sheet.width = across * columns;
    this.sheet.height = Math.ceil(slices / across) * rows;
    const context = this.sheet.getContext("2d");
    const tile = context.createImageData(columns, rows);
    for (let slice = 0; slice < slices; slice++) {
      paint(tile, sliceOf(this.volume, slice), this.viewer.greys);
      context.putImageData(tile, (slice % across) * columns, Math.floor(slice / across) * rows);
    }
  }

  arrangeMontage() {
    const { slices, rows, columns } = this.volume;
    const scaleWith = (across) =>
      Math.min(
        this.view.clientWidth / (across * columns),
        this.view.clientHeight / (Math.ceil(slices / across) * rows),
      );
    let across = 1;
    for (let candidate = 2; candidate <= slices; candidate++)
      if (scaleWith(candidate) > scaleWith(across)) across = candidate;
    const redraw = across !== this.tilesAcross || !this.tiles.children.length;
    this.tilesAcross = across;
    const scale = scaleWith(across);
    this.montage.style.width = `${across * columns * scale}px`;
    this.montage.style.height = `${Math.ceil(slices / across) * rows * scale}px`;
    this.tiles.style.gridTemplateColumns = `repeat(${across}, 1fr)`;
    this.tiles.style.gridTemplateRows = `repeat(${Math.ceil(slices / across)}, 1fr)`;
    if (redraw) this.buildTiles();
  }

  buildTiles() {
    const pick = (slice) => () => {
      this.goTo(slice);
      this.viewer.setMontage(false);
      this.view.focus({ preventScroll: true });
    };
    this.tiles.replaceChildren(
      ...Array.from({ length: this.volume.slices }, (_, slice) =>
        make(
          "button",
          { type: "button", tabindex: "-1", "aria-label": `${this.plane} slice ${slice}`, click: pick(slice) },
          String(slice),
        ),
      ),
    );
    this.markTile();
    this.drawMontage();
  }

  markTile() {
    this.tiles.querySelector("[aria-current]")?.removeAttribute("aria-current");
    this.tiles.children[this.slice]?.setAttribute("aria-current", "true");
  }

  // ---- where the image lies in the view

  fit() {
    this.zoom = 1;
    this.shift = [0, 0];
    this.arrange();
  }

  get placement() {
    const { rows, columns } = this.volume;
    const [width, height] = [this.view.clientWidth, this.view.clientHeight];
    const scale = Math.min(width / columns, height / rows) * this.zoom;
    return {
      scale,
      left: (width - columns * scale) / 2 + this.shift[0],
      top: (height - rows * scale) / 2 + this.shift[1],
    };
  }

  arrange() {
    if (!this.volume || !this.view.clientWidth) return;
    if (this.viewer.showsMontage) this.arrangeMontage();
    const { rows, columns } = this.volume;
    const { scale } = this.placement;
    const roomX = Math.max(0, (columns * scale - this.view.clientWidth) / 2);
    const roomY = Math.max(0, (rows * scale - this.view.clientHeight) / 2);
    this.shift = [clamp(this.shift[0], -roomX, roomX), clamp(this.shift[1], -roomY, roomY)];
    const { left, top } = this.placement;
    this.canvas.style.transform = `translate(${left}px, ${top}px) scale(${scale})`;
    if (!this.probe) return;
    this.cross.style.width = this.cross.style.height = `${Math.max(scale, 13)}px`;
    this.cross.style.left = `${left + (this.probe[1] + 0.5) * scale}px`;
    this.cross.style.top = `${top + (this.probe[0] + 0.5) * scale}px`;
  }

  panBy(x, y) {
    this.shift = [this.shift[0] + x, this.shift[1] + y];
    this.arrange();
  }

  zoomBy(factor, x = this.view.clientWidth / 2, y = this.view.clientHeight / 2) {
    if (!this.volume || this.viewer.showsMontage) return;
    const before = this.placement;
    this.zoom = clamp(this.zoom * factor, 1, MAX_ZOOM);
    const after = this.placement;
    const ratio = after.scale / before.scale;
    this.panBy(x - (x - before.left) * ratio - after.left, y - (y - before.top) * ratio - after.top);
  }

  // The visible part of the image, whole voxels magnified by a whole number.
  picture() {
    const source = this.viewer.showsMontage ? this.sheet : this.canvas;
    let box = [0, 0, source.width, source.height];
    let scale = 1;
    if (!this.viewer.showsMontage) {
      const { scale: shown, left, top } = this.placement;
      const x = clamp(Math.floor(-left / shown), 0, source.width - 1);
      const y = clamp(Math.floor(-top / shown), 0, source.height - 1);
      box = [
        x,
        y,
        Math.min(source.width - x, Math.ceil(this.view.clientWidth / shown)),
        Math.min(source.height - y, Math.ceil(this.view.clientHeight / shown)),
      ];
      scale = clamp(Math.round(shown), 2, MAX_ZOOM);
    }
    return {
      source,
      box,
      width: box[2] * scale,
      height: box[3] * scale,
      title: `${capital(this.plane)}, ${this.caption.textContent}`,
    };
  }

  // ---- voxel values

  probeAt(row, column) {
    if (!this.volume) return;
    this.probe = [clamp(row, 0, this.volume.rows - 1), clamp(column, 0, this.volume.columns - 1)];
    this.cross.hidden = false;
    this.arrange();
    this.tellVoxel();
  }

  unprobe() {
    this.probe = null;
    this.cross.hidden = true;
    this.readout.textContent = "";
  }

  tellVoxel() {
    if (!this.probe) return;
    const [row, column] = this.probe;
    const value = sliceOf(this.volume, this.slice)[row * this.volume.columns + column];
    this.readout.textContent = `grey ${value} at slice ${this.slice}, row ${row}, column ${column}`;
  }

  // ---- pointer

  positionOf(event) {
    const frame = this.view.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  }

  modeOf(event) {
    if (event.button === 2) return "window";
    if (event.button === 1 || event.shiftKey) return "pan";
    return this.viewer.tool;
  }

  pointerDown(event) {
    if (!this.volume || (this.viewer.showsMontage && event.button === 0)) return;
    this.view.focus({ preventScroll: true });
    this.view.setPointerCapture(event.pointerId);
    if (event.button === 1) event.preventDefault();
    const [x, y] = this.positionOf(event);
    this.pointers.set(event.pointerId, {
      x,
      y,
      travel: 0,
      rest: 0,
      mode: this.modeOf(event),
      clicks: event.button === 0,
    });
    if (this.pointers.size > 1) for (const pointer of this.pointers.values()) pointer.clicks = false;
  }

  pointerMove(event) {
    const pointer = this.pointers.get(event.pointerId);
    if (!pointer) return;
    const [x, y] = this.positionOf(event);
    const [dx, dy] = [x - pointer.x, y - pointer.y];
    pointer.travel += Math.abs(dx) + Math.abs(dy);
    if (this.pointers.size > 1) this.pinch(event.pointerId, x, y);
    else if (pointer.travel > CLICK_REACH) this.drag(pointer, dx, dy);
    [pointer.x, pointer.y] = [x, y];
  }

  drag(pointer, dx, dy) {
    pointer.clicks = false;
    if (pointer.mode === "window") this.viewer.dragWindow(dx, dy);
    else if (pointer.mode === "pan") this.panBy(dx, dy);
    else {
      const perSlice = clamp(this.view.clientWidth / this.volume.slices, 4, 24);
      pointer.rest += (dx + dy) / perSlice;
      const steps = Math.trunc(pointer.rest);
      pointer.rest -= steps;
      if (steps) this.step(steps);
    }
  }

  pinch(id, x, y) {
    const moving = this.pointers.get(id);
    const [, still] = [...this.pointers].find(([other]) => other !== id);
    const distance = (fromX, fromY) => Math.max(1, Math.hypot(fromX - still.x, fromY - still.y));
    this.zoomBy(distance(x, y) / distance(moving.x, moving.y), (x + still.x) / 2, (y + still.y) / 2);
    this.panBy((x - moving.x) / 2, (y - moving.y) / 2);
  }

  pointerUp(event) {
    const pointer = this.pointers.get(event.pointerId);
    this.pointers.delete(event.pointerId);
    if (!pointer?.clicks || !this.volume) return;
    const { scale, left, top } = this.placement;
    const [row, column] = [Math.floor((pointer.y - top) / scale), Math.floor((pointer.x - left) / scale)];
    const inside = row >= 0 && column >= 0 && row < this.volume.rows && column < this.volume.columns;
    if (inside) this.probeAt(row, column);
    else this.unprobe();
  }

  // A wheel's notch is 100 pixels or 3 lines, a touchpad sends many small moves: both give even steps.
  wheel(event) {
    if (!this.volume) return;
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * 33;
    if (event.ctrlKey) return this.zoomBy(Math.exp(-pixels / 400), ...this.positionOf(event));
    if (Math.abs(pixels) >= 50) return this.step(Math.sign(pixels));
    this.wheelTravel += pixels;
    const steps = Math.trunc(this.wheelTravel / 25);
    this.wheelTravel -= steps * 25;
    if (steps) this.step(steps);
  }

  // ---- keyboard

  key(event) {
    if (!this.volume || event.ctrlKey || event.metaKey || event.altKey || event.target !== this.view) return;
    if (!this.arrowKey(event) && !this.otherKey(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  arrowKey({ key, shiftKey }) {
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key] ?? [0, 0];
    if (!x && !y) return false;
    if (this.probe && this.probing)
      this.probeAt(this.probe[0] + y * (shiftKey ? 10 : 1), this.probe[1] + x * (shiftKey ? 10 : 1));
    else if (shiftKey) this.panBy(-x * 20, -y * 20);
    else this.step(x + y);
    return true;
  }

  otherKey(key) {
    const { slices, rows, columns } = this.volume;
    const actions = {
      PageUp: () => this.step(-5),
      PageDown: () => this.step(5),
      Home: () => this.goTo(0),
      End: () => this.goTo(slices - 1),
      " ": () => this.play(!this.timer),
      "+": () => this.zoomBy(1.25),
      "=": () => this.zoomBy(1.25),
      "-": () => this.zoomBy(0.8),
      0: () => this.fit(),
      Enter: () => {
        this.probing = true;
        this.probeAt(...(this.probe ?? [rows >> 1, columns >> 1]));
      },
    };
    if (key === "Escape" && this.probe) {
      this.probing = false;
      this.unprobe();
      return true;
    }
    actions[key]?.();
    return key in actions;
  }
}

// ---------------------------------------------------------------- case list

class CaseList {
  constructor(viewer) {
    this.viewer = viewer;
    this.cases = viewer.index.cases;
    this.filters = {};
    this.count = make("p", { class: "count", role: "status" });
    this.search = make("input", {
      type: "search",
      placeholder: "Search ids",
      "aria-label": "Search case ids",
      autocomplete: "off",
      spellcheck: "false",
      input: () => this.filter("text", this.search.value.trim()),
      keydown: (event) => this.searchKey(event),
    });
    this.list = make("div", {
      class: "cases",
      role: "listbox",
      tabindex: "0",
      "aria-label": "Cases",
      keydown: (event) => this.key(event),
    });
    this.list.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (!row) return;
      viewer.open(this.cases[row.dataset.at]);
      if (viewer.isNarrow) viewer.showList(false);
    });
    this.rows = this.cases.map((entry, at) => this.row(entry, at));
    this.list.append(...this.rows);
    this.element = make("nav", { "aria-label": "Cases" }, this.search, this.filterBox(), this.count, this.list);
    this.apply();
  }

  row(entry, at) {
    const row = make("div", {
      role: "option",
      "data-at": at,
      id: `${this.viewer.name}-case-${at}`,
      "aria-selected": "false",
    });
    row.append(make("b", {}, entry.case));
    if (entry.split) row.append(make("span", { class: "split" }, entry.split));
    const marks = make("span", { class: "marks" });
    for (const [finding, value] of Object.entries(entry.labels ?? {})) {
      if (value === 1)
        marks.append(make("i", { title: FINDINGS[finding], "data-finding": finding }, SHORT_FINDINGS[finding]));
    }
    row.append(marks, make("span", { class: "read", hidden: true }, "read"));
    return row;
  }

  filterBox() {
    const splits = new Set(this.cases.map((entry) => entry.split).filter(Boolean));
    const anySplit = [["", "any"], ...[...splits].map((split) => [split, split])];
    const anyLabel = [["", "any"], ["1", "yes"], ["0", "no"], ["null", "no label"]];
    const findings = this.viewer.hasLabels ? Object.entries(FINDINGS) : [];
    const filters = findings.map(([finding, word]) => this.filterBy(finding, word, anyLabel));
    this.labelFilters = filters.map((filter) => filter.lastChild);
    if (splits.size > 1) filters.unshift(this.filterBy("split", "split", anySplit));
    return make("div", { class: "filters", role: "group", "aria-label": "Filters" }, ...filters);
  }

  filterBy(name, word, options) {
    return make("label", {}, word, choice(`Filter by ${word}`, options, (value) => this.filter(name, value)));
  }

  filter(name, value) {
    this.filters[name] = value;
    this.apply();
  }

  // A filter by finding would give the hidden labels away.
  hideLabels(hidden) {
    for (const select of this.labelFilters) {
      select.disabled = hidden;
      if (hidden) select.value = "";
    }
    if (hidden) for (const finding of Object.keys(FINDINGS)) delete this.filters[finding];
    this.apply();
  }

  fits(entry) {
    const { text, split } = this.filters;
    if (text && !entry.case.toLowerCase().includes(text.toLowerCase())) return false;
    if (split && entry.split !== split) return false;
    return Object.keys(FINDINGS).every(
      (finding) => !this.filters[finding] || String(entry.labels[finding]) === this.filters[finding],
    );
  }

  apply() {
    this.shown = this.cases.filter((entry, at) => !(this.rows[at].hidden = !this.fits(entry)));
    const [some, all] = [this.shown.length, this.cases.length];
    this.count.textContent =
      some < all ? `${grouped(some)} of ${grouped(all)} cases` : `${grouped(all)} case${all === 1 ? "" : "s"}`;
  }

  select(entry) {
    this.list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    const row = this.rows[this.cases.indexOf(entry)];
    row.setAttribute("aria-selected", "true");
    this.list.setAttribute("aria-activedescendant", row.id);
    const [above, below] = [
      row.offsetTop - this.list.scrollTop,
      row.offsetTop + row.offsetHeight - this.list.scrollTop - this.list.clientHeight,
    ];
    if (above < 0) this.list.scrollTop += above;
    else if (below > 0) this.list.scrollTop += below;
  }

  markRead(entry, read) {
    this.rows[this.cases.indexOf(entry)].querySelector(".read").hidden = !read;
  }

  // The case so many places on among the shown ones; from outside them, the first.
  neighbour(entry, step) {
    const at = this.shown.indexOf(entry);
    return at < 0 ? this.shown[0] : this.shown[clamp(at + step, 0, this.shown.length - 1)];
  }

  key(event) {
    const count = this.shown.length;
    const step = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10, Home: -count, End: count }[event.key];
    if (!step || !count) return;
    event.preventDefault();
    this.viewer.open(this.neighbour(this.viewer.entry, step));
  }

  searchKey(event) {
    if (event.key === "Enter" && this.shown.length) this.viewer.open(this.shown[0]);
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    this.list.focus();
  }
}

// ---------------------------------------------------------------- toolbar

class Toolbar {
  constructor(viewer) {
    this.viewer = viewer;
    const groups = [this.dragGroup(), this.windowGroup(), this.viewGroup(), this.shareGroup()];
    this.element = make("div", { class: "toolbar", role: "group", "aria-label": "Tools" }, ...groups);
  }

  group(label, ...parts) {
    return make("div", { class: "group", role: "group", "aria-label": label }, ...parts);
  }

  dragGroup() {
    const tools = ["scroll", "pan", "window"].map((tool) => {
      const input = make("input", {
        type: "radio",
        name: `${this.viewer.name}-tool`,
        value: tool,
        change: () => (this.viewer.tool = tool),
      });
      input.checked = tool === this.viewer.tool;
      return make("label", {}, input, make("span", {}, capital(tool)));
    });
    return make("fieldset", { class: "group segmented" }, make("legend", {}, "Drag"), ...tools);
  }

  windowGroup() {
    this.sliders = ["Low", "High"].map((end, at) => {
      const slider = make("input", {
        type: "range",
        min: at,
        max: 254 + at,
        "aria-label": `Window ${end.toLowerCase()}`,
        input: () => this.slide(at),
      });
      return slider;
    });
    this.levels = make("output", { class: "levels" });
    this.preset = choice("Window preset", PRESETS, (name) => this.viewer.presetWindow(name));
    return this.group("Window", make("span", { class: "label" }, "Window"), ...this.sliders, this.levels, this.preset);
  }

  slide(moved) {
    let [low, high] = this.sliders.map((slider) => Number(slider.value));
    if (low >= high) [low, high] = moved ? [high - 1, high] : [low, low + 1];
    this.viewer.setWindow([low, high]);
  }

  viewGroup() {
    const { viewer } = this;
    this.montage = toggleButton("Montage", "Every slice at once (m)", () => viewer.setMontage(!viewer.showsMontage));
    this.smooth = toggleButton("Smooth", "Interpolate between voxels, or show each as a square", () =>
      viewer.setSmooth(!viewer.smooth),
    );
    const speeds = SPEEDS.map((speed) => [speed, `${speed} slices/s`]);
    const speed = choice("Speed of play", speeds, (value) => viewer.setSpeed(Number(value)));
    speed.value = viewer.speed;
    return this.group(
      "View",
      this.montage,
      this.smooth,
      speed,
      make(
        "button",
        { type: "button", "aria-label": "Zoom out", title: "Zoom out (−)", click: () => viewer.zoomBy(0.8) },
        "−",
      ),
      make(
        "button",
        { type: "button", "aria-label": "Zoom in", title: "Zoom in (+)", click: () => viewer.zoomBy(1.25) },
        "+",
      ),
      textButton("Reset", "Slices to the middle, full window, no zoom (r)", () => viewer.reset()),
    );
  }

  shareGroup() {
    const { viewer } = this;
    const group = this.group(
      "Save and share",
      textButton("Save PNG", "Save what is shown as a picture", () => viewer.savePicture()),
    );
    if (viewer.linkable)
      group.append(textButton("Copy link", "A link to this case, these slices, this window", () => viewer.copyLink()));
    if (!viewer.index.blind) {
      group.append(
        textButton("Copy as command", "The mrnet command that returns to this place on another machine", () =>
          viewer.copyCommand(),
        ),
      );
    }
    return group;
  }

  showWindow([low, high], preset) {
    this.sliders[0].value = low;
    this.sliders[1].value = high;
    this.levels.textContent = `${low}–${high}`;
    this.preset.value = preset;
  }
}

// ---------------------------------------------------------------- reading

class Reading {
  constructor(viewer) {
    this.viewer = viewer;
    this.store = `reading-${viewer.index.id}`;
    this.answers = memory.read(this.store) ?? {};
    this.fields = Object.entries(FINDINGS).map(([finding, word]) => this.field(finding, word));
    this.note = make("textarea", {
      rows: "1",
      "aria-label": "Note",
      placeholder: "Note",
      input: () => this.keep({ note: this.note.value }),
    });
    this.progress = make("span", { class: "tally" });
    this.element = make(
      "details",
      { class: "reading", open: viewer.index.blind },
      make("summary", {}, "Reading ", this.progress),
      make(
        "form",
        { submit: (event) => event.preventDefault() },
        ...this.fields,
        this.note,
        textButton("Save reading.csv", "All answers as a table that mrnet compare reads", () => this.save()),
        textButton("Forget all", "Delete every answer from this browser", () => this.forget()),
      ),
    );
    for (const entry of viewer.index.cases) viewer.list.markRead(entry, this.isRead(entry));
    this.count();
  }

  field(finding, word) {
    const field = make("fieldset", { class: "segmented", "data-finding": finding }, make("legend", {}, word));
    for (const answer of [...Object.keys(ANSWERS), ""]) {
      const input = make("input", {
        type: "radio",
        name: `${this.viewer.name}-${finding}`,
        value: answer,
        "aria-label": answer || "not answered",
        change: () => this.keep({ [finding]: answer }),
      });
      field.append(make("label", { title: answer || "not answered" }, input, make("span", {}, answer || "–")));
    }
    return field;
  }

  show(entry) {
    const answers = this.answers[entry.key] ?? {};
    for (const field of this.fields) {
      const given = answers[field.dataset.finding] ?? "";
      for (const input of field.querySelectorAll("input")) input.checked = input.value === given;
    }
    this.note.value = answers.note ?? "";
  }

  isRead(entry) {
    return Object.values(this.answers[entry.key] ?? {}).some(Boolean);
  }

  keep(change) {
    const { entry } = this.viewer;
    this.answers[entry.key] = { ...this.answers[entry.key], ...change };
    if (!memory.write(this.store, this.answers))
      this.viewer.say("This browser keeps nothing: save reading.csv before you leave.");
    this.viewer.list.markRead(entry, this.isRead(entry));
    this.count();
  }

  count() {
    const { cases } = this.viewer.index;
    const read = cases.filter((entry) => this.isRead(entry)).length;
    this.progress.textContent = `${grouped(read)} of ${grouped(cases.length)} read`;
  }

  forget() {
    if (!confirm("Delete every answer and note from this browser?")) return;
    this.answers = {};
    memory.write(this.store, this.answers);
    for (const entry of this.viewer.index.cases) this.viewer.list.markRead(entry, false);
    this.show(this.viewer.entry);
    this.count();
  }

  table() {
    const findings = Object.keys(FINDINGS);
    const splits = this.viewer.index.blind ? [] : ["split"];
    const rows = [["case", ...findings, "unsure", ...splits, "note"]];
    for (const entry of this.viewer.index.cases.filter((entry) => this.isRead(entry))) {
      const answers = this.answers[entry.key];
      const unsure = findings.filter((finding) => answers[finding] === "unsure").join(" ");
      rows.push([
        entry.case,
        ...findings.map((finding) => ANSWERS[answers[finding]] ?? ""),
        unsure,
        ...splits.map(() => entry.split),
        answers.note ?? "",
      ]);
    }
    const quote = (cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
    return rows.map((row) => row.map(quote).join(",") + "\n").join("");
  }

  save() {
    download("reading.csv", new Blob([this.table()], { type: "text/csv" }));
    this.viewer.say("Saved reading.csv");
  }
}

// ---------------------------------------------------------------- viewer

let viewers = 0;

class Viewer {
  // linkable: the place is kept in the page's address; onChange: told of the place some moments after it moved.
  constructor(root, source, { start = {}, linkable = false, keysFrom = root, onChange = null, listOpen = true } = {}) {
    this.name = `mrnet-${++viewers}`;
    this.source = remembering(source);
    this.index = source.index;
    this.hasLabels = this.index.cases.some((entry) => entry.labels);
    Object.assign(this, { root, linkable, keysFrom, onChange });
    Object.assign(this, {
      tool: "scroll",
      speed: 10,
      smooth: true,
      showsMontage: false,
      maximised: null,
      stale: new Set(),
    });
    this.window = isWindow(start.window) ? start.window : FULL_WINDOW;
    this.greys = greyTable(this.window);
    this.build(listOpen);
    this.listen();
    this.setTheme(memory.read("theme"));
    this.setLabelsHidden(Boolean(memory.read("hide-labels")));
    this.setSmooth(this.smooth);
    this.showWindow();
    this.follow(linkable && location.hash ? { ...start, ...readLink(location.hash) } : start);
  }

  build(listOpen) {
    this.panes = PLANES.map((plane) => new Pane(this, plane));
    this.list = new CaseList(this);
    this.toolbar = new Toolbar(this);
    this.reading = new Reading(this);
    this.status = make("p", { class: "status", role: "status" });
    this.help = this.buildHelp();
    this.grid = make("div", { class: "panes" }, ...this.panes.map((pane) => pane.element));
    const stage = make(
      "div",
      { class: "stage" },
      this.buildHeader(),
      this.toolbar.element,
      this.grid,
      this.reading.element,
    );
    this.root.classList.add("mrnet");
    this.root.replaceChildren(make("div", { class: "layout" }, this.list.element, stage), this.help);
    if (this.index.notice) this.list.element.append(make("p", { class: "notice" }, this.index.notice));
    this.showList(listOpen);
    this.showTools(!this.isNarrow);
  }

  get isNarrow() {
    return this.root.clientWidth <= NARROW;
  }

  buildHeader() {
    this.listButton = iconButton("list", "Case list", () => this.showList(this.list.element.hidden));
    this.toolsButton = iconButton("tools", "Tools", () => this.showTools(this.toolbar.element.hidden));
    this.title = make("h2", {});
    this.labels = make("dl", { class: "labels" });
    this.hideBox = make("input", { type: "checkbox", change: () => this.setLabelsHidden(this.hideBox.checked) });
    const archive = make("span", { class: "archive" }, this.index.archive);
    if (this.index.synthetic) archive.append(make("em", {}, "synthetic"));
    if (this.index.blind) archive.append(make("em", {}, "blind"));
    return make(
      "header",
      { class: "top" },
      this.listButton,
      iconButton("back", "Previous case (p)", () => this.openNeighbour(-1)),
      iconButton("next", "Next case (n)", () => this.openNeighbour(1)),
      this.title,
      this.labels,
      make("label", { class: "switch", hidden: !this.hasLabels }, this.hideBox, "Hide labels"),
      this.status,
      archive,
      this.toolsButton,
      iconButton("theme", "Light or dark (t)", () => this.toggleTheme()),
      make(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": "Help",
          title: "Keys and mouse (?)",
          click: () => this.help.showModal(),
        },
        "?",
      ),
    );
  }

  buildHelp() {
    this.shortcuts = make("input", {
      type: "checkbox",
      change: () => memory.write("no-keys", !this.shortcuts.checked),
    });
    this.shortcuts.checked = !memory.read("no-keys");
    const table = (title, rows) => [
      make("h3", {}, title),
      make("dl", {}, ...rows.flatMap(([keys, text]) => [make("dt", {}, keys), make("dd", {}, text)])),
    ];
    return make(
      "dialog",
      { class: "help", "aria-label": "Keys and mouse" },
      ...table("Anywhere", KEYS), ...table("In an image", PANE_KEYS), ...table("Mouse and touch", POINTER),
      make("p", {}, "Slices, rows and columns are numbered from 0. Values are the grey levels of the file, 0 to 255."),
      make("label", { class: "switch" }, this.shortcuts, "Single-letter keys"),
      make("form", { method: "dialog" }, make("button", {}, "Close")),
    );
  }

  listen() {
    this.onKey = (event) => this.key(event);
    this.onHash = () => this.follow(readLink(location.hash));
    this.keysFrom.addEventListener("keydown", this.onKey);
    if (this.linkable) addEventListener("hashchange", this.onHash);
  }

  destroy() {
    this.opening?.abort();
    clearTimeout(this.telling);
    this.keysFrom.removeEventListener("keydown", this.onKey);
    removeEventListener("hashchange", this.onHash);
    for (const pane of this.panes) pane.destroy();
    this.root.replaceChildren();
  }

  // ---- cases

  find(key) {
    return this.index.cases.find((entry) => entry.key === key) ?? this.index.cases.find((entry) => entry.case === key);
  }

  // Go to a place: {case, at: [axial, coronal, sagittal], window}; what is absent or impossible stays as it is.
  follow(place) {
    const entry = this.find(place.case) ?? this.entry ?? this.index.cases[0];
    if (!entry) return this.say("There is no case to show.");
    if (isWindow(place.window)) this.setWindow(place.window);
    if (entry !== this.entry) this.open(entry, place.at);
    else this.panes.forEach((pane, at) => Number.isInteger(place.at?.[at]) && pane.goTo(place.at[at]));
  }

  openNeighbour(step) {
    if (this.list.shown.length) this.open(this.list.neighbour(this.entry, step));
  }

  async open(entry, at = []) {
    if (entry === this.entry) return;
    this.opening?.abort();
    this.opening = new AbortController();
    const { signal } = this.opening;
    this.entry = entry;
    this.showEntry();
    await Promise.all(this.panes.map((pane, position) => this.fill(pane, at[position], signal)));
    if (!signal.aborted) this.changed();
  }

  async fill(pane, slice, signal) {
    pane.clear("loading…");
    pane.wanted = slice;
    try {
      const volume = await this.source.load(this.entry, pane.plane, signal);
      if (!signal.aborted) pane.setVolume(volume);
    } catch (fault) {
      if (!signal.aborted) pane.fail(fault.message);
    }
  }

  showEntry() {
    const { entry } = this;
    this.title.replaceChildren(entry.case);
    if (entry.split) this.title.append(make("small", {}, entry.split));
    this.labels.replaceChildren(
      ...Object.entries(entry.labels ?? {}).map(([finding, value]) => this.labelChip(finding, value)),
    );
    this.list.select(entry);
    this.reading.show(entry);
    this.say(`Case ${entry.case}`, "quiet");
  }

  labelChip(finding, value) {
    const words = { 1: "yes", 0: "no" }[value] ?? "no label";
    return make(
      "div",
      { "data-value": String(value) },
      make("dt", {}, FINDINGS[finding] ?? finding),
      make("dd", {}, words),
    );
  }

  // ---- where it is

  get place() {
    const at = this.panes.map((pane) => (pane.volume ? pane.slice : ""));
    return { entry: this.entry, key: this.entry.key, at, window: this.window };
  }

  get shownPanes() {
    return this.maximised ? this.panes.filter((pane) => pane.plane === this.maximised) : this.panes;
  }

  get activePane() {
    return this.panes.find((pane) => pane.element.contains(document.activeElement));
  }

  // Draws at the next frame, and tells of the new place when it has come to rest: browsers ration address changes.
  changed(...panes) {
    for (const pane of panes) this.stale.add(pane);
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      for (const pane of this.stale) pane.draw();
      this.stale.clear();
    });
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.tellPlace(), 200);
  }

  tellPlace() {
    if (!this.entry) return;
    if (this.linkable) history.replaceState(null, "", writeLink(this.place));
    this.onChange?.(this.place);
  }

  say(text, tone = "loud") {
    this.status.dataset.tone = tone;
    this.status.textContent = text;
  }

  // ---- window

  setWindow(window, preset = null) {
    this.window = window;
    this.greys = greyTable(window);
    this.showWindow(preset);
    this.changed(...this.panes);
    if (this.showsMontage) for (const pane of this.panes) pane.drawMontage();
  }

  showWindow(preset) {
    const isFull = String(this.window) === String(FULL_WINDOW);
    this.toolbar.showWindow(this.window, preset ?? (isFull ? "full" : "custom"));
  }

  presetWindow(name) {
    const volumes = this.panes.map((pane) => pane.volume).filter(Boolean);
    const windows = {
      full: () => FULL_WINDOW,
      dark: () => [0, 128],
      bright: () => [96, 255],
      case: () => percentileWindow(volumes),
    };
    this.setWindow(windows[name]?.() ?? this.window, name);
  }

  dragWindow(dx, dy) {
    const [low, high] = this.window;
    const level = clamp((low + high) / 2 + dy / 2, 1, 254);
    const half = Math.max(0.5, (high - low) / 2 + dx / 2);
    const bottom = clamp(Math.round(level - half), 0, 254);
    this.setWindow([bottom, clamp(Math.round(level + half), bottom + 1, 255)]);
  }

  // ---- view

  reset() {
    this.setWindow(FULL_WINDOW);
    for (const pane of this.panes) {
      pane.fit();
      pane.unprobe();
      if (pane.volume) pane.goTo(pane.middle);
    }
  }

  zoomBy(factor) {
    for (const pane of this.activePane ? [this.activePane] : this.shownPanes) pane.zoomBy(factor);
  }

  setSpeed(speed) {
    this.speed = speed;
    for (const pane of this.panes) if (pane.timer) pane.play(true);
  }

  setSmooth(smooth) {
    this.smooth = smooth;
    this.grid.classList.toggle("smooth", smooth);
    this.toolbar.smooth.setAttribute("aria-pressed", smooth);
  }

  setMontage(on) {
    this.showsMontage = on;
    this.toolbar.montage.setAttribute("aria-pressed", on);
    for (const pane of this.panes) pane.showMontage();
    this.changed(...this.panes);
  }

  maximise(plane) {
    this.maximised = this.maximised === plane ? null : plane;
    for (const pane of this.panes) {
      const isIt = pane.plane === this.maximised;
      pane.element.hidden = Boolean(this.maximised) && !isIt;
      drawIcon(pane.maximiseButton, isIt ? "shrink" : "grow");
      pane.maximiseButton.setAttribute(
        "aria-label",
        (pane.maximiseButton.title = isIt ? "Show all planes" : `Maximise ${pane.plane}`),
      );
      if (isIt) pane.view.focus({ preventScroll: true });
    }
    this.grid.classList.toggle("single", Boolean(this.maximised));
  }

  showList(shown) {
    this.list.element.hidden = !shown;
    this.listButton.setAttribute("aria-expanded", shown);
    if (shown && this.entry) this.list.select(this.entry);
  }

  showTools(shown) {
    this.toolbar.element.hidden = !shown;
    this.toolsButton.setAttribute("aria-expanded", shown);
  }

  setLabelsHidden(hidden) {
    this.hideBox.checked = hidden;
    this.root.classList.toggle("labels-hidden", hidden);
    this.list.hideLabels(hidden);
    memory.write("hide-labels", hidden);
  }

  setTheme(theme) {
    if (theme) this.root.dataset.theme = theme;
    else delete this.root.dataset.theme;
  }

  toggleTheme() {
    const now = this.root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    this.setTheme(now === "dark" ? "light" : "dark");
    memory.write("theme", this.root.dataset.theme);
  }

  // ---- keys

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.help.open) return;
    if (event.target.matches?.("input:not([type=range], [type=radio], [type=checkbox]), textarea, select")) return;
    const actions = {
      n: () => this.openNeighbour(1),
      p: () => this.openNeighbour(-1),
      m: () => this.setMontage(!this.showsMontage),
      r: () => this.reset(),
      h: () => this.hasLabels && this.setLabelsHidden(!this.hideBox.checked),
      t: () => this.toggleTheme(),
      1: () => this.maximise("axial"),
      2: () => this.maximise("coronal"),
      3: () => this.maximise("sagittal"),
    };
    if (event.key === "Escape" && this.maximised) this.maximise(this.maximised);
    else if (event.key === "?") this.help.showModal();
    else if (this.shortcuts.checked && actions[event.key]) actions[event.key]();
    else return;
    event.preventDefault();
  }

  // ---- out of the page

  async copy(text, what) {
    try {
      await navigator.clipboard.writeText(text);
      this.say(`Copied ${what}`);
    } catch {
      prompt(`Copy ${what}:`, text);
    }
  }

  copyLink() {
    return this.copy(location.href.split("#")[0] + writeLink(this.place), "the link");
  }

  copyCommand() {
    const twice = this.index.cases.filter((entry) => entry.case === this.entry.case).length > 1;
    return this.copy(writeCommand(this.place, twice), "the command");
  }

  savePicture() {
    const panes = this.shownPanes.filter((pane) => pane.volume);
    if (!panes.length) return this.say("There is no picture to save.");
    const pictures = panes.map((pane) => pane.picture());
    const [gap, band] = [8, 28];
    const canvas = make("canvas", {
      width: pictures.reduce((sum, picture) => sum + picture.width, gap * (pictures.length - 1)),
      height: band + Math.max(...pictures.map((picture) => picture.height)),
    });
    const context = canvas.getContext("2d");
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingEnabled = this.smooth;
    context.font = "15px sans-serif";
    context.fillStyle = "#d5dbe3";
    let left = 0;
    for (const { source, box, width, height, title } of pictures) {
      context.fillText(`${this.entry.case}  ${title}`, left + 6, 19, width - 12);
      context.drawImage(source, ...box, left, band, width, height);
      left += width + gap;
    }
    const planes = panes.length < PLANES.length ? panes.map((pane) => `-${pane.plane}`).join("") : "";
    canvas.toBlob((blob) => download(`${this.entry.case}${planes}.png`, blob));
    this.say("Saved the picture");
  }
}

// ---------------------------------------------------------------- starts

export function mount(root, source, options) {
  return new Viewer(root, source, options);
}

// The notebook: the widget's traits follow the viewer, and the viewer the traits.
async function render({ model, el }) {
  // JupyterLab would take single letters for its own.
  const root = make("div", { class: "notebook", "data-lm-suppress-shortcuts": "true" });
  el.append(root);
  const source = await widgetSource(model);
  const place = () => ({
    case: model.get("case"),
    at: PLANES.map((plane) => model.get("slices")[plane] ?? null),
    window: model.get("window"),
  });
  const onChange = ({ entry, key, at, window }) => {
    const slices = Object.fromEntries(
      PLANES.map((plane, position) => [plane, at[position]]).filter(([, slice]) => slice !== ""),
    );
    model.set({ case: viewer.find(entry.case) === entry ? entry.case : key, slices, window });
    model.save_changes();
  };
  const viewer = mount(root, source, { start: place(), onChange, listOpen: false });
  const isLight = document.body.dataset.jpThemeLight;
  if (isLight) viewer.setTheme(isLight === "true" ? "light" : "dark");
  const follow = () => viewer.follow(place());
  const changes = ["change:case", "change:slices", "change:window"];
  for (const change of changes) model.on(change, follow);
  return () => {
    for (const change of changes) model.off(change, follow);
    viewer.destroy();
  };
}

export default { render };

const boot = globalThis.document?.getElementById("mrnet-boot");
if (boot) {
  const settings = JSON.parse(boot.textContent);
  const source = settings.base === undefined ? embeddedSource(settings) : servedSource(settings);
  const root = document.getElementById("mrnet");
  mount(root, source, {
    start: settings.start,
    linkable: true,
    keysFrom: document,
    listOpen: settings.index.cases.length > 1 && innerWidth > NARROW,
  });
}
