"""The tutorial runs from top to bottom, and the copy in the repository has no pictures."""

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial" / "first-look.ipynb"


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")  # Jupyter's own.
def test_the_tutorial_runs_on_an_archive(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
    pytest.importorskip("anywidget", reason="the extra `notebook` is not installed")
    for kind in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{kind}_DIR", str(tmp_path / kind.lower()))
    archive.rename(archive.with_name("MRNet-demo"))
    notebook = nbformat.read(TUTORIAL, as_version=4)
    for cell in notebook.cells:
        # The small archive's series are shorter than a knee's.
        cell.source = cell.source.replace('{"sagittal": 10}', '{"sagittal": 1}')
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    results = [output["data"] for output in outputs if "data" in output]
    assert results[0]["text/plain"] == "5"
    assert sum("image/png" in data for data in results) == 1
    assert sum("application/vnd.jupyter.widget-view+json" in data for data in results) == 1
    assert "(20, 180)" in results[-1]["text/plain"]
    assert not [output for output in outputs if output["output_type"] in {"error", "stream"}]


def test_the_copy_in_the_repository_has_no_output() -> None:
    cells = json.loads(TUTORIAL.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert code
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
