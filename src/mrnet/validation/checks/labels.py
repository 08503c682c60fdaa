"""Rules on the label files: does every case have its three answers, once, and do they agree?"""

from collections.abc import Iterator

from mrnet.archive.labels import FOUR_DIGITS, LabelFile, LabelRow
from mrnet.validation.examination import Examination
from mrnet.validation.rules import Found, archive_rule, at_labels
from mrnet.vocabulary import Finding, Split

ONE_ROW = "Write the row as four digits, a comma and 0 or 1, such as 0000,1."


@archive_rule(remedy="Fetch {path} again, or name the folder that holds it with --labels.")
def missing_labels(look: Examination) -> Iterator[Found]:
    """A split with volumes lacks a finding's label file, or it is empty.

    There are volumes to label, and no file such as `train-acl.csv` in the root, or one without a row.

    **Why it matters.** Nothing can be trained or judged for this finding. Code that treats an absent label as 0 turns
    every case into a healthy one.
    """
    for file in look.labels():
        if look.cases(file.split) and not file.present:
            yield at_labels(file, "no such file")
        elif look.cases(file.split) and file.empty:
            yield at_labels(file, "the file is empty")


@archive_rule(remedy=ONE_ROW)
def malformed_row(look: Examination) -> Iterator[Found]:
    """A label row that is not `id,0` or `id,1`; a header row; undecodable text.

    Label files of MRNet-v1.0 hold nothing but rows such as `0000,1`: no header, no quotes, no spaces, no other
    values. A file that is no text at all is one problem. Accepted are CRLF line ends, a byte-order mark and a
    missing final newline.

    **Why it matters.** Such a row is read in as many ways as there are readers: as missing, as 0, as the text "1". A
    header row costs the reader who expects none an error, and `read_csv` without `header=None` eats case 0000.
    """
    for file in look.labels():
        if file.unreadable is None:
            for fault in file.faults:
                yield at_labels(file, fault.reason, fault.line, fault.case)


@archive_rule(severity="warning", remedy="Write the id with four digits; keep ids as text, not as numbers.")
def unpadded_id(look: Examination) -> Iterator[Found]:
    """A label row's id is a number but not four digits.

    The row says `1` where the dataset writes `0001`. It counts as the padded id all the same.

    **Why it matters.** The file was saved anew by a program that took ids for numbers. Joined as text, `1` and `0001`
    are two cases, and both lack their other half.
    """
    for file in look.labels():
        for row in file.rows:
            if len(row.written_id) != FOUR_DIGITS:
                message = f"the id is written {row.written_id!r}, expected {row.case!r}"
                yield at_labels(file, message, row.line, row.case)


@archive_rule(remedy="Find out which row is right, and delete the other.")
def repeated_label(look: Examination) -> Iterator[Found]:
    """An id stands twice in one label file.

    Two rows name one case, with the same answer or with different ones. Where they differ the case counts as not
    labelled.

    **Why it matters.** The case weighs twice in training and in every figure. Where the answers differ, the reader that
    takes the first and the one that takes the last train on different data.
    """
    for file in look.labels():
        first: dict[str, LabelRow] = {}
        for row in file.rows:
            earlier = first.setdefault(row.case, row)
            if earlier is not row:
                answer = "the same answer" if row.answer == earlier.answer else "the other answer"
                message = f"case {row.case} stands in line {earlier.line} too, with {answer}"
                yield at_labels(file, message, row.line, row.case)


@archive_rule(remedy="Add the case's row to {path}.")
def missing_label(look: Examination) -> Iterator[Found]:
    """A case of the split is absent from one of its label files.

    The case has a volume, and the label file has no row of it. In a checkout of the label files alone, a case is what
    another of the split's label files names.

    **Why it matters.** The case silently drops out of training for this finding, or stops the loader. The three
    findings are then counted over different cases.
    """
    for split in Split:
        files = [file for file in look.labels() if file.split is split]
        cases = look.cases(split) or {row.case for file in files for row in file.rows}
        for file in files:
            named = {row.case for row in file.rows} | {fault.case for fault in file.faults if fault.case}
            # A file of which no row at all can be used is one fault, told elsewhere.
            for case in sorted(cases - named if file.rows else ()):
                yield at_labels(file, f"no row of case {case}", case=case)


@archive_rule(remedy="Fetch the volumes of case {case} again, or delete its row from all label files.")
def label_without_case(look: Examination) -> Iterator[Found]:
    """A labelled id has no volume in any plane.

    The row answers for a case that the split does not hold. Where the split holds no volume at all, that is one fault,
    told as `missing-plane`, and the rows are not listed besides.

    **Why it matters.** Prevalence counted from the label file is not that of the images. The row may belong to the
    other split, or the case was lost.
    """
    for file in look.labels():
        cases = look.cases(file.split)
        for case, row in _first_rows(file).items():
            if cases and case not in cases:
                yield at_labels(file, f"no volume of case {case} in {file.split}", row.line, case)


@archive_rule(remedy="Look the case up in another copy: one of the two labels is wrong.")
def label_contradiction(look: Examination) -> Iterator[Found]:
    """`acl` or `meniscus` is 1 where `abnormal` is 0.

    A torn ligament or meniscus is abnormal: in the published labels neither ever stands with `abnormal` 0.

    **Why it matters.** One of the labels is wrong. The columns were swapped, the rows of one file shifted, or
    somebody relabelled one finding alone.
    """
    labels = look.archive.label_files
    for file in look.labels():
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
