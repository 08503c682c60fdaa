/** The types that the page's modules share. The type checker reads this file; the page does not load it. */

export type Plane = "axial" | "coronal" | "sagittal";
export type Finding = "abnormal" | "acl" | "meniscus";
export type Answer = "yes" | "no" | "unsure" | "";
export type Tool = "scroll" | "pan" | "window";
export type LayoutMode = "three" | "large" | "one";
export type Preset = "full" | "series" | "dark" | "bright" | "custom";

/** The grey levels drawn as black and as white. During a drag they may be fractions. */
export type Levels = readonly [low: number, high: number];
export type Point = [x: number, y: number];

export interface Entry {
  key: string;
  case: string;
  split?: string;
  labels?: Record<string, number | null>;
}

export interface Index {
  /** An id of the reading, computed from the cases and their order. */
  id: string;
  archive: string;
  /** The version of mrnet. */
  version: string;
  synthetic: boolean;
  blind: boolean;
  notice: string | null;
  /** The planes in which a case has a series. */
  planes: Plane[];
  cases: Entry[];
}

/** Voxels in the order slices, rows, columns. */
export interface Volume {
  slices: number;
  rows: number;
  columns: number;
  voxels: Uint8Array<ArrayBuffer>;
}

export interface Source {
  index: Index;
  /** Rejects with a message for the reader. */
  load(entry: Entry, plane: Plane, signal: AbortSignal): Promise<Volume>;
  close?(): void;
}

/** The view that a link, the command line or a notebook asks for. Absent parts change nothing. */
export interface Target {
  case?: string | null;
  at?: (number | null)[] | null;
  /** Two grey levels for all planes, or six numbers: two per plane. */
  window?: (number | null)[] | null;
  invert?: boolean | null;
}

/** The open view: its case, slices and grey levels. */
export interface ViewState {
  entry: Entry;
  at: (number | null)[];
  windows: Levels[];
  invert: boolean;
}

export interface Settings {
  tool: Tool;
  speed: number;
  smooth: boolean;
  fill: boolean;
  montage: boolean;
  invert: boolean;
  linked: boolean;
}

/** The functions of the viewer that a pane calls. */
export interface PaneHost {
  readonly settings: Readonly<Settings>;
  /** The slice changed. */
  moved(plane: Plane): void;
  /** The reader clicked or focused this plane. */
  activated(plane: Plane): void;
  /** Make the plane larger, or return to the layout before; the title's button and a double click do this. */
  promote(plane: Plane): void;
  /** Start a drag that changes grey levels; the returned function takes the distance from the start, in pixels. */
  grabWindow(plane: Plane): (dx: number, dy: number) => void;
  leaveMontage(): void;
  retry(plane: Plane): void;
}

export interface Placement {
  scale: number;
  left: number;
  top: number;
}

export interface Given {
  answer: Answer;
  /** 0: surely absent, 100: surely present. */
  confidence: number | null;
  /** The slice that shows it best, such as `sagittal 14`. */
  slice: string;
}

export type ReadingState = "open" | "partial" | "complete";

/** A store of texts by name; `write` returns whether the text was stored. */
export interface Store {
  read(name: string): string | null;
  write(name: string, text: string): boolean;
  remove(name: string): void;
  names(): string[];
}

/** The part of anywidget's model that the page uses in a notebook. */
export interface WidgetModel {
  get(name: string): any;
  set(changes: Record<string, unknown>): void;
  save_changes(): void;
  on(event: string, listener: (...heard: any[]) => void): void;
  off(event: string, listener: (...heard: any[]) => void): void;
  send(message: unknown): void;
}

/** The functions of the viewer that the toolbar, the list and the grid call. */
export interface Actions {
  readonly settings: Readonly<Settings>;
  open(entry: Entry): void;
  openNeighbour(step: number): void;
  /** The next case that is not fully answered. */
  openNext(): void;
  toggleList(): void;
  toggleGrid(): void;
  toggleCompare(): void;
  setMontage(on: boolean): void;
  setLayout(mode: LayoutMode): void;
  cycleLayout(): void;
  promote(plane: Plane): void;
  change(changes: Partial<Omit<Settings, "montage" | "invert">>): void;
  setInvert(on: boolean): void;
  setPreset(preset: Preset): void;
  /** Switch between the full range and the levels of each series. */
  togglePreset(): void;
  slideLevels(levels: Levels): void;
  setLabelsHidden(hidden: boolean): void;
  toggleLabels(): void;
  zoomBy(factor: number): void;
  reset(): void;
  savePicture(): void;
  print(): void;
  copyLink(): void;
  copyCommand(): void;
  toggleFullScreen(): void;
  toggleTheme(): void;
  showHelp(): void;
}
