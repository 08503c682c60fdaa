"""The slice viewer in a notebook: the same page as a widget; Python can read and set case, slices and window."""

import operator
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mrnet.archive.model import Archive, Case, slice_count
from mrnet.errors import FileError, ServerLostError
from mrnet.viewer.page import STYLE_SHEET, joined_script, part
from mrnet.viewer.roster import Roster, Shown, roster_of
from mrnet.vocabulary import MAX_GREY, Plane, case_id, is_window

try:
    import anywidget
    import traitlets
except ImportError as error:
    from mrnet.installation import missing_extra

    raise missing_extra("KneeViewer", "notebook") from error


class KneeViewer(anywidget.AnyWidget):
    """Three planes of a case to scroll through, and a list of cases.

    Args:
        archive: an archive, or the path of one.
        cases: the cases to show; all if not given.
    """

    _esm = joined_script()
    _css = part(STYLE_SHEET)

    case = traitlets.Unicode().tag(sync=True)
    """Id of the case that is shown; `valid/0001` if the id is in both splits."""
    slices = traitlets.Dict().tag(sync=True)
    """The shown slice of each plane, from 0; a plane that cannot be shown is left out."""
    window = traitlets.Tuple(default_value=(0, MAX_GREY)).tag(sync=True)
    """Grey levels shown as black and as white: two for all planes, or six, two for each in the order axial, coronal,
    sagittal."""

    def __init__(self, archive: Archive | str | Path, cases: Iterable[Case] | None = None) -> None:
        opened = archive if isinstance(archive, Archive) else Archive.open(archive)
        self._roster: Roster = roster_of(opened, opened.cases if cases is None else cases)
        self._set_by_page = False
        super().__init__()
        self.on_msg(self._answer)
        if self._roster.shown:
            self.case = self._roster.shown[0].name

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Set the traits from the page's state; the page knows the slices of the case that it has opened."""
        self._set_by_page = True
        try:
            super().set_state(sync_data)
        finally:
            self._set_by_page = False

    @traitlets.validate("case")
    def _known_case(self, proposal: Any) -> str:
        wanted = str(proposal["value"])
        shown = self._find(wanted)
        return shown.name if self._find(shown.name) is shown else shown.key

    @traitlets.observe("case")
    def _start_in_the_middle(self, _: Any) -> None:
        if not self._set_by_page:
            self.slices = {plane: count // 2 for plane, count in self._slice_counts().items()}

    @traitlets.validate("slices")
    def _existing_slices(self, proposal: Any) -> dict[str, int]:
        counts = self._slice_counts()
        wanted = {str(plane): _whole(slice) for plane, slice in proposal["value"].items()}
        for plane, slice in wanted.items():
            if plane not in set(Plane):
                raise traitlets.TraitError(f"slices: {plane!r} is not a plane, expected {', '.join(Plane)}")
            if plane in counts and not 0 <= slice < counts[plane]:
                raise traitlets.TraitError(f"slices: {plane} slice {slice!r} is not in 0 to {counts[plane] - 1}")
        kept = {plane: slice for plane, slice in self.slices.items() if slice < counts.get(plane, 0)}
        return {**kept, **{plane: slice for plane, slice in wanted.items() if plane in counts}}

    @traitlets.validate("window")
    def _usable_window(self, proposal: Any) -> tuple[int, ...]:
        levels = tuple(map(_whole, proposal["value"]))
        pairs = list(zip(levels[::2], levels[1::2], strict=False))
        if len(levels) not in (2, 2 * len(Plane)) or not all(is_window(low, high) for low, high in pairs):
            raise traitlets.TraitError(
                f"window: {levels} are not grey levels, expected 0 <= low < high <= {MAX_GREY}: two numbers, or two for "
                "each plane"
            )
        return levels

    def _find(self, name: str) -> Shown:
        for shown in self._roster.shown:
            if case_id(name) in {shown.name, shown.key}:
                return shown
        raise traitlets.TraitError(f"case: {name!r} is not shown here")

    def _slice_counts(self) -> dict[str, int]:
        series = self._find(self.case).case.all_series() if self.case else ()
        counts = {each.plane.value: slice_count(each) for each in series}
        return {plane: count for plane, count in counts.items() if isinstance(count, int)}

    def _answer(self, _: Any, question: dict[str, Any], __: Any) -> None:
        if question.get("ask") == "index":
            self.send({"id": question["id"], "index": self._roster.index()})
        elif question.get("ask") == "volume":
            self._send_series(question["id"], f"{question['key']}/{question['plane']}")

    def _send_series(self, id: str, name: str) -> None:
        try:
            if name not in self._roster.series_by_name:
                raise FileError("There is no such series.")
            voxels = self._roster.load(name)
        except (FileError, ServerLostError) as error:
            self.send({"id": id, "error": str(error)})
        else:
            self.send({"id": id, "shape": " ".join(map(str, voxels.shape))}, buffers=[voxels.tobytes()])


def _whole(number: Any) -> int:
    """Return a whole number of any type, such as NumPy's, as a Python int."""
    try:
        return operator.index(number)
    except TypeError as error:
        raise traitlets.TraitError(f"{number!r} is not a whole number") from error
