"""`make bench`: mrnet beside what people would use otherwise, as whole processes, in a Markdown table.

python -m tests.bench --cases 1250 --runs 5 --only validate
"""

import argparse
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.measure import compare, run_once

PEERS = Path(__file__).parent / "peers"
MRNET = [sys.executable, "-m", "mrnet"]


@dataclass(frozen=True, slots=True)
class Work:
    """One row of the table: `goal` is how many times as fast as the peer it should be."""

    name: str
    peer_name: str
    ours: list[str]
    peer: list[str]
    goal: float
    remove: Path | None = None
    needs: str | None = None
    """A module that the peer imports, or a program that it is."""


def peer(script: str, *words: object) -> list[str]:
    """Return the command of a peer's script."""
    return [sys.executable, str(PEERS / f"{script}.py"), *map(str, words)]


def all_work(folder: Path, zipped: Path, manifest: Path, scratch: Path) -> Iterator[Work]:
    """Yield every row of the table."""
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


def prepare(place: Path, cases: int) -> tuple[Path, Path, Path]:
    """Make the synthetic archive, its zip and its manifest where they are not there yet."""
    folder, zipped, manifest = place / f"demo-{cases}", place / f"demo-{cases}.zip", place / f"demo-{cases}.sha256"
    place.mkdir(parents=True, exist_ok=True)
    if not folder.exists():
        subprocess.run([*MRNET, "demo", str(folder), "--cases", str(cases)], check=True)
    if not zipped.exists():
        part = zipped.with_suffix(".part")
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as opened:
            for path in sorted(folder.rglob("*")):
                opened.write(path, f"MRNet-v1.0/{path.relative_to(folder)}")
        part.rename(zipped)
    if not manifest.exists():
        subprocess.run([*MRNET, "manifest", "--root", str(folder), "-o", str(manifest)], check=True)
    return folder, zipped, manifest


def machine() -> str:
    """Describe what this runs on, as far as it decides the figures."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{processors} × {models[0] if models else platform.processor()}, {platform.platform()}, Python {platform.python_version()}"


def is_there(needed: str | None) -> bool:
    """Tell whether a peer's module or program is installed."""
    return needed is None or shutil.which(needed) is not None or importlib.util.find_spec(needed) is not None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=125, help="size of the synthetic archive (1250 is the full one)")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="", help="rows whose name holds this")
    parser.add_argument("--cold", action="store_true", help="empty the file cache before each run (Linux, root)")
    parser.add_argument(
        "--place", type=Path, default=Path.home() / ".cache" / "mrnet-bench", help="where archives stay"
    )
    chosen = parser.parse_args()
    archives = prepare(chosen.place, chosen.cases)
    print(
        f"{chosen.cases:,} cases, {'cold' if chosen.cold else 'warm'} cache, median of {chosen.runs} pairs; {machine()}\n"
    )
    print("| work | peer | mrnet | peer | times as fast | to reach | peak memory |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for work in all_work(*archives, chosen.place / "pictures"):
        if chosen.only not in work.name:
            continue
        if not is_there(work.needs):
            print(f"| {work.name} | {work.peer_name} | | not installed | | {work.goal:.2f} | |", flush=True)
            continue
        found = compare(work.ours, work.peer, chosen.runs, cold=chosen.cold, remove=work.remove)
        seconds = " | ".join(f"{each:.2f} s" for each in found.seconds)
        figures = f"{found.times_as_fast:.2f} | {work.goal:.2f} | {found.megabytes[0]:.0f} MB"
        print(f"| {work.name} | {work.peer_name} | {seconds} | {figures} |", flush=True)
    run_once(["true"], remove=chosen.place / "pictures")


if __name__ == "__main__":
    main()
