"""Rules on the label files: does every case have its three answers, once, and do they agree?"""

from collections.abc import Iterator

from mrnet.archive.labels import LabelFile, LabelRow
from mrnet.validation.examination import Examination
from mrnet.validation.rules import Found, archive_rule, at_labels
from mrnet.vocabulary import ID_DIGITS, Finding, Split

MAX_LISTED_CASES = 10
"""If a split has more labelled cases without volumes than this, they are reported as one problem."""
ONE_ROW = "In a copy of the file, write the row as four digits, a comma and 0 or 1, such as 0000,1."


@archive_rule(remedy="Fetch {path} again, or name the folder that holds it with --labels.")
def missing_labels(examination: Examination) -> Iterator[Found]:
    """A split with volumes lacks a finding's label file, or it is empty.

    There are volumes to label, and no file such as `train-acl.csv` in the root, or one without a row.

    **Why it matters.** Nothing can be trained or judged for this finding. Code that treats an absent label as 0 turns
    every case into a healthy one.
    """
    for file in examination.labels():
        if examination.cases(file.split) and not file.present and file.path not in examination.misnamed.values():
            yield at_labels(file, "no such file")
        elif examination.cases(file.split) and file.empty:
            yield at_labels(file, "the file is empty")


@archive_rule(remedy=ONE_ROW)
def malformed_row(examination: Examination) -> Iterator[Found]:
    """A label row that is not `id,0` or `id,1`; a header row; undecodable text.

    Label files of MRNet-v1.0 hold nothing but rows such as `0000,1`: no header, no quotes, no spaces, no other
    values. A file that is not text is one problem. CRLF line ends, a byte-order mark and a missing final newline are
    accepted.

    **Why it matters.** Each program reads such a row in its own way: as missing, as 0, as the text "1". A program
    that expects no header row fails on one, and `read_csv` without `header=None` loses case 0000.
    """
    for file in examination.labels():
        if file.unreadable is None:
            for fault in file.faults:
                yield at_labels(file, fault.reason, fault.line, fault.case)


@archive_rule(
    severity="warning",
    remedy="""Keep the row: it is a label. `sed '1s/_//g; s/"//g' "{path}" > labels.csv` writes a new file with the row as \
it was published; `mrnet extract` does so with all label files.""",
)
def promoted_row(examination: Examination) -> Iterator[Found]:
    """A label file's first row was made column names (`_0000,_1`): it is that case's label, and the remedy writes it back.

    The portal that hands out MRNet today turns each label file into a table. Its first row becomes the column names, each
    marked by `_`: `0000,1` becomes `_0000,_1`. It is the label of case 0000 (in valid: of case 1130), and mrnet reads it as
    such, quoted or not. Where an export lacks the row altogether, the label is missing, and is not guessed.

    **Why it matters.** It looks like a header row, and code that skips or deletes it has lost the label of a case: 1,129
    train labels are left of 1,130, a different case for each reader who notices and repairs it by hand.
    """
    for file in examination.labels():
        for row in file.rows:
            if row.promoted:
                message = f"the first row was made column names: it is label {row.answer} of case {row.case}"
                yield at_labels(file, message, row.line, row.case)


@archive_rule(
    severity="warning", remedy="In a copy of the file, write the id with four digits; keep ids as text, not as numbers."
)
def unpadded_id(examination: Examination) -> Iterator[Found]:
    """A label row's id is a number but not four digits.

    The row says `1` where the dataset writes `0001`. It counts as the padded id all the same.

    **Why it matters.** The file was saved by a program that took ids for numbers. Joined as text, `1` and `0001`
    are two cases: one has the volumes, the other the label.
    """
    for file in examination.labels():
        for row in file.rows:
            if len(row.written_id) != ID_DIGITS:
                expected = repr(row.case) if len(row.case) == ID_DIGITS else f"{ID_DIGITS} digits"
                message = f"the id is written {row.written_id!r}, expected {expected}"
                yield at_labels(file, message, row.line, row.case)


@archive_rule(remedy="Find out which row is right, and keep only that one in a copy of {path}.")
def repeated_label(examination: Examination) -> Iterator[Found]:
    """An id occurs twice in one label file.

    Two rows name one case, with the same answer or with different ones. Where they differ the case counts as not
    labelled.

    **Why it matters.** The case weighs twice in training and in every figure. Where the answers differ, the reader that
    takes the first and the one that takes the last train on different data.
    """
    for file in examination.labels():
        first: dict[str, LabelRow] = {}
        for row in file.rows:
            earlier = first.setdefault(row.case, row)
            if earlier is not row:
                answer = "the same answer" if row.answer == earlier.answer else "the other answer"
                message = f"case {row.case} is in line {earlier.line} too, with {answer}"
                yield at_labels(file, message, row.line, row.case)


@archive_rule(
    remedy="Look the label up in another copy, and add the case's row in a copy of {path}; this archive does not say what it was."
)
def missing_label(examination: Examination) -> Iterator[Found]:
    """A case of the split is absent from one of its label files.

    The case has a volume, and the label file has no row of it. In a checkout of the label files alone, every id in one
    of the split's label files counts as a case.

    **Why it matters.** The case silently drops out of training for this finding, or stops the loader. The three
    findings are then counted over different cases.
    """
    for split in Split:
        files = [file for file in examination.labels() if file.split is split]
        cases = examination.cases(split) or {row.case for file in files for row in file.rows}
        for file in files:
            named = {row.case for row in file.rows} | {fault.case for fault in file.faults if fault.case}
            # A file without a single usable row is one fault, reported by another rule.
            for case in sorted(cases - named if file.rows else ()):
                yield at_labels(file, f"no row of case {case}", case=case)


@archive_rule(
    remedy="Fetch the volumes again; in a copy that is partial on purpose, --ignore label-without-case accepts it."
)
def label_without_case(examination: Examination) -> Iterator[Found]:
    """A labelled id has no volume in any plane.

    The row labels a case that the split does not hold. Many such cases are one problem per split: this is probably a
    part of the archive with its whole label files. If the split holds no volume at all, that is one fault, reported as
    `missing-plane`.

    **Why it matters.** Prevalence counted from the label file is not that of the images. The row may belong to the
    other split, or the case was lost.
    """
    for split in Split:
        cases, rows = examination.cases(split), _rows_without_volumes(examination, split)
        lacking = sorted({row.case for _, row in rows})
        if len(lacking) <= MAX_LISTED_CASES:
            for file, row in rows:
                yield at_labels(file, f"no volume of case {row.case} in {split}", row.line, row.case)
        else:
            shown = f"{lacking[0]} to {lacking[-1]}"
            message = f"{len(lacking):,} labelled cases of {split} have no volume ({shown}), {len(cases):,} have"
            yield Found(rows[0][0].path, message, split=split)


def _rows_without_volumes(examination: Examination, split: Split) -> list[tuple[LabelFile, LabelRow]]:
    cases = examination.cases(split)
    if not cases or examination.is_folder_misnamed(split):
        return []
    cases = cases | {case for _, _, case in examination.meant if case}
    files = [file for file in examination.labels() if file.split is split]
    return [(file, row) for file in files for case, row in _first_rows(file).items() if case not in cases]


@archive_rule(remedy="Look the case up in another copy: one of the two labels is wrong.")
def label_contradiction(examination: Examination) -> Iterator[Found]:
    """`acl` or `meniscus` is 1 where `abnormal` is 0.

    A torn ligament or meniscus is abnormal: in the published labels neither occurs with `abnormal` 0.

    **Why it matters.** One of the labels is wrong. The columns were swapped, the rows of one file shifted, or
    somebody relabelled one finding alone.
    """
    labels = examination.archive.label_files
    for file in examination.labels():
        if file.finding is Finding.ABNORMAL:
            continue
        abnormal = labels[file.split, Finding.ABNORMAL].answers()
        answers = file.answers()
        for case, row in _first_rows(file).items():
            if answers[case] == 1 and abnormal.get(case) == 0:
                yield at_labels(file, f"{file.finding} is 1, but abnormal is 0 for case {case}", row.line, case)


def _first_rows(file: LabelFile) -> dict[str, LabelRow]:
    rows: dict[str, LabelRow] = {}
    for row in file.rows:
        rows.setdefault(row.case, row)
    return rows
