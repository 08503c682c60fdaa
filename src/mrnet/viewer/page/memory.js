// What the browser keeps between visits. It may be full, or forbidden: in a sandboxed frame, by the reader.
/** @import { Store } from "./types.js" */

const PREFIX = "mrnet-";

/** @type {Store} */
export const memory = {
  read(name) {
    try {
      return localStorage.getItem(PREFIX + name);
    } catch {
      return null;
    }
  },
  write(name, text) {
    try {
      localStorage.setItem(PREFIX + name, text);
      return true;
    } catch {
      return false;
    }
  },
  remove(name) {
    try {
      localStorage.removeItem(PREFIX + name);
    } catch {
      // What could not be written is not there.
    }
  },
  names() {
    try {
      return Object.keys(localStorage)
        .filter((name) => name.startsWith(PREFIX))
        .map((name) => name.slice(PREFIX.length));
    } catch {
      return [];
    }
  },
};

/** Tell whether anything can be kept. */
export function canRemember() {
  const kept = memory.write("test", "1");
  memory.remove("test");
  return kept;
}

/**
 * Call the listener with the name of each text that another tab has changed; the answer ends that.
 *
 * @param {(name: string) => void} listener
 */
export function onForeignChange(listener) {
  const heard = (/** @type {StorageEvent} */ event) => {
    // A tab that clears the whole storage names nothing.
    if (event.key === null || event.key.startsWith(PREFIX)) listener((event.key ?? "").slice(PREFIX.length));
  };
  addEventListener("storage", heard);
  return () => removeEventListener("storage", heard);
}
