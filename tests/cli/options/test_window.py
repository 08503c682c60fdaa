"""`--window` for all planes or for one."""

from pathlib import Path

import pytest

from mrnet.archive.model import Archive
from mrnet.cli.options.window import Windows, join_windows, parse_windows
from mrnet.errors import UsageError
from mrnet.vocabulary import Plane
from tests.conftest import Mrnet
from tests.decoders import decode_grey


def test_two_or_three_words_become_one_and_all_others_stay() -> None:
    words = ["browse", "0001", "--window", "cor", "20", "180", "--invert", "--window", "0", "99", "0002"]
    joined = ["browse", "0001", "--window", "cor 20 180", "--invert", "--window", "0 99", "0002"]
    assert join_windows(words) == joined
    assert join_windows(["--window"]) == ["--window"]
    assert join_windows(["x", "--", "--window", "1", "2"]) == ["x", "--", "--window", "1", "2"]


def test_a_plane_has_its_own_grey_levels_and_the_others_the_rest() -> None:
    windows = parse_windows(["20 180", "cor 0 99.5"])
    assert [windows.of(plane) for plane in Plane] == [(20, 180), (0, 99.5), (20, 180)]
    assert parse_windows(None) == Windows()
    assert parse_windows(["sagittal 1 2"]).of(Plane.AXIAL) is None


@pytest.mark.parametrize(
    "texts", [["20"], ["cor 20"], ["180 20"], ["0 256"], ["nan 9"], ["oblique 1 2"], ["1 2", "3 4"], ["cor 1 2"] * 2]
)
def test_a_senseless_window_is_a_usage_error(texts: list[str]) -> None:
    with pytest.raises(UsageError, match="--window"):
        parse_windows(texts)


def test_pictures_of_one_plane_are_windowed_and_those_of_others_not(mrnet: Mrnet, archive: Path) -> None:
    ran = mrnet("export-gif", "0000", "--window", "cor", "100", "101", "--root", archive)
    assert ran.status == 0, ran.err
    case = Archive.open(archive).case("0000")
    for plane in Plane:
        volume = case.series(plane).load()
        expected = (volume > 100) * 255 if plane == Plane.CORONAL else volume
        assert (decode_grey(Path(f"gifs/0000-{plane}.gif")) == expected).all()
