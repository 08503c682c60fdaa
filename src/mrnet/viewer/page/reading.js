// The form for a reading's answers: yes, no or unsure per finding, the confidence, and the slice that shows it best.
import { byColumn, parseCsv, writeCsv } from "./csv.js";
import { download, make, segmented, setSegment, showText, textButton } from "./dom.js";
import { canRemember, onForeignChange } from "./memory.js";
import { ANSWERS, FINDINGS, FINDING_NAMES, grouped } from "./words.js";
/** @import { Answers } from "./answers.js" */
/** @import { Answer, Entry, Finding, Given, Index, Plane, ReadingState } from "./types.js" */

const KEPT_NOWHERE =
  "This browser keeps nothing of this page (a sandboxed frame, a private window, or full storage): " +
  "answers are lost when it closes. Save or copy them before.";
/** @type {Record<string, Answer>} */
const ANSWER_KEYS = { y: "yes", x: "no", u: "unsure" };

/**
 * @typedef {object} ReadingHost What the form may ask of the viewer.
 * @property {HTMLElement} root
 * @property {(text: string, tone?: "loud" | "warning") => void} say
 * @property {(entry: Entry) => void} open
 * @property {() => { plane: Plane, slice: number } | null} activeSlice
 * @property {(plane: Plane, slice: number) => void} goTo
 * @property {(entry: Entry, state: ReadingState) => void} mark
 */

export class Reading {
  /** @type {Entry | null} */
  entry = null;
  marked = 0;

  /**
   * @param {Index} index
   * @param {string} name
   * @param {Answers} answers
   * @param {ReadingHost} host
   */
  constructor(index, name, answers, host) {
    this.index = index;
    this.answers = answers;
    this.host = host;
    this.fields = FINDING_NAMES.map((finding, at) => this.field(finding, at, name));
    this.note = make("textarea", { rows: "1", "aria-label": "Note", placeholder: "Note" });
    this.note.addEventListener("input", () => this.changed((entry) => answers.setNote(entry, this.note.value)));
    this.tally = make("span", { class: "tally" });
    this.trouble = make("p", { class: "trouble", role: "alert", hidden: true });
    this.file = make("input", { type: "file", accept: ".csv,text/csv", hidden: true, "aria-label": "reading.csv" });
    this.file.addEventListener("change", () => this.loadFile());
    this.element = this.build();
    this.element.open = index.blind;
    this.stopListening = onForeignChange((changed) => this.refresh(changed));
    this.onLeave = (/** @type {BeforeUnloadEvent} */ event) => {
      if (answers.unstored.size) event.preventDefault();
    };
    addEventListener("beforeunload", this.onLeave);
    this.showTrouble(!canRemember());
    for (const entry of index.cases) host.mark(entry, answers.state(entry));
    this.count();
    this.setMarked(0);
  }

  destroy() {
    this.stopListening();
    removeEventListener("beforeunload", this.onLeave);
  }

  build() {
    return make(
      "details",
      { class: "reading" },
      make("summary", {}, "Reading ", this.tally),
      this.trouble,
      make(
        "form",
        { submit: (/** @type {Event} */ event) => event.preventDefault() },
        ...this.fields.map((field) => field.element),
        this.note,
        make(
          "div",
          { class: "group" },
          textButton("Next open", "The next case that is not fully answered (o)", () => this.openNext()),
          textButton("Save reading.csv", "All answers as a table that mrnet compare reads", () => this.save()),
          textButton("Load…", "Load the answers of a saved reading.csv", () => this.file.click()),
          textButton("Copy as text", "The same table, to copy by hand", () => this.showTable()),
          textButton("Forget all", "Delete every answer from this browser", () => this.forget()),
          this.file,
        ),
      ),
    );
  }

  /** @param {Finding} finding @param {number} at @param {string} name */
  field(finding, at, name) {
    const word = FINDINGS[finding];
    const answer = segmented(
      {
        name: `${name}-${finding}`,
        legend: word,
        options: ANSWERS.map((each) => [each, each || "–", `${word}: ${each || "not answered"}`]),
      },
      (given) => this.give(finding, { answer: given }),
    );
    const confidence = make("input", {
      type: "number",
      min: "0",
      max: "100",
      step: "1",
      placeholder: "0–100",
      class: "confidence",
      title: "How likely the finding is present: 0 surely absent, 100 surely present",
      "aria-label": `${word}: confidence that it is present, 0 to 100`,
    });
    confidence.addEventListener("input", () => {
      const given = confidence.value === "" ? null : Math.round(Number(confidence.value));
      const isConfidence = given === null || (given >= 0 && given <= 100);
      // While 120 is typed, 12 is stored first; clear it, because 120 is not a confidence.
      this.give(finding, { confidence: isConfidence ? given : null });
      if (!isConfidence) this.host.say(`${word}: a confidence is a whole number from 0 to 100.`);
    });
    const slice = textButton("slice", "", () => this.keySlice(finding));
    slice.classList.add("key-slice");
    const noSlice = textButton("×", `${word}: no key slice`, () => this.give(finding, { slice: "" }));
    noSlice.setAttribute("aria-label", `${word}: no key slice`);
    const element = make("div", { class: "finding", "data-finding": finding }, answer, confidence, slice, noSlice);
    element.addEventListener("focusin", () => this.setMarked(at));
    return { finding, element, answer, confidence, slice, noSlice };
  }

  /** @param {number} at */
  setMarked(at) {
    this.marked = at;
    this.fields.forEach(({ element }, each) => element.classList.toggle("marked", each === at));
  }

  /** @param {Entry} entry */
  show(entry) {
    if (entry !== this.entry) this.setMarked(0);
    this.entry = entry;
    for (const field of this.fields) {
      const given = this.answers.given(entry, field.finding);
      setSegment(field.answer, given.answer);
      const shown = given.confidence === null ? "" : String(given.confidence);
      if (field.confidence.value !== shown) field.confidence.value = shown;
      field.slice.textContent = given.slice || "slice";
      field.slice.title = given.slice
        ? "Go to this slice"
        : "Mark the slice of the plane in use as the one that shows it (k)";
      field.slice.setAttribute(
        "aria-label",
        `${FINDINGS[field.finding]}: ${given.slice ? `key slice ${given.slice}` : "mark key slice"}`,
      );
      field.noSlice.hidden = !given.slice;
    }
    const note = this.answers.note(entry);
    if (this.note.value !== note) this.note.value = note;
  }

  /** @param {Finding} finding @param {Partial<Given>} change */
  give(finding, change) {
    this.changed((entry) => this.answers.give(entry, finding, change));
  }

  /** @param {(entry: Entry) => boolean} change tells whether it was stored */
  changed(change) {
    if (!this.entry) return;
    change(this.entry);
    this.showTrouble();
    this.refreshEntry(this.entry);
  }

  /** @param {Entry} entry */
  refreshEntry(entry) {
    this.host.mark(entry, this.answers.state(entry));
    if (entry === this.entry) this.show(entry);
    this.count();
  }

  /** Another tab has changed an answer. @param {string} name */
  refresh(name) {
    if (!this.answers.refresh(name)) return;
    this.showTrouble();
    this.showAll();
  }

  showAll() {
    for (const entry of this.index.cases) this.host.mark(entry, this.answers.state(entry));
    if (this.entry) this.show(this.entry);
    this.count();
  }

  count() {
    const { complete, partial, open } = this.answers.tally();
    const parts = [
      `${grouped(complete)} complete`,
      ...(partial ? [`${grouped(partial)} partial`] : []),
      `${grouped(open)} open`,
    ];
    this.tally.textContent = parts.join(", ");
  }

  /** Show or hide the warning that answers are not stored. @param {boolean} isTrouble */
  showTrouble(isTrouble = this.answers.unstored.size > 0 || !(this.trouble.hidden || canRemember())) {
    const isNew = isTrouble && this.trouble.hidden;
    this.trouble.hidden = !isTrouble;
    this.trouble.textContent = isTrouble ? KEPT_NOWHERE : "";
    if (isNew && (this.index.blind || this.element.open)) this.host.say(KEPT_NOWHERE, "warning");
  }

  /** @param {Finding} finding */
  keySlice(finding) {
    if (!this.entry) return;
    const [plane, slice] = this.answers.given(this.entry, finding).slice.split(" ");
    if (slice) return this.host.goTo(/** @type {Plane} */ (plane), Number(slice));
    this.markSlice(finding);
  }

  /** @param {Finding} finding */
  markSlice(finding) {
    const active = this.host.activeSlice();
    if (active) this.give(finding, { slice: `${active.plane} ${active.slice}` });
  }

  /** Act on a letter; return whether the reading uses it. @param {string} key */
  key(key) {
    if (!this.element.open) return false;
    const finding = FINDING_NAMES[this.marked];
    const answer = ANSWER_KEYS[key];
    if (!finding) return false;
    if (answer) {
      this.give(finding, { answer });
      this.setMarked(Math.min(this.marked + 1, FINDING_NAMES.length - 1));
    } else if (key === "b") this.setMarked(Math.max(this.marked - 1, 0));
    else if (key === "k") this.markSlice(finding);
    else return false;
    return true;
  }

  openNext() {
    const next = this.answers.nextOpen(this.entry);
    if (!next) this.host.say("Every case is fully answered.");
    else if (next === this.entry) this.host.say("This is the only case that is not fully answered.");
    else this.host.open(next);
  }

  save() {
    download("reading.csv", new Blob([writeCsv(this.answers.rows())], { type: "text/csv" }));
    // A frame may block the download without an error.
    if (window.self !== window.top) return this.showTable();
    this.answers.unstored.clear();
    const { complete, partial } = this.answers.tally();
    const rest = complete < this.index.cases.length ? `, ${partial} partial, of ${this.index.cases.length}` : "";
    this.host.say(`Saved reading.csv: ${complete} complete${rest}`);
  }

  showTable() {
    showText(this.host.root, "reading.csv, to copy", writeCsv(this.answers.rows()));
  }

  async loadFile() {
    const [file] = this.file.files ?? [];
    this.file.value = "";
    if (!file) return;
    try {
      this.load(byColumn(parseCsv(await file.text())));
    } catch (fault) {
      this.host.say(`${file.name} cannot be read: ${fault instanceof Error ? fault.message : fault}`, "warning");
    }
  }

  /** @param {Record<string, string>[]} rows */
  load(rows) {
    if (!rows.some((row) => row.case)) throw new Error("it has no column “case”.");
    if (this.answers.isOther(rows)) throw new Error("it belongs to another reading: other cases, or another order.");
    const loaded = this.answers.load(rows);
    if (!loaded.cases) throw new Error("none of its cases is here.");
    const differ = loaded.changed.length;
    const takes =
      differ > 0 &&
      confirm(
        `Answers in the file that differ from those here: ${differ}. Use those in the file? (Cancel keeps those here.)`,
      );
    const stored = [...loaded.added, ...(takes ? loaded.changed : [])].map((give) => give());
    this.showAll();
    this.showTrouble();
    const kept = differ && !takes ? `, ${differ} that differ unchanged here` : "";
    const strangers = loaded.strangers ? `; ${loaded.strangers} of its cases are not here` : "";
    this.host.say(`Loaded ${stored.length} answers of ${loaded.cases} cases${kept}${strangers}`);
  }

  forget() {
    if (!confirm("Delete every answer and note from this browser?")) return;
    this.answers.forget();
    this.showAll();
  }
}
