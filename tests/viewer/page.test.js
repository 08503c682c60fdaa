// Tests of the modules that need no browser; `node --test` runs them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Answers } from "../../src/mrnet/viewer/page/answers.js";
import { byColumn, parseCsv, writeCsv } from "../../src/mrnet/viewer/page/csv.js";
import { Frame } from "../../src/mrnet/viewer/page/frame.js";
import { draggedLevels, greyTable, isLevels, percentileLevels, rounded } from "../../src/mrnet/viewer/page/greys.js";
import { covered } from "../../src/mrnet/viewer/page/layout.js";
import { readLink, windowsOf, writeCommand, writeLink } from "../../src/mrnet/viewer/page/link.js";
import { bestGrid } from "../../src/mrnet/viewer/page/montage.js";
import { noteText, withText } from "../../src/mrnet/viewer/page/png.js";
import { Wheel } from "../../src/mrnet/viewer/page/pointer.js";
import { SeriesMemory } from "../../src/mrnet/viewer/page/sources.js";

const CASES = ["R01", "R02", "R03"].map((name) => ({ key: name, case: name }));

/** A browser's storage; it may be full, and two tabs may share it. */
function storage(texts = new Map()) {
  return {
    isFull: false,
    read: (name) => texts.get(name) ?? null,
    write(name, text) {
      if (!this.isFull) texts.set(name, text);
      return !this.isFull;
    },
    remove: (name) => texts.delete(name),
    names: () => [...texts.keys()],
  };
}

test("a table written and read again is the same, with any text in its cells", () => {
  const rows = [
    ["case", "note"],
    ["R01", 'thick, "bright"\nband'],
    ["R02", ""],
  ];
  assert.deepEqual(parseCsv(writeCsv(rows)), rows);
});

test("a table that a spreadsheet saved can be read", () => {
  assert.deepEqual(byColumn(parseCsv("\uFEFFcase;acl;note\r\n0001;1;\r\n;;\r\n")), [
    { case: "0001", acl: "1", note: "" },
  ]);
  assert.throws(() => parseCsv('case,acl\n0001,"1'), /not CSV/);
});

test("the small moves of a drag add up, and a drag back gives the first levels again", () => {
  const [low, high] = draggedLevels([40, 140], 7.5, 0);
  assert.deepEqual([low, high], [36.25, 143.75]);
  assert.deepEqual(draggedLevels([40, 140], 0, 0), [40, 140]);
  assert.deepEqual(draggedLevels([0, 255], 0, -60), [0, 225]);
  for (const way of [-9999, 9999]) {
    for (const levels of [draggedLevels([40, 140], way, 0), draggedLevels([40, 140], 0, way)]) {
      assert.ok(isLevels(rounded(levels)), String(levels));
    }
  }
});

test("grey levels are linear between black and white, and reversed when inverted", () => {
  assert.deepEqual(
    [0, 20, 100, 180, 255].map((voxel) => greyTable([20, 180], false)[voxel] & 255),
    [0, 0, 128, 255, 255],
  );
  assert.deepEqual(
    [0, 255].map((voxel) => greyTable([0, 255], true)[voxel]),
    [0xffffffff, 0xff000000],
  );
});

test("the levels of a series are percentiles of its voxels", () => {
  const voxels = Uint8Array.from({ length: 100 }, (_, at) => at);
  assert.deepEqual(percentileLevels(voxels, 0.01, 0.99), [0, 98]);
  assert.deepEqual(percentileLevels(new Uint8Array(9), 0.01, 0.99), [0, 1]);
});

test("a link opens the same place, and parts that it does not contain stay unset", () => {
  const place = {
    entry: { key: "train/0001", case: "0001" },
    at: [1, null, 2],
    windows: Array(3).fill([20, 180]),
    invert: true,
  };
  const link = writeLink(place);
  assert.equal(link, "#case=train/0001&at=1,,2&window=20,180&invert=1");
  assert.deepEqual(readLink(link), { case: "train/0001", at: [1, null, 2], window: [20, 180], invert: true });
  assert.deepEqual(readLink(""), { case: null, at: null, window: null, invert: null });
  assert.deepEqual(windowsOf([0, 255, 9, 3, 20, 180]), [[0, 255], null, [20, 180]]);
  assert.deepEqual(windowsOf(null), [null, null, null]);
});

test("a command names the grey levels of each plane that has other levels", () => {
  const entry = { key: "train/0001", case: "0001", split: "train" };
  const windows = [
    [0, 255],
    [20, 180],
    [0, 255],
  ];
  const words = writeCommand({ entry, at: [1, 2, 3], windows, invert: true }, true);
  assert.equal(words, "mrnet browse 0001 --split train --at 1,2,3 --window coronal 20 180 --invert");
});

test("each notch of a wheel is one slice in all units of its browser", () => {
  for (const [delta, isPixels] of [
    [100, true],
    [120, true],
    [33, true],
    [49, true],
    [53, true],
    [3, false],
    [1, false],
  ]) {
    assert.equal(new Wheel().steps(delta, isPixels, 0), 1, `${delta}`);
    assert.equal(new Wheel().steps(-delta, isPixels, 0), -1, `${-delta}`);
  }
  const slow = new Wheel();
  assert.deepEqual(
    [0, 400, 800].map((time) => slow.steps(4.000244140625, true, time)),
    [1, 1, 1],
  );
  const touchpad = new Wheel();
  const steps = Array.from({ length: 30 }, (_, at) => touchpad.steps(4, true, 16 * at));
  assert.equal(
    steps.reduce((sum, step) => sum + step),
    4,
  );
});

test("zooming keeps the voxel under the pointer, panning stops at the edge", () => {
  const frame = new Frame();
  frame.resize(512, 512);
  frame.hold(256, 256);
  const before = frame.voxelAt(100, 200);
  frame.zoomBy(4, 100, 200);
  assert.deepEqual(frame.voxelAt(100, 200), before);
  frame.pan(9999, 9999);
  assert.deepEqual(frame.voxelAt(0, 0), [0, 0]);
  frame.fit();
  frame.resize(512, 256);
  assert.equal(frame.voxelAt(10, 10), null);
});

test("the layout whose images cover most is computed before it is drawn", () => {
  assert.ok(covered("large", 1440, 860) / (1440 * 900) > 0.7);
  assert.ok(covered("three", 844, 350) > covered("large", 844, 350));
  assert.equal(bestGrid({ count: 9, columns: 256, rows: 256, width: 600, height: 600 }).across, 3);
});

test("a note in a PNG has the checksum that the PNG standard requires", () => {
  const png = Uint8Array.from({ length: 40 }, (_, at) => at);
  const marked = withText(png, "mrnet", "x");
  const chunk = new DataView(marked.buffer, 33);
  assert.equal(chunk.getUint32(0), 7);
  assert.equal(chunk.getUint32(4 + 4 + 7), 0x3728560d);
  assert.deepEqual([...marked.subarray(marked.length - 7)], [33, 34, 35, 36, 37, 38, 39]);
  assert.equal(noteText("1", "é", "page"), '{"mrnet":"1","command":"\\u00e9","fingerprint":"page"}');
});

test("two tabs of one reading do not overwrite each other's answers", () => {
  const texts = new Map();
  const [one, two] = [new Answers("id", CASES, storage(texts)), new Answers("id", CASES, storage(texts))];
  one.give(CASES[0], "acl", { answer: "yes" });
  two.give(CASES[0], "meniscus", { answer: "no", confidence: 10 });
  const later = new Answers("id", CASES, storage(texts));
  assert.equal(later.given(CASES[0], "acl").answer, "yes");
  assert.deepEqual(later.given(CASES[0], "meniscus"), { answer: "no", confidence: 10, slice: "" });
  assert.ok(one.refresh("reading/id/R01/meniscus"));
  assert.equal(one.given(CASES[0], "meniscus").answer, "no");
  assert.ok(!one.refresh("reading/other/R01/acl"));
});

test("a case is open, partial or complete, and the search for the next open one starts again at the first", () => {
  const answers = new Answers("id", CASES, storage());
  answers.give(CASES[0], "acl", { answer: "unsure" });
  for (const finding of ["abnormal", "acl", "meniscus"]) answers.give(CASES[1], finding, { answer: "no" });
  answers.setNote(CASES[2], "only a note");
  assert.deepEqual(answers.tally(), { complete: 1, partial: 1, open: 1 });
  assert.equal(answers.nextOpen(CASES[0]), CASES[2]);
  assert.equal(answers.nextOpen(CASES[2]), CASES[0]);
});

test("a reading can be saved and loaded again, in another browser too", () => {
  const answers = new Answers("id", CASES, storage());
  answers.give(CASES[0], "acl", { answer: "unsure", confidence: 0, slice: "sagittal 14" });
  answers.give(CASES[1], "abnormal", { answer: "yes", confidence: 90 });
  answers.setNote(CASES[1], "a, b");
  const rows = byColumn(parseCsv(writeCsv(answers.rows())));
  assert.deepEqual(Object.keys(rows[0]).slice(0, 4), ["case", "abnormal", "acl", "meniscus"]);
  const other = new Answers("id", CASES, storage());
  const loaded = other.load(rows);
  for (const give of loaded.added) give();
  assert.deepEqual(other.rows(), answers.rows());
  assert.deepEqual([loaded.cases, loaded.strangers, loaded.changed.length], [2, 0, 0]);
  assert.deepEqual(other.load(rows).added, []);
});

test("a loaded reading's changed answers are counted apart from its new ones", () => {
  const answers = new Answers("id", CASES, storage());
  answers.give(CASES[0], "acl", { answer: "no" });
  const loaded = answers.load([
    { case: "R01", acl: "1", meniscus: "0" },
    { case: "R77", acl: "1" },
  ]);
  assert.deepEqual([loaded.cases, loaded.strangers, loaded.added.length, loaded.changed.length], [1, 1, 1, 1]);
  assert.equal(answers.given(CASES[0], "acl").answer, "no");
});

test("a blind reading in another order is refused; one with labels, of other cases, is not", () => {
  const blind = new Answers("id", CASES, storage());
  assert.ok(blind.isOther([{ case: "R01", reading: "another" }]));
  assert.ok(!blind.isOther([{ case: "R01", reading: "id" }]));
  const open = new Answers("id", [{ key: "train/0001", case: "0001", split: "train" }], storage());
  assert.ok(!open.isOther([{ case: "0001", reading: "another" }]));
});

test("a reading that a spreadsheet saved finds its cases although the zeros before their numbers are gone", () => {
  const answers = new Answers("id", [{ key: "train/0001", case: "0001", split: "train" }], storage());
  assert.equal(answers.load([{ case: "1", split: "train", acl: "1" }]).added.length, 1);
  assert.equal(answers.load([{ case: "1", split: "valid", acl: "1" }]).strangers, 1);
});

test("a reading that pandas saved keeps its labels, which pandas writes as 1.0", () => {
  const answers = new Answers("id", CASES, storage());
  const loaded = answers.load([{ case: "R01", abnormal: "1.0", acl: "0.0", meniscus: "", meniscus_unsure: "1.0" }]);
  for (const give of loaded.added) give();
  const given = ["abnormal", "acl", "meniscus"].map((finding) => answers.given(CASES[0], finding).answer);
  assert.deepEqual(given, ["yes", "no", "unsure"]);
});

test("answers are stored again after another tab cleared the storage, but not after it removed them one by one", () => {
  const texts = new Map();
  const [one, two] = [new Answers("id", CASES, storage(texts)), new Answers("id", CASES, storage(texts))];
  one.give(CASES[0], "acl", { answer: "yes" });
  two.refresh("");
  texts.clear();
  two.refresh("");
  assert.equal(new Answers("id", CASES, storage(texts)).given(CASES[0], "acl").answer, "yes");
  one.forget();
  two.refresh("reading/id/R01/acl");
  assert.equal(two.given(CASES[0], "acl").answer, "");
});

test("answers that cannot be stored stay in memory and are marked as not stored", () => {
  const full = storage();
  full.isFull = true;
  const answers = new Answers("id", CASES, full);
  assert.equal(answers.give(CASES[0], "acl", { answer: "yes" }), false);
  assert.equal(answers.given(CASES[0], "acl").answer, "yes");
  assert.equal(answers.unstored.size, 1);
  full.isFull = false;
  assert.equal(answers.give(CASES[1], "acl", { answer: "no" }), true);
  assert.equal(answers.unstored.size, 0);
  assert.equal(new Answers("id", CASES, full).given(CASES[0], "acl").answer, "yes");
});

test("two requests for a series share one answer, and a request that nobody waits for is aborted", async () => {
  const asked = [];
  const source = {
    index: { cases: CASES },
    load: (entry, plane, signal) =>
      new Promise((resolve, reject) => {
        asked.push({ resolve, signal });
        signal.addEventListener("abort", () => reject(new Error("aborted")));
      }),
  };
  const series = new SeriesMemory(source);
  const [first, second] = [new AbortController(), new AbortController()];
  const waiting = series.load(CASES[0], "axial", first.signal);
  waiting.catch(() => {});
  const other = series.load(CASES[0], "axial", second.signal);
  first.abort();
  assert.equal(asked.length, 1);
  assert.ok(!asked[0].signal.aborted);
  asked[0].resolve("volume");
  assert.equal(await other, "volume");
  assert.equal(await series.load(CASES[0], "axial", second.signal), "volume");
  const lonely = new AbortController();
  series.load(CASES[1], "axial", lonely.signal).catch(() => {});
  lonely.abort();
  assert.ok(asked[1].signal.aborted);
});
