// The list of cases, with search, filters and keys.
import { choice, make } from "./dom.js";
import { FINDINGS, FINDING_NAMES, SHORT_FINDINGS, clamp, grouped } from "./words.js";
/** @import { Entry, Finding, ReadingState } from "./types.js" */

const STATES = { open: "", partial: "part", complete: "read" };

export class CaseList {
  /** @type {Record<string, string>} */
  filters = {};
  /** @type {HTMLSelectElement[]} */
  labelFilters = [];
  /** @type {Entry[]} */
  shown = [];
  /** @type {Entry | null} */
  entry = null;

  /**
   * @param {readonly Entry[]} cases
   * @param {{ name: string, hasLabels: boolean, open(entry: Entry): void, filtered(): void }} what
   */
  constructor(cases, { name, hasLabels, open, filtered }) {
    this.cases = cases;
    this.open = open;
    this.filtered = filtered;
    this.count = make("p", { class: "count", role: "status" });
    this.search = make("input", {
      type: "search",
      placeholder: "Search ids",
      "aria-label": "Search case ids",
      autocomplete: "off",
      spellcheck: "false",
      input: () => this.filter("text", this.search.value.trim()),
      keydown: (/** @type {KeyboardEvent} */ event) => this.searchKey(event),
    });
    this.list = make("div", {
      class: "cases",
      role: "listbox",
      tabindex: "0",
      "aria-label": "Cases",
      keydown: (/** @type {KeyboardEvent} */ event) => this.key(event),
      click: (/** @type {MouseEvent} */ event) => this.click(event),
    });
    this.rows = cases.map((entry, at) => caseRow(entry, at, name));
    this.list.append(...this.rows);
    const filterBox = this.filterBox(hasLabels);
    this.element = make("nav", { "aria-label": "Cases" }, this.search, filterBox, this.count, this.list);
    this.apply();
  }

  /** @param {boolean} hasLabels */
  filterBox(hasLabels) {
    const splits = [...new Set(this.cases.flatMap((entry) => entry.split ?? []))];
    /** @type {[string, string][]} */
    const anyLabel = [
      ["", "any"],
      ["1", "yes"],
      ["0", "no"],
      ["null", "no label"],
    ];
    const findings = hasLabels ? FINDING_NAMES : [];
    const filters = findings.map((finding) => this.filterBy(finding, FINDINGS[finding], anyLabel));
    this.labelFilters = filters.map((filter) => /** @type {HTMLSelectElement} */ (filter.lastChild));
    if (splits.length > 1) {
      filters.unshift(
        this.filterBy("split", "split", [
          ["", "any"],
          ...splits.map((split) => /** @type {[string, string]} */ ([split, split])),
        ]),
      );
    }
    return make("div", { class: "filters", role: "group", "aria-label": "Filters" }, ...filters);
  }

  /** @param {string} name @param {string} word @param {[string, string][]} options */
  filterBy(name, word, options) {
    return make(
      "label",
      {},
      word,
      choice(`Filter by ${word}`, options, (value) => this.filter(name, value)),
    );
  }

  /** @param {string} name @param {string} value */
  filter(name, value) {
    this.filters[name] = value;
    this.apply();
  }

  /** Hide the filters by finding with the labels: they would show which label a case has. @param {boolean} hidden */
  hideLabels(hidden) {
    for (const select of this.labelFilters) {
      select.disabled = hidden;
      if (hidden) select.value = "";
    }
    if (hidden) for (const finding of FINDING_NAMES) delete this.filters[finding];
    this.apply();
  }

  /** @param {Entry} entry */
  fits(entry) {
    const { text, split } = this.filters;
    if (text && !entry.case.toLowerCase().includes(text.toLowerCase())) return false;
    if (split && entry.split !== split) return false;
    return FINDING_NAMES.every(
      (finding) => !this.filters[finding] || String(entry.labels?.[finding]) === this.filters[finding],
    );
  }

  apply() {
    this.shown = this.cases.filter((entry, at) => {
      const fits = this.fits(entry);
      const row = this.rows[at];
      if (row) row.hidden = !fits;
      return fits;
    });
    const [some, all] = [this.shown.length, this.cases.length];
    this.count.textContent =
      some < all ? `${grouped(some)} of ${grouped(all)} cases` : `${grouped(all)} case${all === 1 ? "" : "s"}`;
    this.filtered();
  }

  /** @param {Entry} entry */
  select(entry) {
    this.entry = entry;
    this.list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    const row = this.rows[this.cases.indexOf(entry)];
    if (!row) return;
    row.setAttribute("aria-selected", "true");
    this.list.setAttribute("aria-activedescendant", row.id);
    const above = row.offsetTop - this.list.scrollTop;
    const below = row.offsetTop + row.offsetHeight - this.list.scrollTop - this.list.clientHeight;
    if (above < 0) this.list.scrollTop += above;
    else if (below > 0) this.list.scrollTop += below;
  }

  /** @param {Entry} entry @param {ReadingState} state */
  mark(entry, state) {
    const sign = this.rows[this.cases.indexOf(entry)]?.querySelector(".read");
    if (sign) sign.textContent = STATES[state];
  }

  /** Return the case so far down the shown list; if the open case is not shown, the first. @param {number} step */
  neighbour(step) {
    const at = this.entry ? this.shown.indexOf(this.entry) : -1;
    return this.shown[at < 0 ? 0 : clamp(at + step, 0, this.shown.length - 1)] ?? null;
  }

  /** @param {MouseEvent} event */
  click(event) {
    const row = event.target instanceof Element ? event.target.closest("[role=option]") : null;
    const entry = row instanceof HTMLElement ? this.cases[Number(row.dataset.at)] : null;
    if (entry) this.open(entry);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const count = this.shown.length;
    const step = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10, Home: -count, End: count }[event.key];
    const entry = step ? this.neighbour(step) : null;
    if (!entry) return;
    event.preventDefault();
    this.open(entry);
  }

  /** @param {KeyboardEvent} event */
  searchKey(event) {
    if (event.key === "Enter" && this.shown[0]) this.open(this.shown[0]);
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    this.list.focus();
  }
}

/** @param {Entry} entry @param {number} at @param {string} name */
function caseRow(entry, at, name) {
  const row = make("div", {
    role: "option",
    "data-at": at,
    id: `${name}-case-${at}`,
    "aria-selected": "false",
  });
  row.append(make("b", {}, entry.case));
  if (entry.split) row.append(make("span", { class: "split" }, entry.split));
  row.append(marksOf(entry), make("span", { class: "read" }));
  return row;
}

/** Return a sign for each finding of a case. @param {Entry} entry */
export function marksOf(entry) {
  const marks = make("span", { class: "marks" });
  for (const [finding, value] of Object.entries(entry.labels ?? {})) {
    if (value !== 1) continue;
    const name = /** @type {Finding} */ (finding);
    marks.append(make("i", { title: FINDINGS[name], "data-finding": name }, SHORT_FINDINGS[name] ?? name));
  }
  return marks;
}
