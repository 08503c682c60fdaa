// Texts that the browser keeps between visits. The storage may be full; a sandboxed frame or the reader may forbid it.
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
      // Without a storage there is nothing to remove.
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

/** Return whether a text can be stored. */
export function canRemember() {
  const kept = memory.write("test", "1");
  memory.remove("test");
  return kept;
}

/**
 * Call the listener with the name of each text that another tab has changed; the returned function stops this.
 *
 * @param {(name: string) => void} listener
 */
export function onForeignChange(listener) {
  const heard = (/** @type {StorageEvent} */ event) => {
    // The event has no key if a tab cleared the whole storage.
    if (event.key === null || event.key.startsWith(PREFIX)) listener((event.key ?? "").slice(PREFIX.length));
  };
  addEventListener("storage", heard);
  return () => removeEventListener("storage", heard);
}
