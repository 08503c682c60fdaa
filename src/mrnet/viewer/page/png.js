// Adds a text to a PNG; `mrnet recipe` reads it.

const IHDR_END = 33; // Bytes: the signature and the first chunk, whose length is fixed.

/** @param {Uint8Array} bytes */
function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/**
 * Return the PNG with a tEXt chunk after its header.
 *
 * @param {Uint8Array} png
 * @param {string} keyword
 * @param {string} text ASCII
 */
export function withText(png, keyword, text) {
  const data = new TextEncoder().encode(`tEXt${keyword}\0${text}`);
  const chunk = new Uint8Array(data.length + 8);
  const numbers = new DataView(chunk.buffer);
  numbers.setUint32(0, data.length - 4);
  chunk.set(data, 4);
  numbers.setUint32(data.length + 4, crc32(data));
  const whole = new Uint8Array(png.length + chunk.length);
  whole.set(png.subarray(0, IHDR_END));
  whole.set(chunk, IHDR_END);
  whole.set(png.subarray(IHDR_END), IHDR_END + chunk.length);
  return whole;
}

/**
 * Return the note that mrnet writes into its pictures.
 *
 * @param {string} version
 * @param {string} command
 * @param {string} fingerprint
 */
export function noteText(version, command, fingerprint) {
  const note = JSON.stringify({ mrnet: version, command, fingerprint });
  return note.replace(/[\u0080-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
