"""`make bench`: mrnet compared with the alternatives, as whole processes, in a Markdown table.

python -m tests.bench --cases 1250 --runs 5 --only validate
python -m tests.bench --growth
python -m tests.bench --page
"""

import argparse
import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.archives import MRNET, Archives, prepare
from tests.bench.growth import BASE, growth_table
from tests.bench.measure import compare, run_once
from tests.bench.page import page_table

PEERS = Path(__file__).parent / "peers"


@dataclass(frozen=True, slots=True)
class Work:
    """One row of the table: `goal` is the required factor by which mrnet is faster than the peer."""

    name: str
    peer_name: str
    ours: list[str]
    peer: list[str]
    goal: float
    remove: Path | None = None
    needs: str | None = None
    """The module that the peer imports, or the peer's program."""


def peer(script: str, *words: object) -> list[str]:
    """Return the command of a peer's script."""
    return [sys.executable, str(PEERS / f"{script}.py"), *map(str, words)]


def all_work(archives: Archives, scratch: Path) -> Iterator[Work]:
    """Yield every row of the table."""
    folder, zipped, manifest = archives.folder, archives.zipped, archives.manifest
    root, by_zip = ["--root", str(folder)], ["--root", str(zipped)]
    headers = peer("numpy_headers", folder)
    yield Work("info 0001", "bare Typer app", [*MRNET, "info", "0001", *root], peer("bare_app", "info"), 1 / 1.1)
    yield Work("--help", "bare Typer app's", [*MRNET, "--help"], peer("bare_app", "--help"), 1 / 1.15)
    yield Work("list, folder", "np.load + pandas", [*MRNET, "list", *root], headers, 1)
    yield Work("list, zip", "np.load + pandas (folder)", [*MRNET, "list", *by_zip], headers, 1)
    yield Work("stats, folder", "np.load + pandas", [*MRNET, "stats", *root], headers, 1)
    yield Work("stats, zip", "np.load + pandas (folder)", [*MRNET, "stats", *by_zip], headers, 1)
    checksums = ["sh", "-c", f"cd '{folder}' && sha256sum --check --quiet '{manifest}'"]
    against = [*MRNET, "validate", "--against", str(manifest), *root]
    yield Work("validate folder + manifest", "sha256sum -c", against, checksums, 5, needs="sha256sum")
    unzip = ["unzip", "-tq", str(zipped)]
    yield Work("validate deflated zip", "unzip -tq", [*MRNET, "validate", *by_zip], unzip, 4.5, needs="unzip")
    header_check = [*MRNET, "validate", "--read", "headers", *root]
    yield Work("validate --read headers", "np.load", header_check, peer("numpy_check", folder), 1.5)
    pictures = [str(folder), str(scratch)]
    gifs = [*MRNET, "export-gif", "--plane", "coronal", "-o", str(scratch), *root]
    yield Work("coronal GIFs", "imageio loop", gifs, peer("imageio_gifs", *pictures), 2.2, scratch)
    yield Work("coronal GIFs", "TorchIO to_gif loop", gifs, peer("torchio_gifs", *pictures), 4, scratch, "torchio")
    montages = [*MRNET, "export-montage", "--plane", "coronal", "-o", str(scratch), *root]
    skimage = peer("skimage_montages", *pictures)
    yield Work("coronal montages", "scikit-image + PNG", montages, skimage, 2, scratch, "skimage")
    yield Work("coronal montages", "matplotlib grid", montages, peer("matplotlib_montages", *pictures), 6, scratch)


def machine() -> str:
    """Describe the machine, as far as it affects the figures."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{processors} × {models[0] if models else platform.processor()}, {platform.platform()}, Python {platform.python_version()}"


def is_there(needed: str | None) -> bool:
    """Return whether a peer's module or program is installed."""
    return needed is None or shutil.which(needed) is not None or importlib.util.find_spec(needed) is not None


def peers_table(archives: Archives, scratch: Path, runs: int, *, cold: bool, only: str) -> Iterator[str]:
    """Yield the lines of the table as they are measured."""
    yield "| work | peer | mrnet | peer | times as fast | of single pairs | to reach | peak memory |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for work in all_work(archives, scratch):
        if only not in f"{work.name}, {work.peer_name}":
            continue
        if not is_there(work.needs):
            yield f"| {work.name} | {work.peer_name} | | not installed | | | {work.goal:.2f} | |"
            continue
        found = compare(work.ours, work.peer, runs, cold=cold, remove=work.remove)
        seconds = " | ".join(f"{each:.2f} s" for each in found.seconds)
        ratios = f"{found.times_as_fast:.2f} | {found.ratios[0]:.2f}–{found.ratios[-1]:.2f} | {work.goal:.2f}"
        yield f"| {work.name} | {work.peer_name} | {seconds} | {ratios} | {found.megabytes[0]:.0f} MB |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=125, help="size of the synthetic archive (1250 is the full one)")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="", help="only rows whose work or peer contains this text")
    parser.add_argument("--cold", action="store_true", help="empty the file cache before each run (Linux, root)")
    parser.add_argument("--growth", action="store_true", help="125, 1,250 and 12,500 cases instead, without peers")
    parser.add_argument("--page", action="store_true", help="the viewer's page in Chromium instead")
    parser.add_argument(
        "--place", type=Path, default=Path.home() / ".cache" / "mrnet-bench", help="where archives stay"
    )
    chosen = parser.parse_args()
    scratch = chosen.place / "pictures"
    print(f"{'Cold' if chosen.cold else 'Warm'} cache, medians of {chosen.runs}; {machine()}\n")
    if chosen.growth:
        lines = growth_table(prepare(chosen.place, BASE).folder, chosen.place, chosen.runs, chosen.only)
    elif chosen.page:
        lines = page_table(prepare(chosen.place, BASE).folder, chosen.runs)
    else:
        archives = prepare(chosen.place, chosen.cases)
        lines = peers_table(archives, scratch, chosen.runs, cold=chosen.cold, only=chosen.only)
    for line in lines:
        print(line, flush=True)
    run_once(["true"], remove=scratch)


if __name__ == "__main__":
    main()
