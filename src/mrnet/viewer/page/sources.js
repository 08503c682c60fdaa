// The sources of voxels (the server, the offline file, the notebook's kernel), and a cache in front of them.
/** @import { Entry, Index, Plane, Source, Volume, WidgetModel } from "./types.js" */

const MAX_SERVER_MS = 120_000; // Per series: the server may have to fetch it over a network.
const MAX_KEPT_SERIES = 15; // Five cases: some 30 MB.
const MAX_KERNEL_SILENCE_MS = 60_000;
export const GONE_KERNEL = "The notebook’s kernel does not know this viewer any more: run its cell again.";

/** @param {string | null | undefined} shape @param {Uint8Array<ArrayBuffer>} voxels @returns {Volume} */
function volumeOf(shape, voxels) {
  const [slices = 0, rows = 0, columns = 0] = (shape ?? "").split(" ").map(Number);
  if (voxels.length !== slices * rows * columns || !voxels.length) {
    throw new Error(`${voxels.length} voxels arrived where the shape ${shape} promises ${slices * rows * columns}.`);
  }
  return { slices, rows, columns, voxels };
}

/** @param {{ index: Index, base: string }} settings @returns {Source} */
export function servedSource({ index, base }) {
  const gone = "The program that serves this page does not answer: is `mrnet browse` still running?";
  return {
    index,
    async load(entry, plane, signal) {
      const address = `${base}volume/${entry.key.split("/").map(encodeURIComponent).join("/")}/${plane}`;
      const ends = AbortSignal.any([signal, AbortSignal.timeout(MAX_SERVER_MS)]);
      try {
        const answer = await fetch(address, { signal: ends, cache: "no-store" });
        if (!answer.ok) throw new SeriesError(await answer.text());
        return volumeOf(answer.headers.get("X-Shape"), new Uint8Array(await answer.arrayBuffer()));
      } catch (fault) {
        if (fault instanceof SeriesError || signal.aborted) throw fault;
        throw new Error(gone, { cause: fault });
      }
    },
  };
}

class SeriesError extends Error {}

/** @param {string} text @returns {Uint8Array<ArrayBuffer>} */
function decodeBase64(text) {
  // @ts-expect-error Browsers have this method since 2025; TypeScript's library does not declare it yet.
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** @param {{ index: Index }} settings @returns {Source} */
export function embeddedSource({ index }) {
  return {
    index,
    async load(entry, plane) {
      const block = document.getElementById(`volume/${entry.key}/${plane}`);
      if (!block) throw new Error("This file holds no such series.");
      if (block.dataset.error) throw new Error(block.dataset.error);
      return volumeOf(block.dataset.shape, await inflate(decodeBase64(block.textContent ?? "")));
    },
  };
}

/**
 * @typedef {object} Reply
 * @property {{ id: string, error?: string, shape?: string, index?: Index }} answer
 * @property {(DataView | ArrayBuffer)[]} buffers
 */

/** Requests to the kernel, each answered by a message. Voxels are not traits: a saved notebook would contain them. */
class Kernel {
  /** @type {Map<string, { resolve(reply: Reply): void, reject(fault: Error): void }>} */
  waiting = new Map();
  asked = 0;

  /** @param {WidgetModel} model */
  constructor(model) {
    this.model = model;
    this.asker = Math.random().toString(36).slice(2);
    this.hear = (/** @type {Reply["answer"]} */ answer, /** @type {Reply["buffers"]} */ buffers) => {
      const waiting = this.waiting.get(answer.id);
      if (!waiting) return;
      if (answer.error) waiting.reject(new Error(answer.error));
      else waiting.resolve({ answer, buffers });
    };
    model.on("msg:custom", this.hear);
  }

  /** @param {Record<string, string>} question @returns {Promise<Reply>} */
  ask(question) {
    const id = `${this.asker}-${this.asked++}`;
    /** @type {Promise<Reply>} */
    const reply = new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      setTimeout(() => reject(new Error(GONE_KERNEL)), MAX_KERNEL_SILENCE_MS);
      try {
        this.model.send({ id, ...question });
      } catch {
        reject(new Error(GONE_KERNEL));
      }
    });
    return reply.finally(() => this.waiting.delete(id));
  }

  close() {
    this.model.off("msg:custom", this.hear);
    for (const { reject } of this.waiting.values()) reject(new Error(GONE_KERNEL));
  }
}

/** @param {WidgetModel} model @returns {Promise<Source>} */
export async function widgetSource(model) {
  const kernel = new Kernel(model);
  const { answer } = await kernel.ask({ ask: "index" });
  if (!answer.index) throw new Error(GONE_KERNEL);
  return {
    index: answer.index,
    async load(entry, plane) {
      const reply = await kernel.ask({ ask: "volume", key: entry.key, plane });
      const [data] = reply.buffers;
      if (!data) throw new Error("The kernel sent no voxels.");
      const bytes = ArrayBuffer.isView(data)
        ? new Uint8Array(/** @type {ArrayBuffer} */ (data.buffer), data.byteOffset, data.byteLength)
        : new Uint8Array(data);
      return volumeOf(reply.answer.shape, bytes);
    },
    close: () => kernel.close(),
  };
}

/**
 * @typedef {object} Request
 * @property {Promise<Volume>} volume
 * @property {AbortController} ends
 * @property {number} wanted how many still wait for it
 */

/** A cache of the last series. Two requests for the same series at the same time share one answer. */
export class SeriesMemory {
  /** @type {Map<string, Volume>} */
  kept = new Map();
  /** @type {Map<string, Request>} */
  onTheirWay = new Map();

  /** @param {Source} source */
  constructor(source) {
    this.source = source;
  }

  /** @param {Entry} entry @param {Plane} plane @param {AbortSignal} signal @returns {Promise<Volume>} */
  async load(entry, plane, signal) {
    const name = `${entry.key}/${plane}`;
    const volume = this.kept.get(name) ?? (await this.request(name, entry, plane, signal));
    this.kept.delete(name);
    this.kept.set(name, volume);
    const oldest = this.kept.keys().next().value;
    if (this.kept.size > MAX_KEPT_SERIES && oldest !== undefined) this.kept.delete(oldest);
    return volume;
  }

  /** @param {string} name @param {Entry} entry @param {Plane} plane @param {AbortSignal} signal */
  request(name, entry, plane, signal) {
    const request = this.onTheirWay.get(name) ?? this.start(name, entry, plane);
    request.wanted++;
    signal.addEventListener(
      "abort",
      () => {
        if (--request.wanted > 0) return;
        this.onTheirWay.delete(name);
        request.ends.abort();
      },
      { once: true },
    );
    return request.volume;
  }

  /** @param {string} name @param {Entry} entry @param {Plane} plane @returns {Request} */
  start(name, entry, plane) {
    const ends = new AbortController();
    const request = { volume: this.source.load(entry, plane, ends.signal), ends, wanted: 0 };
    this.onTheirWay.set(name, request);
    const isOver = () => {
      if (this.onTheirWay.get(name) === request) this.onTheirWay.delete(name);
    };
    request.volume.then(isOver, isOver);
    return request;
  }

  /**
   * Load a case before it is opened. An error is shown only if the case is opened.
   *
   * @param {Entry} entry
   * @param {AbortSignal} signal
   */
  async prefetch(entry, signal) {
    for (const plane of this.source.index.planes) {
      if (signal.aborted) return;
      await this.load(entry, plane, signal).catch(() => null);
    }
  }
}
