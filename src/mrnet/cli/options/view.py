"""The options that `browse` and `export-html` share: where the page opens, and whether it is blind."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mrnet.cli.options.common import check_slice, option_group, slice_number
from mrnet.cli.options.window import METAVAR, Windows, parse_windows
from mrnet.errors import TargetError, UsageError
from mrnet.inputs import open_plain_file
from mrnet.text import shortened
from mrnet.vocabulary import MAX_GREY, Plane

if TYPE_CHECKING:
    from mrnet.archive.model import Archive, Case
    from mrnet.viewer.roster import Roster

OPENING_PANEL = "Where it opens"
BLIND_PANEL = "Blind reading"


@option_group
class ViewOptions:
    """The view on opening, and whether the page shows ids."""

    at: Annotated[
        str | None,
        typer.Option(
            metavar="SLICES", help="Axial, coronal and sagittal slice, from 0: 21,15,14.", show_default="the middle",
            rich_help_panel=OPENING_PANEL,
        ),
    ] = None  # fmt: skip
    windows: Annotated[
        list[str] | None,
        typer.Option(
            "--window", metavar=METAVAR, help="Grey levels shown as black and as white; repeat it for other planes.",
            show_default="0 255", rich_help_panel=OPENING_PANEL,
        ),
    ] = None  # fmt: skip
    invert: Annotated[bool, typer.Option("--invert", help="Black for white.", rich_help_panel=OPENING_PANEL)] = False
    blind: Annotated[
        bool,
        typer.Option("--blind", help="No label and no id: R01, R02…, shuffled by --seed.", rich_help_panel=BLIND_PANEL),
    ] = False
    key: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write as CSV which case is which.", show_default=False, rich_help_panel=BLIND_PANEL
        ),
    ] = None

    def roster(self, archive: "Archive", cases: "Iterable[Case]", seed: int) -> "Roster":
        """Return the cases with their names on the page.

        Raises:
            UsageError: there is no case, or `--key` is given without `--blind`.
        """
        from mrnet.viewer.roster import blind_roster, roster_of

        if self.key and not self.blind:
            raise UsageError("--key says which case is which in a blind reading; add --blind")
        roster = blind_roster(archive, cases, seed) if self.blind else roster_of(archive, cases)
        if not roster.shown:
            raise UsageError(f"{archive.root} holds no cases to show")
        return roster

    def write_key(self, roster: "Roster") -> None:
        """Write the key if `--key` names a file. Another reading's key is never replaced, because that reading would be lost.

        Raises:
            UsageError: see `mrnet.writing.check_target`.
            TargetError: another file is there, or it cannot be written.
        """
        from mrnet.viewer.roster import key_table
        from mrnet.writing import check_target, writing

        if self.key is None:
            return
        check_target(self.key)
        table = key_table(roster).encode()
        is_new = not self.key.exists()
        if not is_new and self.key.is_file() and not _may_be_replaced(self.key, table):
            raise TargetError(
                f"{self.key}: another key or file is here already, and is not replaced; name another with --key"
            )
        # Another run may write a key here at this moment.
        with writing(self.key, checked=True, new=is_new) as handle:
            handle.write(table)

    def start(self, roster: "Roster") -> dict[str, Any]:
        """Return the view on opening, in the form that the page takes.

        Raises:
            UsageError: no such slices, or no such window.
        """
        from mrnet.archive.model import slice_count

        start: dict[str, Any] = {"case": roster.shown[0].key}
        if self.at is not None:
            start["at"] = parse_slices(self.at)
            for plane, slice in zip(Plane, start["at"], strict=True):
                count = slice_count(roster.shown[0].case.series(plane))
                if slice is not None and isinstance(count, int):
                    check_slice("--at", plane, slice, count)
        if self.windows is not None:
            start["window"] = _grey_levels(parse_windows(self.windows))
        if self.invert:
            start["invert"] = True
        return start


def _may_be_replaced(key: Path, table: bytes) -> bool:
    """Return whether a key's file is empty or already holds this table."""
    try:
        with open(key, "rb", opener=open_plain_file) as handle:
            return handle.read(len(table) + 1) in (b"", table)
    except OSError:
        return False


def parse_slices(text: str) -> list[int | None]:
    """Return the slice of each plane from `21,15,14`; None for a slice that is left out, as in `21,,14`.

    Raises:
        UsageError: there are not three, or one is not a slice number.
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != len(Plane):
        raise UsageError(f"--at {shortened(text)!r}: expected the slices of {', '.join(Plane)}, such as 21,15,14")
    return [slice_number(part, "--at") if part else None for part in parts]


def _grey_levels(windows: Windows) -> list[int]:
    """Return two grey levels for all planes or two for each, in the form that the page takes."""
    levels = [level for plane in Plane for level in windows.of(plane) or (0, MAX_GREY)]
    if any(level % 1 for level in levels):
        raise UsageError(f"--window: the page shows whole grey levels, expected such as 20 180, not {levels}")
    whole = [int(level) for level in levels]
    return whole if windows.planes else whole[:2]
