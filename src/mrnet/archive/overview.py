"""What `mrnet info` shows: an archive in figures, and each series of some cases, from headers or from every voxel."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from mrnet.archive.model import Archive, Case, Series
from mrnet.archive.volume import Header, check_loadable, import_before_threads, read_series_header
from mrnet.archive.voxels import Intensity, measure_intensity
from mrnet.errors import FileError, MRNetError
from mrnet.memory import VOLUMES
from mrnet.parallel import ALL_PROCESSORS, Workers, ordered_map
from mrnet.vocabulary import Finding, Plane, Split

SERIES_COLUMNS = ("case", "split", *Finding, "plane", "path", "slices", "rows", "columns", "dtype", "bytes")
"""The columns of one row per series."""
INTENSITY_COLUMNS = ("min", "max", "mean", "std", "p1", "p50", "p99", "blank_slices")
"""The further columns if voxels were read."""


@dataclass(frozen=True, slots=True)
class SeriesInfo:
    """The figures of one series; `error` is the reason if there are none."""

    plane: Plane
    path: str | None
    error: str | None = None
    header: Header | None = None
    """None where the file has no header that can be read."""
    bytes: int = 0
    intensity: Intensity | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the series as the contract names its figures."""
        row: dict[str, Any] = {"plane": self.plane.value, "path": self.path}
        if self.header is not None:
            row |= {"slices": self.header.slices} if self.error is None else {}
            row |= {"shape": list(self.header.shape), "dtype": self.header.dtype, "bytes": self.bytes}
        if self.error is not None:
            return row | {"error": self.error}
        if self.intensity is not None:
            row |= asdict(self.intensity)
            del row["histogram"]
        return row


@dataclass(frozen=True, slots=True)
class CaseInfo:
    """The figures of one case."""

    case: Case
    series: list[SeriesInfo]

    @property
    def sound(self) -> bool:
        """Whether all three series are there and can be read."""
        return all(series.error is None for series in self.series)

    def as_json(self) -> dict[str, Any]:
        """Return the case as the contract names its figures."""
        return {
            "case": self.case.id,
            "split": self.case.split.value,
            **{finding.value: answer for finding, answer in self.case.labels.items()},
            "series": [series.as_json() for series in self.series],
        }

    def flat_rows(self) -> Iterator[dict[str, Any]]:
        """Yield one row per series, with the shape in three columns."""
        case = self.as_json()
        for series in case.pop("series"):
            shape = series.pop("shape", ())
            if len(shape) == 3:
                series["slices"], series["rows"], series["columns"] = shape
            yield case | series


def inspect_cases(cases: Iterable[Case], *, intensity: bool, workers: Workers = ALL_PROCESSORS) -> Iterator[CaseInfo]:
    """Yield the figures of each case in their order, from headers and, with `intensity`, from every voxel."""
    if intensity:
        import_before_threads()
    for _, info in ordered_map(partial(_inspect_case, intensity=intensity), cases, workers, light=not intensity):
        if isinstance(info, MRNetError):
            raise info
        yield info


def _inspect_case(case: Case, *, intensity: bool) -> CaseInfo:
    return CaseInfo(case, [_inspect(series, intensity=intensity) for series in case.all_series()])


def _inspect(series: Series, *, intensity: bool) -> SeriesInfo:
    if not series.exists:
        return SeriesInfo(series.plane, None, f"{series.path}: no such file")
    header, size = None, 0
    try:
        header, size = read_series_header(series.storage, series.path), series.size()
        check_loadable(header, size, series.path)
        figures = _intensity(series, size) if intensity else None
    except FileError as error:
        return SeriesInfo(series.plane, series.path, str(error), header, size)
    return SeriesInfo(series.plane, series.path, None, header, size, figures)


def _intensity(series: Series, size: int) -> Intensity:
    with VOLUMES.taking(size):
        return measure_intensity(series.load())


def archive_overview(archive: Archive) -> dict[str, Any]:
    """Return the object that `mrnet info` prints for an archive: counts by split, plane and finding."""
    return {
        "root": archive.root,
        "kind": archive.kind,
        "edition": archive.edition.value,
        "synthetic": archive.synthetic,
        "cases": len(archive.cases),
        "series": len(archive.volumes),
        "bytes": archive.size(),
        "splits": {split.value: overview for split in Split if (overview := _split_overview(archive, split))},
    }


def _split_overview(archive: Archive, split: Split) -> dict[str, Any] | None:
    cases = [case for case in archive.cases if case.split == split]
    if not cases:
        return None
    planes = [series.plane for series in archive.volumes if series.split == split]
    positives = {
        finding.value: sum(case.labels[finding] == 1 for case in cases)
        if archive.label_files[split, finding].rows
        else None
        for finding in Finding
    }
    return {
        "cases": len(cases),
        "first": cases[0].id,
        "last": cases[-1].id,
        "planes": {plane.value: planes.count(plane) for plane in Plane},
        "positives": positives,
    }
