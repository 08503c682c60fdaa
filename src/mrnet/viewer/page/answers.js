// The answers of one reading. Each finding of each case is stored as a separate entry, so that two tabs cannot
// overwrite each other's answers. This module does not import any part of the page.
import { FINDING_NAMES, PLANES } from "./words.js";
/** @import { Answer, Entry, Finding, Given, ReadingState, Store } from "./types.js" */

/** @type {Given} */
const NOTHING = { answer: "", confidence: null, slice: "" };
/** @type {Record<Answer, string>} */
const LABELS = { yes: "1", no: "0", unsure: "", "": "" };

/**
 * @typedef {object} Loaded What a table held.
 * @property {number} cases how many of its cases are here
 * @property {number} strangers how many are not
 * @property {(() => void)[]} added one call for each answer that was missing here
 * @property {(() => void)[]} changed one call for each that differs from the one here
 */

export class Answers {
  /**
   * @param {string} reading names the cases and their order
   * @param {readonly Entry[]} cases
   * @param {Store} store
   */
  constructor(reading, cases, store) {
    this.reading = reading;
    this.cases = cases;
    this.store = store;
    this.prefix = `reading/${reading}/`;
    /** @type {Map<string, string>} */
    this.texts = new Map();
    /** Names whose newest text could not be stored. @type {Set<string>} */
    this.unstored = new Set();
    this.refresh("");
  }

  /**
   * Read the store again: one name, or with "" all. Return whether the name belongs to this reading.
   * Answers that another tab removed with the whole storage are written back.
   *
   * @param {string} name
   */
  refresh(name) {
    if (name && !name.startsWith(this.prefix)) return false;
    for (const each of name ? [name] : this.store.names()) {
      if (!each.startsWith(this.prefix)) continue;
      const text = this.store.read(each);
      if (text === null) this.texts.delete(each);
      else this.texts.set(each, text);
    }
    if (!name) for (const [each, text] of this.texts) if (this.store.read(each) !== text) this.write(each, text);
    return true;
  }

  /** @param {Entry} entry @param {Finding} finding @returns {Given} */
  given(entry, finding) {
    try {
      return {
        ...NOTHING,
        ...JSON.parse(this.texts.get(this.nameOf(entry, finding)) ?? "{}"),
      };
    } catch {
      return NOTHING;
    }
  }

  /** @param {Entry} entry */
  note(entry) {
    return this.texts.get(this.nameOf(entry, "note")) ?? "";
  }

  /**
   * Change a part of an answer; return whether it was stored.
   *
   * @param {Entry} entry
   * @param {Finding} finding
   * @param {Partial<Given>} change
   */
  give(entry, finding, change) {
    const given = { ...this.given(entry, finding), ...change };
    const isEmpty = !given.answer && given.confidence === null && !given.slice;
    return this.keep(this.nameOf(entry, finding), isEmpty ? "" : JSON.stringify(given));
  }

  /** @param {Entry} entry @param {string} text */
  setNote(entry, text) {
    return this.keep(this.nameOf(entry, "note"), text);
  }

  /** @param {Entry} entry @param {string} what */
  nameOf(entry, what) {
    return `${this.prefix}${entry.key}/${what}`;
  }

  /** @param {string} name @param {string} text */
  keep(name, text) {
    this.unstored.delete(name);
    if (text === "") {
      this.texts.delete(name);
      this.store.remove(name);
      return true;
    }
    this.texts.set(name, text);
    const stored = this.write(name, text);
    // The store has space again: store the entries that it had refused, too.
    if (stored) for (const each of [...this.unstored]) this.write(each, this.texts.get(each) ?? "");
    return stored;
  }

  /** @param {string} name @param {string} text */
  write(name, text) {
    const stored = this.store.write(name, text);
    if (stored) this.unstored.delete(name);
    else this.unstored.add(name);
    return stored;
  }

  forget() {
    for (const name of [...this.texts.keys()]) this.keep(name, "");
  }

  /** @param {Entry} entry @returns {ReadingState} */
  state(entry) {
    const answered = FINDING_NAMES.filter((finding) => this.given(entry, finding).answer).length;
    return answered === 0 ? "open" : answered < FINDING_NAMES.length ? "partial" : "complete";
  }

  tally() {
    const tally = { complete: 0, partial: 0, open: 0 };
    for (const entry of this.cases) tally[this.state(entry)]++;
    return tally;
  }

  /**
   * Return the next case that is not complete; after the last case the search continues with the first. Null if all
   * cases are complete.
   *
   * @param {Entry | null} entry
   */
  nextOpen(entry) {
    const at = entry ? this.cases.indexOf(entry) : -1;
    const order = [...this.cases.slice(at + 1), ...this.cases.slice(0, at + 1)];
    return order.find((each) => this.state(each) !== "complete") ?? null;
  }

  /** @param {Entry} entry */
  isTouched(entry) {
    return FINDING_NAMES.some((finding) => this.texts.has(this.nameOf(entry, finding))) || this.note(entry) !== "";
  }

  /** Return the reading as a table that `mrnet compare` reads; the first row is the header row. */
  rows() {
    const hasSplits = this.cases.some((entry) => entry.split);
    const details = FINDING_NAMES.flatMap((name) => [`${name}_confidence`, `${name}_slice`, `${name}_unsure`]);
    const rows = [["case", ...FINDING_NAMES, ...details, ...(hasSplits ? ["split"] : []), "note", "reading"]];
    for (const entry of this.cases.filter((each) => this.isTouched(each))) {
      const given = FINDING_NAMES.map((finding) => this.given(entry, finding));
      rows.push([
        entry.case,
        ...given.map(({ answer }) => LABELS[answer]),
        ...given.flatMap(({ answer, confidence, slice }) => [
          confidence === null ? "" : String(confidence),
          slice,
          answer === "unsure" ? "1" : "",
        ]),
        ...(hasSplits ? [entry.split ?? ""] : []),
        this.note(entry),
        this.reading,
      ]);
    }
    return rows;
  }

  /**
   * Compare a saved table with the answers of this page, and change nothing yet.
   *
   * @param {Record<string, string>[]} rows
   * @returns {Loaded}
   */
  load(rows) {
    /** @type {Loaded} */
    const loaded = { cases: 0, strangers: 0, added: [], changed: [] };
    for (const row of rows) {
      const entry = this.cases.find((each) => isRowOf(row, each));
      if (!entry) loaded.strangers++;
      else {
        loaded.cases++;
        this.loadRow(entry, row, loaded);
      }
    }
    return loaded;
  }

  /** @param {Entry} entry @param {Record<string, string>} row @param {Loaded} loaded */
  loadRow(entry, row, loaded) {
    for (const finding of FINDING_NAMES) {
      const given = givenIn(row, finding);
      const here = this.given(entry, finding);
      const isHere = this.texts.has(this.nameOf(entry, finding));
      if (JSON.stringify(given) === JSON.stringify(isHere ? here : NOTHING)) continue;
      if (JSON.stringify(given) === JSON.stringify(NOTHING)) continue;
      (isHere ? loaded.changed : loaded.added).push(() => this.give(entry, finding, given));
    }
    const note = row.note ?? "";
    if (note && note !== this.note(entry).trim()) {
      (this.note(entry) ? loaded.changed : loaded.added).push(() => this.setNote(entry, note));
    }
  }

  /**
   * Return whether a table comes from other cases, or from the same cases in another order, so that a blind name means
   * another case.
   *
   * @param {Record<string, string>[]} rows
   */
  isOther(rows) {
    const isBlind = this.cases.some((entry) => !entry.split);
    return isBlind && rows.some((row) => row.reading && row.reading !== this.reading);
  }
}

/**
 * Return whether a row is about this case; spreadsheets remove the zeros before a number.
 *
 * @param {Record<string, string>} row
 * @param {Entry} entry
 */
function isRowOf(row, entry) {
  const isCase = entry.case === row.case || entry.case === row.case?.padStart(4, "0");
  return isCase && (!row.split || entry.split === row.split);
}

/**
 * Return whether a cell holds this number; pandas writes 1 as 1.0 in a column with empty cells.
 *
 * @param {string | undefined} cell
 * @param {number} number
 */
function isNumber(cell, number) {
  return Boolean(cell) && Number(cell) === number;
}

/** @param {Record<string, string>} row @param {Finding} finding @returns {Given} */
function givenIn(row, finding) {
  const confidence = Number(row[`${finding}_confidence`] || NaN);
  const slice = row[`${finding}_slice`] ?? "";
  const [plane, number] = slice.split(" ");
  /** @type {Answer} */
  const label = isNumber(row[finding], 1) ? "yes" : isNumber(row[finding], 0) ? "no" : "";
  return {
    answer: isNumber(row[`${finding}_unsure`], 1) ? "unsure" : label,
    confidence: confidence >= 0 && confidence <= 100 ? confidence : null,
    slice: PLANES.some((each) => each === plane) && /^\d+$/.test(number ?? "") ? slice : "",
  };
}
