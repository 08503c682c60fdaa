// The position and the size of an image in its view: fitted or filling, zoomed and panned. Only arithmetic.
import { clamp } from "./words.js";
/** @import { Placement, Point } from "./types.js" */

const MAX_ZOOM = 16;

export class Frame {
  zoom = 1;
  /** The image's shift from the middle, in screen pixels. @type {Point} */
  shift = [0, 0];
  width = 1;
  height = 1;
  columns = 1;
  rows = 1;
  fills = false;

  /** @returns {Placement} */
  get placement() {
    const [across, down] = [this.width / this.columns, this.height / this.rows];
    const scale = (this.fills ? Math.max(across, down) : Math.min(across, down)) * this.zoom;
    return {
      scale,
      left: (this.width - this.columns * scale) / 2 + this.shift[0],
      top: (this.height - this.rows * scale) / 2 + this.shift[1],
    };
  }

  /** @param {number} width @param {number} height */
  resize(width, height) {
    const ratio = width / this.width;
    [this.width, this.height] = [width, height];
    this.pan(this.shift[0] * (ratio - 1), this.shift[1] * (ratio - 1));
  }

  /** @param {number} columns @param {number} rows */
  hold(columns, rows) {
    [this.columns, this.rows] = [columns, rows];
    this.pan(0, 0);
  }

  fit() {
    this.zoom = 1;
    this.shift = [0, 0];
  }

  /** Move the image, at most until its edge reaches the edge of the view. @param {number} x @param {number} y */
  pan(x, y) {
    const { scale } = this.placement;
    const roomX = Math.max(0, (this.columns * scale - this.width) / 2);
    const roomY = Math.max(0, (this.rows * scale - this.height) / 2);
    this.shift = [clamp(this.shift[0] + x, -roomX, roomX), clamp(this.shift[1] + y, -roomY, roomY)];
  }

  /**
   * Zoom; the voxel under this point of the view stays under it.
   *
   * @param {number} factor
   * @param {number} x
   * @param {number} y
   */
  zoomBy(factor, x = this.width / 2, y = this.height / 2) {
    const before = this.placement;
    this.zoom = clamp(this.zoom * factor, 1, MAX_ZOOM);
    const after = this.placement;
    const ratio = after.scale / before.scale;
    this.pan(x - (x - before.left) * ratio - after.left, y - (y - before.top) * ratio - after.top);
  }

  /**
   * Return the row and the column under a point of the view; null outside the image.
   *
   * @param {number} x
   * @param {number} y
   * @returns {[row: number, column: number] | null}
   */
  voxelAt(x, y) {
    const { scale, left, top } = this.placement;
    const [row, column] = [Math.floor((y - top) / scale), Math.floor((x - left) / scale)];
    return row >= 0 && column >= 0 && row < this.rows && column < this.columns ? [row, column] : null;
  }

  /** Return the rectangle of visible voxels, and the whole number by which a saved picture magnifies them. */
  visible() {
    const { scale, left, top } = this.placement;
    const x = clamp(Math.floor(-left / scale), 0, this.columns - 1);
    const y = clamp(Math.floor(-top / scale), 0, this.rows - 1);
    const width = Math.min(this.columns - x, Math.ceil(this.width / scale));
    const height = Math.min(this.rows - y, Math.ceil(this.height / scale));
    return { x, y, width, height, scale: clamp(Math.round(scale), 2, MAX_ZOOM) };
  }
}
