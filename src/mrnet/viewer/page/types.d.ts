/** What the modules of the page hand to each other. The type checker reads it; the page does not load it. */

export type Plane = "axial" | "coronal" | "sagittal";
export type Finding = "abnormal" | "acl" | "meniscus";
export type Answer = "yes" | "no" | "unsure" | "";
export type Tool = "scroll" | "pan" | "window";
export type LayoutMode = "three" | "large" | "one";
export type Preset = "full" | "series" | "dark" | "bright" | "custom";

/** Grey levels shown as black and as white; fractions between drags, whole numbers where they are shown. */
export type Levels = readonly [low: number, high: number];
export type Point = [x: number, y: number];

export interface Entry {
  key: string;
  case: string;
  split?: string;
  labels?: Record<string, number | null>;
}

export interface Index {
  /** Names the reading: the cases and their order. */
  id: string;
  archive: string;
  /** Of mrnet. */
  version: string;
  synthetic: boolean;
  blind: boolean;
  notice: string | null;
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

/** Where a link, the command line or a notebook wants the viewer to be; what is absent stays as it is. */
export interface Target {
  case?: string | null;
  at?: (number | null)[] | null;
  /** Two grey levels for all planes, or six: two for each plane. */
  window?: (number | null)[] | null;
  invert?: boolean | null;
}

/** Where the viewer is. */
export interface Place {
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

/** What a pane may ask of the viewer. */
export interface PaneHost {
  readonly settings: Readonly<Settings>;
  /** The slice changed. */
  moved(plane: Plane): void;
  /** The reader turned to this plane. */
  activated(plane: Plane): void;
  /** The title's button or a double click: make the plane larger, or return. */
  promote(plane: Plane): void;
  /** A drag starts that changes grey levels; the answer is called with the pixels travelled since then. */
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

/** A store of texts by name; `write` tells whether the text was kept. */
export interface Store {
  read(name: string): string | null;
  write(name: string, text: string): boolean;
  remove(name: string): void;
  names(): string[];
}

/** The part of anywidget's model that the notebook's side uses. */
export interface WidgetModel {
  get(name: string): any;
  set(changes: Record<string, unknown>): void;
  save_changes(): void;
  on(event: string, listener: (...heard: any[]) => void): void;
  off(event: string, listener: (...heard: any[]) => void): void;
  send(message: unknown): void;
}

/** What the bar, the list and the grid may ask of the viewer. */
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
  setTool(tool: Tool): void;
  setSpeed(speed: number): void;
  setSmooth(on: boolean): void;
  setFill(on: boolean): void;
  setLinked(on: boolean): void;
  setInvert(on: boolean): void;
  setPreset(preset: Preset): void;
  /** Full levels, or those of each series. */
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
