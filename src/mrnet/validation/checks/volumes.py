"""Rules on single series: is each file a volume, whole, and one that can show a knee?"""

from collections.abc import Iterable, Iterator
from math import prod

from mrnet.archive.model import Series
from mrnet.archive.volume import MAX_NUMPY_HEADER_BYTES, MAX_VOLUME_BYTES, Header, Voxels
from mrnet.errors import VolumeError
from mrnet.validation.examination import Examination
from mrnet.validation.rules import Found, Read, archive_rule, at, header_rule, volume_rule
from mrnet.vocabulary import SLICE_COLUMNS, SLICE_ROWS, Split

FETCH_AGAIN = "Fetch {path} again."
DTYPE = "uint8"


@archive_rule(needs=Read.HEADERS, remedy=f"{FETCH_AGAIN} The file is not an array of numbers.")
def not_a_volume(examination: Examination) -> Iterator[Found]:
    """No `.npy` magic, a broken or impossible header, pickled or structured items, an empty file.

    The file's first bytes are not those of a `.npy` file of plain numbers. No other rule is applied to it.

    **Why it matters.** An empty file is what an interrupted copy or a full disk leaves behind; a web page under the
    name of a volume is a failed download. Pickled items can run any code when they are loaded with
    `allow_pickle=True`: mrnet never does this; do not do it either.
    """
    for path, error in examination.failures().items():
        if isinstance(error, VolumeError):
            yield Found(path, error.reason)


@header_rule(remedy=f"{FETCH_AGAIN} It is cut short.")
def truncated_volume(series: Series, header: Header, size: int) -> Iterator[Found]:
    """Fewer bytes than the header promises.

    The header states a shape, and the file has fewer voxels.

    **Why it matters.** A copy that was interrupted leaves such a file. `numpy.load` fails on it, in the middle of an
    epoch; with `mmap_mode` only when the missing slices are touched; a reader that fills the rest with zeros never fails.
    """
    if size < header.promised:
        yield at(series, f"the file has {size:,} bytes, its header promises {header.promised:,}")


@header_rule(remedy=f"{FETCH_AGAIN} Something was written after its end.")
def trailing_bytes(series: Series, header: Header, size: int) -> Iterator[Found]:
    """More bytes than the header promises.

    The voxels that the header promises are there, and the file continues after them.

    **Why it matters.** `numpy.load` reads such a file without a warning and ignores the rest. Something wrote into it, two
    files were joined, or the header's shape is wrong and the rest are slices that nobody sees.
    """
    if size > header.promised:
        yield at(series, f"the file has {size:,} bytes, its header promises {header.promised:,}")


@header_rule(remedy="Fetch {path} again, or save its voxels in another file, as uint8 the way they were published.")
def wrong_dtype(series: Series, header: Header, size: int) -> Iterator[Found]:  # noqa: ARG001  # All get the same.
    """Not `uint8`.

    The voxels are of another type than the published ones, which are whole grey levels from 0 to 255.

    **Why it matters.** Somebody rescaled or normalised this series, and its neighbours may still be as they were: one
    archive then has two levels of brightness, which a model learns more easily than findings.
    """
    if header.dtype != DTYPE:
        yield at(series, f"the voxels are {header.dtype}, expected {DTYPE}")


@header_rule(remedy="Fetch {path} again: it was cropped, resampled, or is something else.")
def wrong_shape(series: Series, header: Header, size: int) -> Iterator[Found]:
    """Not (s, 256, 256) with s ≥ 1.

    A volume is a stack of slices of 256 by 256 voxels, the slices first. A stack of more than a thousand slices,
    which no knee MRI has, has a wrong shape too: no command would load it.

    **Why it matters.** A crop or a resampling that ran over some of the files only leaves an archive in which most
    series are right. Where the axes are swapped, code that takes the first for the slices shows stripes.
    """
    expected = f"expected (slices, {SLICE_ROWS}, {SLICE_COLUMNS})"
    if len(header.shape) != 3 or header.shape[1:] != (SLICE_ROWS, SLICE_COLUMNS) or header.slices < 1:
        yield at(series, f"the shape is {header.shape}, {expected}")
    elif size >= header.promised > MAX_VOLUME_BYTES:
        yield at(series, f"the shape is {header.shape}, {expected}; no knee MRI has so many slices")


@header_rule(severity="warning", remedy="Nothing needs to be done; numpy.ascontiguousarray makes a row-major copy.")
def fortran_order(series: Series, header: Header, size: int) -> Iterator[Found]:  # noqa: ARG001  # All get the same.
    """Column-major voxels.

    The voxels are the right ones, written in Fortran's order: the first axis runs fastest.

    **Why it matters.** `numpy.load` handles it. Readers that skip the header and read the bytes as they come, and
    memory maps that take one slice, see an interleaved volume or become slow. The file was probably saved again by another program.
    """
    if header.fortran_order and prod(header.shape) > 1:
        yield at(series, "the voxels are column-major, the others of an archive row-major")


@header_rule(
    severity="warning", remedy="Fetch {path} again; numpy.load reads it as it is with max_header_size=100_000."
)
def long_header(series: Series, header: Header, size: int) -> Iterator[Found]:  # noqa: ARG001  # All get the same.
    """A header of more than 10,000 bytes, which `numpy.load` refuses.

    The header says what it should, and is padded to a length that no program needs. mrnet reads it.

    **Why it matters.** `numpy.load` ends with an error ("Header info length is large and may not be safe to load
    securely"), so a loader stops at a file that other programs read.
    """
    if header.text_bytes > MAX_NUMPY_HEADER_BYTES:
        yield at(series, f"the header has {header.text_bytes:,} bytes, more than numpy.load accepts")


@volume_rule(remedy="Fetch {path} again, or work without the case: this volume shows nothing.")
def constant_volume(series: Series, voxels: Voxels) -> Iterator[Found]:
    """One grey level throughout, in more than one slice.

    Every voxel of every slice has the same value.

    **Why it matters.** There is no knee in it, but it still has a label: what a model learns from such a
    case is noise. Normalising it divides by zero and turns a whole batch into NaN.
    """
    if voxels.constant and len(voxels.volume) > 1:
        yield at(series, f"every voxel of {len(voxels.volume)} slices is {voxels.lowest[0]}")


@volume_rule(severity="warning", remedy="Look at the slice: mrnet show {case} --plane {plane} --slice {slice}.")
def blank_slice(series: Series, voxels: Voxels) -> Iterator[Found]:
    """A slice of one grey level in a volume that is not constant.

    The slice shows nothing, while others of the series do. Neighbouring slices are one problem: it is reported at the
    first of them, and names them all.

    **Why it matters.** Empty slices at the ends are harmless padding; in the middle, slices were lost when the series
    was made or converted. Means and percentiles over the volume shift with each.
    """
    if voxels.constant and len(voxels.volume) > 1:
        return
    blank = (voxels.lowest == voxels.highest).nonzero()[0].tolist()
    for run in _runs(blank):
        levels = sorted({int(voxels.lowest[index]) for index in run})
        message = (
            f"every voxel is {levels[0]}" if len(levels) == 1 else f"each is of one grey level ({_listed(levels)})"
        )
        yield at(series, message + (f" in slices {_listed(run)}" if len(run) > 1 else ""), slice=run[0])


@volume_rule(severity="warning", remedy="Look at the slice: mrnet show {case} --plane {plane} --slice {slice}.")
def repeated_slice(series: Series, voxels: Voxels) -> Iterator[Found]:
    """A slice identical to the one before it (blank ones aside).

    None of the 65,536 voxels differs from the slice before. Two images of living tissue are never identical, because
    of noise. Neighbouring slices are one problem: it is reported at the first of them, and names them all.

    **Why it matters.** The series was stretched by copying slices, so its slice count says nothing. Common GIF writers
    drop such slices in silence (`mrnet export-gif` does not).
    """
    volume = voxels.volume
    middle = volume.shape[1] // 2
    # Compare one row first: nearly all pairs differ in it, at a fraction of the cost.
    alike = (volume[1:, middle] == volume[:-1, middle]).all(axis=1) & (voxels.lowest[1:] != voxels.highest[1:])
    repeated = [index for index in (alike.nonzero()[0] + 1).tolist() if (volume[index] == volume[index - 1]).all()]
    for run in _runs(repeated):
        who = f"slices {_listed(run)} are " if len(run) > 1 else ""
        yield at(series, f"{who}identical to slice {run[0] - 1}", slice=run[0])


def _runs(indices: Iterable[int]) -> Iterator[list[int]]:
    """Yield ascending indices in groups of neighbours."""
    run: list[int] = []
    for index in indices:
        if run and index != run[-1] + 1:
            yield run
            run = []
        run.append(index)
    if run:
        yield run


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


@archive_rule(needs=Read.VOXELS, remedy="Find out which of the two is right, and fetch the other again.")
def duplicate_volume(examination: Examination) -> Iterator[Found]:
    """Two series of one split with identical voxels (constant ones aside).

    The voxels are the same from first to last, in two cases or two planes of one split; how the files write them
    does not matter. The later of the two by path is reported, and names the first.

    **Why it matters.** A file was copied over another: one series is lost, and its label belongs to another knee.
    """
    for split in Split:
        first: dict[str, str] = {}
        for path, digest in examination.digests.items():
            series = examination.series[path].series
            if series.split is split and (earlier := first.setdefault(digest, path)) != path:
                yield at(series, f"the voxels are those of {earlier}")


@archive_rule(
    needs=Read.VOXELS, remedy="Keep one of the two cases; move the files of the other to a folder outside the archive."
)
def split_leakage(examination: Examination) -> Iterator[Found]:
    """A train series and a valid series with identical voxels (constant ones aside).

    The same images are in both splits, under two ids or in two planes. The series of valid is reported, and
    names the one of train.

    **Why it matters.** The model is judged by what it was trained on: its figures are too good, and nobody can see it
    from them.
    """
    train: dict[str, str] = {}
    for path, digest in examination.digests.items():
        series = examination.series[path].series
        if series.split is Split.TRAIN:
            train.setdefault(digest, path)
        elif digest in train:
            yield at(series, f"the voxels are those of {train[digest]}")
