// Translates the events of mouse, pen, fingers and wheel into actions: scroll, pan, zoom, window, click.
import { clamp } from "./words.js";
/** @import { Point, Tool } from "./types.js" */

const MAX_CLICK_PX = 4; // A pointer that moves further is dragged, not clicked.
const MIN_NOTCH_PX = 30; // An event of a wheel's notch has at least these, most events of a touchpad fewer.
const [MIN_SLOW_NOTCH_PX, PAUSE_MS] = [3, 150]; // On macOS a slow wheel's notch has 4 pixels.

/**
 * @typedef {object} Handlers
 * @property {(event: PointerEvent) => boolean} accepts
 * @property {() => Tool} tool
 * @property {() => number} pixelsPerSlice
 * @property {(slices: number) => void} scroll
 * @property {(dx: number, dy: number) => void} pan
 * @property {(factor: number, x: number, y: number) => void} zoom
 * @property {() => (dx: number, dy: number) => void} grabWindow
 * @property {(x: number, y: number) => void} click
 */

/**
 * @typedef {object} Pointer
 * @property {number} x
 * @property {number} y
 * @property {Point} start
 * @property {number} travel CSS pixels so far
 * @property {number} rest slices not scrolled yet
 * @property {Tool} mode
 * @property {boolean} clicks whether it may still become a click
 * @property {((dx: number, dy: number) => void) | null} window
 */

// One notch of a wheel is one slice, in all browsers and units. The small moves of a touchpad are added up.
export class Wheel {
  travel = 0;
  last = -Infinity;

  /**
   * Return how many slices to scroll.
   *
   * @param {number} delta
   * @param {boolean} isPixels else lines or pages
   * @param {number} time milliseconds
   */
  steps(delta, isPixels, time) {
    const isFirst = time - this.last > PAUSE_MS && Math.abs(delta) >= MIN_SLOW_NOTCH_PX;
    this.last = time;
    if (!isPixels || Math.abs(delta) >= MIN_NOTCH_PX || isFirst) {
      this.travel = 0;
      return Math.sign(delta);
    }
    if (this.travel * delta < 0) this.travel = 0;
    this.travel += delta;
    const steps = Math.trunc(this.travel / MIN_NOTCH_PX);
    this.travel -= steps * MIN_NOTCH_PX;
    return steps;
  }
}

export class Gestures {
  /** @type {Map<number, Pointer>} */
  pointers = new Map();
  wheel = new Wheel();

  /** @param {HTMLElement} element @param {Handlers} handlers */
  constructor(element, handlers) {
    this.element = element;
    this.handlers = handlers;
    element.addEventListener("pointerdown", (event) => this.down(event));
    element.addEventListener("pointermove", (event) => this.move(event));
    element.addEventListener("pointerup", (event) => this.up(event));
    element.addEventListener("pointercancel", (event) => this.pointers.delete(event.pointerId));
    element.addEventListener("wheel", (event) => this.turn(event), { passive: false });
    element.addEventListener("contextmenu", (event) => {
      event.preventDefault();
      event.stopPropagation();
    });
  }

  /** @param {MouseEvent} event @returns {Point} */
  positionOf(event) {
    const box = this.element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  /** @param {PointerEvent} event @returns {Tool} */
  modeOf(event) {
    if (event.button === 2) return "window";
    if (event.button === 1 || event.shiftKey) return "pan";
    return this.handlers.tool();
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (!this.handlers.accepts(event)) return;
    this.element.focus({ preventScroll: true });
    this.element.setPointerCapture(event.pointerId);
    if (event.button === 1) event.preventDefault();
    const [x, y] = this.positionOf(event);
    const mode = this.modeOf(event);
    const window = mode === "window" ? this.handlers.grabWindow() : null;
    const clicks = event.button === 0 && this.pointers.size === 0;
    this.pointers.set(event.pointerId, {
      x,
      y,
      start: [x, y],
      travel: 0,
      rest: 0,
      mode,
      clicks,
      window,
    });
    if (this.pointers.size > 1) for (const pointer of this.pointers.values()) pointer.clicks = false;
  }

  /** @param {PointerEvent} event */
  move(event) {
    const pointer = this.pointers.get(event.pointerId);
    if (!pointer) return;
    const [x, y] = this.positionOf(event);
    pointer.travel += Math.abs(x - pointer.x) + Math.abs(y - pointer.y);
    if (this.pointers.size > 1) this.pinch(event.pointerId, pointer, x, y);
    else if (pointer.travel > MAX_CLICK_PX) this.drag(pointer, x, y);
    [pointer.x, pointer.y] = [x, y];
  }

  /** @param {Pointer} pointer @param {number} x @param {number} y */
  drag(pointer, x, y) {
    pointer.clicks = false;
    if (pointer.window) pointer.window(x - pointer.start[0], y - pointer.start[1]);
    else if (pointer.mode === "pan") this.handlers.pan(x - pointer.x, y - pointer.y);
    else {
      pointer.rest += (x - pointer.x + y - pointer.y) / clamp(this.handlers.pixelsPerSlice(), 4, 24);
      const steps = Math.trunc(pointer.rest);
      pointer.rest -= steps;
      if (steps) this.handlers.scroll(steps);
    }
  }

  /** @param {number} id @param {Pointer} moving @param {number} x @param {number} y */
  pinch(id, moving, x, y) {
    const still = [...this.pointers].find(([other]) => other !== id)?.[1];
    if (!still) return;
    const distance = (/** @type {number} */ fromX, /** @type {number} */ fromY) =>
      Math.max(1, Math.hypot(fromX - still.x, fromY - still.y));
    const factor = distance(x, y) / distance(moving.x, moving.y);
    this.handlers.zoom(factor, (x + still.x) / 2, (y + still.y) / 2);
    this.handlers.pan((x - moving.x) / 2, (y - moving.y) / 2);
  }

  /** @param {PointerEvent} event */
  up(event) {
    const pointer = this.pointers.get(event.pointerId);
    this.pointers.delete(event.pointerId);
    if (pointer?.clicks) this.handlers.click(pointer.x, pointer.y);
  }

  /** @param {WheelEvent} event */
  turn(event) {
    event.preventDefault();
    const isPixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL;
    if (event.ctrlKey) {
      const pixels = isPixels ? event.deltaY : event.deltaY * 33;
      return this.handlers.zoom(Math.exp(-pixels / 400), ...this.positionOf(event));
    }
    const steps = this.wheel.steps(event.deltaY, isPixels, event.timeStamp);
    if (steps) this.handlers.scroll(steps);
  }
}
