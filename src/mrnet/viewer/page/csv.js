// CSV files, as spreadsheets and mrnet write and read them.

/** @param {readonly (readonly string[])[]} rows */
export function writeCsv(rows) {
  const quote = (/** @type {string} */ cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return rows.map((row) => row.map(quote).join(",") + "\n").join("");
}

/**
 * Return the rows of a CSV; the separator may be a comma, a semicolon or a tab, because spreadsheets change it.
 *
 * @param {string} text
 * @returns {string[][]}
 */
export function parseCsv(text) {
  const body = text.replace(/^\uFEFF/, "");
  const firstLine = body.split(/\r?\n/, 1)[0] ?? "";
  const separator = [",", ";", "\t"].find((each) => firstLine.includes(each)) ?? ",";
  const cellPattern = new RegExp(`("(?:[^"]|"")*"|[^${separator}"\\r\\n]*)(${separator}|\\r?\\n|\\r|$)`, "gy");
  /** @type {string[][]} */
  const rows = [];
  /** @type {string[]} */
  let row = [];
  while (cellPattern.lastIndex < body.length) {
    const found = cellPattern.exec(body);
    if (!found) throw new Error(`Line ${rows.length + 1} is not CSV.`);
    const [, cell = "", end = ""] = found;
    row.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (end === separator) continue;
    rows.push(row);
    row = [];
  }
  if (row.length) rows.push([...row, ""]);
  return rows.filter((each) => each.some(Boolean));
}

/**
 * Return each row below the header row as an object with the header's names.
 *
 * @param {string[][]} rows
 * @returns {Record<string, string>[]}
 */
export function byColumn(rows) {
  const [header = [], ...below] = rows;
  return below.map((row) => Object.fromEntries(header.map((name, at) => [name.trim(), (row[at] ?? "").trim()])));
}
