"""The chart: the same bytes each time, no overlaps, and sensible panels if there is little to show."""

import os
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from mrnet import __version__
from mrnet.archive.model import Archive, Case
from mrnet.errors import UsageError
from mrnet.statistics import chart
from mrnet.statistics.counting import Count, count_cases

pytestmark = pytest.mark.slow

MAGIC = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


def count_of(root: Path, choose: Callable[[Case], bool] = lambda case: True) -> Count:
    opened = Archive.open(root)
    return count_cases(opened, [case for case in opened.cases if choose(case)])


@pytest.fixture
def count(archive: Path) -> Count:
    return count_of(archive)


@pytest.mark.parametrize("format", ["png", "svg", "pdf"])
def test_the_same_figures_give_the_same_bytes_without_a_date(count: Count, format: str) -> None:
    drawn = [chart.draw_chart(count.figures, count.slices, format) for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert drawn[0].startswith(MAGIC[format])
    for word in (b"Date", b"<dc:date", b"matplotlib.org"):
        assert word not in drawn[0]


def test_another_process_gives_the_same_bytes_with_any_user_settings(
    count: Count, tmp_path: Path, archive: Path
) -> None:
    settings = [
        tmp_path / name for name in ("matplotlibrc", "matplotlib/matplotlibrc", "matplotlib/stylelib/any.mplstyle")
    ]
    settings[-1].parent.mkdir(parents=True)
    for each in settings:
        # matplotlib would fail to read this.
        each.write_bytes(b"font.size: 30\naxes.grid: True\n\xff")
    ran = subprocess.run(
        [sys.executable, "-m", "mrnet", "stats", "--root", archive, "--plot", "chart.svg", "--quiet"],
        cwd=tmp_path,
        env=os.environ | {"MATPLOTLIBRC": str(tmp_path), "MPLCONFIGDIR": str(tmp_path / "matplotlib")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=True,
    )
    assert not ran.stderr
    assert (tmp_path / "chart.svg").read_bytes() == chart.draw_chart(count.figures, count.slices, "svg")


def test_a_png_is_a_pages_width_at_300_dots_an_inch(count: Count) -> None:
    image = Image.open(BytesIO(chart.draw_chart(count.figures, count.slices, "png")))
    assert image.width == pytest.approx(180 / 25.4 * 300, abs=1)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Draw a chart, and return its page with the box of every text that is drawn on it."""

    def draw(count: Count, panel: str | None = None) -> Any:
        pages, boxes = [], []

        def note(text: Any, renderer: Any) -> None:
            if text.get_visible() and text.get_text().strip():
                boxes.append((text.get_text(), text.get_window_extent(renderer)))

        monkeypatch.setattr(Figure, "savefig", lambda page, *_, **__: pages.append(page))
        monkeypatch.setattr(Text, "draw", note)
        chart.draw_chart(count.figures, count.slices, "png", panel)
        FigureCanvasAgg(pages[0]).draw()
        return pages[0], boxes

    return draw


@pytest.mark.parametrize(
    "choose",
    [
        pytest.param(lambda case: True, id="all"),
        pytest.param(lambda case: case.split == "train", id="one split"),
        pytest.param(lambda case: case.id == "0000", id="one case"),
    ],
)
@pytest.mark.parametrize("panel", [None, *chart.PANELS])
def test_no_two_texts_overlap_and_none_leaves_the_page(
    full_archive: Path, drawn: Any, choose: Any, panel: str | None
) -> None:
    page, boxes = drawn(count_of(full_archive, choose), panel)
    assert boxes
    for number, (text, box) in enumerate(boxes):
        assert page.bbox.x0 <= box.x0 < box.x1 <= page.bbox.x1, text
        assert page.bbox.y0 <= box.y0 < box.y1 <= page.bbox.y1, text
        for other, other_box in boxes[number + 1 :]:
            assert not shrunk(box).overlaps(shrunk(other_box)), (text, other)


def shrunk(box: Any) -> Any:
    """A text's box without the space around its letters."""
    return box.padded(-1)


def test_a_synthetic_archive_is_marked_on_the_chart(archive: Path, drawn: Any) -> None:
    (archive / "SYNTHETIC.txt").write_text("made up")
    _, boxes = drawn(count_of(archive))
    assert "Synthetic archive: no patient's data" in [text for text, _ in boxes]


def test_panels_without_labels_or_volumes_show_a_note(archive: Path, drawn: Any) -> None:
    labels = archive.parent / "labels"
    labels.mkdir()
    for file in archive.glob("*.csv"):
        file.rename(labels / file.name)
    texts = [text for text, _ in drawn(count_of(archive))[1]]
    assert "no case has all three labels" in texts
    texts = [text for text, _ in drawn(count_of(labels))[1]]
    assert texts.count("no series") == 3


def test_an_unknown_suffix_is_refused() -> None:
    assert chart.check_format(".PDF") == "pdf"
    with pytest.raises(UsageError, match=r"expected \.png, \.svg, \.pdf"):
        chart.check_format(".jpeg")


def test_a_panel_alone_has_the_width_of_a_column(count: Count) -> None:
    image = Image.open(BytesIO(chart.draw_chart(count.figures, count.slices, "png", "slices")))
    assert image.width == pytest.approx(85 / 25.4 * 300, abs=1)
    with pytest.raises(UsageError, match="--panel 'slice' is unknown, .*did you mean slices"):
        chart.check_panel("slice")


def test_text_in_an_svg_stays_text_and_title_and_source_are_metadata(count: Count) -> None:
    svg = chart.draw_chart(count.figures, count.slices, "svg").decode()
    assert ">Prevalence with 95 % interval (Wilson)</text>" in svg
    assert "'DejaVu Sans', Verdana, Arial, Helvetica, sans-serif" in svg
    assert "<dc:title>Labels and slices</dc:title>" in svg
    assert "all cases, counted by mrnet" in svg
    pdf = chart.draw_chart(count.figures, count.slices, "pdf")
    assert b"/Title (Labels and slices)" in pdf
    assert b"/Subject" in pdf


def test_unknown_values_are_not_drawn_as_0(archive: Path, drawn: Any) -> None:
    (archive / "valid-acl.csv").unlink()
    texts = [text for text, _ in drawn(count_of(archive))[1]]
    assert "unknown" in texts
    assert "valid: unknown, no case has all three labels" in texts
    assert "Co-occurrence, n = 3 to 5 (% of the row's)" in texts
    assert any(text.startswith("Combinations, n = train 3, valid 0:") for text in texts)
    assert "Slices: axial, n = 3 + 2" in texts
    assert any("all cases, counted by mrnet" in text for text in texts)


@pytest.mark.parametrize("panel", [None, "prevalence"])
def test_the_selection_stays_on_the_chart_of_an_archive_with_a_long_path(
    count: Count, drawn: Any, panel: str | None
) -> None:
    count.figures["archive"] = f"/{'far/away/' * 30}MRNet-v1.0"
    count.figures["selection"] = {"cases": None, "split": "valid", "where": "acl", "sample": None, "seed": None}
    texts = [text for text, _ in drawn(count, panel)[1]]
    assert any(text.startswith("split valid, where acl, counted by mrnet") for text in texts)


@pytest.mark.parametrize("format", ["png", "svg", "pdf"])
def test_any_path_of_an_archive_can_be_written_on_the_chart(count: Count, format: str) -> None:
    count.figures["archive"] = "$\\foo{$ 日本 \udcff \x07"
    drawn = chart.draw_chart(count.figures, count.slices, format, "prevalence")
    if format == "svg":
        assert f">all cases, counted by mrnet {__version__}: $\\foo{{$ \\u65e5\\u672c \\udcff \\x07" in drawn.decode()


def test_a_date_that_is_not_a_number_changes_nothing(count: Count, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    assert chart.draw_chart(count.figures, count.slices, "pdf", "prevalence").startswith(MAGIC["pdf"])
    assert os.environ["SOURCE_DATE_EPOCH"] == "yesterday"
