"""Random trials by kind: each function draws one, on a small archive in its own folder."""

import json
import os
import random
import re
import resource
import shutil
import signal
import threading
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from mrnet.writing import PART
from tests.archives import write_archive, zip_archive
from tests.fuzz import faults
from tests.fuzz.laws import CHANGING, SECRET, Ended, Trial, not_accused, run
from tests.remote.servers import FaultyServer

COMMANDS = [
    ["info"], ["info", "0000", "--intensity"], ["list", "-o", "out/list.json"], ["stats", "-o", "out/stats.json"],
    ["stats", "--plot", "out/chart.png"], ["validate", "-o", "out/report.json", "-o", "out/report.xml"],
    ["manifest", "-o", "out/sums"], ["export-gif", "-o", "out/gifs"], ["export-gif", "--together", "-p", "ax,cor", "-o", "out/g"],
    ["export-montage", "-o", "out/montages"], ["export-contact-sheet", "-p", "ax", "-o", "out/sheet.png"],
    ["export-html", "0000", "-o", "out/pages"], ["show", "0000"], ["compare", "reader.csv"], ["rules"],
    ["extract", "-o", "out/copy"], ["extract", "0000", "-o", "out/copy.zip"],
    ["demo", "out/demo", "--cases", "2"], ["demo", "out/demo.zip", "--cases", "2", "--jobs", "2"],
]  # fmt: skip
WITHOUT_ROOT = {"rules", "demo"}
OPTIONS = [
    "--jobs", "--format", "-o", "--where", "--sample", "--seed", "--split", "--plane", "--scale", "--slices", "--window",
    "--max-bytes", "--labels", "--against", "--at", "--slice", "--cases", "--columns", "--tile", "--fps", "--key", "--config",
    "--known", "--scheduler", "--tolerance", "--plot", "--root",
]  # fmt: skip
VALUES = [
    "", "0", "-1", "9" * 5000, "1e999", "nan", "x" * 300, "\u202e\x1b[2J", "..", "/", "/dev/null", "/dev/full", "/dev/stdin", "/dev/zero", "/proc/kmsg",
    "locked/x.json", "pipe", "link", "s/train/axial/0000.npy", "s/x.json", "s3://bucket/x.json", "~", "-", "@reader.csv",
    "reader.csv", "s.zip", "1:2:0", "1 2", "[", "'", '"axil" > 3', "acl", "tcp://127.0.0.1:1", "random()", "\udcff", "a.json",
    f"https://me:{SECRET}@127.0.0.1:9/x.zip", "0000-9999", "json", "table", "C:/x", "0.5", "8", "1188",
]  # fmt: skip
ENVIRONMENTS: list[dict[str, str | None]] = [
    {"PYTHONOPTIMIZE": "2"}, {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}, {"HOME": None}, {"TMPDIR": "/nonexistent"},
    {"PYTHONWARNINGS": "error"}, {"PYTHONDEVMODE": "1"}, {"COLUMNS": "0"}, {"COLUMNS": "9" * 30}, {"TERM": "dumb"}, {"LC_ALL": "C"},
    {"PYTHONIOENCODING": "ascii"}, {"NO_COLOR": "1"}, {"FORCE_COLOR": "1"}, {"CI": "true"}, {"MRNET_ROOT": ""}, {"PATH": ""},
    {"AWS_ENDPOINT_URL": "minio:9000"}, {"AWS_SECRET_ACCESS_KEY": f"{SECRET}\n", "AWS_ACCESS_KEY_ID": "x"}, {"TZ": "../../x"},
    {"PYTHONUTF8": "0", "LANG": "C"}, {"PYTHONHASHSEED": "7"}, {"PYTHONUNBUFFERED": "1"}, {"XDG_CACHE_HOME": "/proc"},
    {"HOME": "home", "XDG_CACHE_HOME": None, "XDG_DATA_HOME": None}, {"MATPLOTLIBRC": "/dev/zero"}, {"MATPLOTLIBRC": "pipe"}, {"MPLCONFIGDIR": "/proc"}, {"MPLCONFIGDIR": "reader.csv"},
]  # fmt: skip

TABLE = b"case,abnormal,acl,meniscus\n0000,1,0,1\n0001,0.5,1e-3,\n1130,,,0\n"
OPTION_FILES: list[tuple[list[str], bytes]] = [
    (["compare", "odd.csv"], TABLE), (["compare", "reader.csv", "--plot", "out/roc.svg", "--key", "odd.csv"], b"reading,case,split\nR1,0000,train\n"),
    (["stats", "--against", "odd.json"], b""), (["validate", "--known", "odd.json"], b'{"problems": [{"rule": "blank-slice", "path": "train/axial/0000.npy"}]}'),
    (["validate", "--against", "odd.sums"], b"0" * 64 + b"  train/axial/0000.npy\n" + b"0" * 64 + b" *train-acl.csv\n"),
    (["validate", "--against", "odd.csv"], b"file_name,md5_hash\n0000_axial.npy,d41d8cd98f00b204e9800998ecf8427e\n"),
    (["validate", "--read", "labels", "--config", "odd.toml"], b'[tool.mrnet.validate]\nignore = ["blank-slice"]\nwarn = ["wrong-dtype"]\n'),
    (["validate", "--read", "headers", "--against", "odd.toml"], b"[train]\ncases = 3\nids = [0, 1129]\n"),
    (["list", "@odd.txt"], b"0000\n0001-0003, 1130\n# a note\n"), (["list", "@odd.csv"], b"case,split\n0000,train\n"),
]  # fmt: skip
"""Command lines whose last word is a file, and the file's sound content; without one, it is a record that is made first."""
METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]
HEADERS = [
    "{{'descr': '|u1', 'fortran_order': False, 'shape': {}, }}\n", "{{'descr': 'uint8', 'fortran_order': False, 'shape': {}}}\n",
    "{{'descr': '|O', 'fortran_order': False, 'shape': {}}}\n", "{{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': {}}}\n",
    "{{'descr': '|V9', 'fortran_order': 1, 'shape': {}}}\n", "{{'descr': '<U99999999', 'fortran_order': True, 'shape': {}}}\n",
    "{{'shape': {}}}\n", "{}\n", "[" * 5000 + "{}\n", "{{'descr': '\\d', 'fortran_order': False, 'shape': {}}}\n", "-" * 9000 + "{}",
    "{{'descr': '<M8[ns]', 'fortran_order': False, 'shape': {}}}\n", "{{'descr': '\udcff', 'fortran_order': False, 'shape': {}}}\n",
]  # fmt: skip
"""Texts of `.npy` headers, whose shape is to be filled in."""
SHAPES = [
    "(3, 256, 256)", "(0, 256, 256)", "(-1, 256, 256)", "(9223372036854775807, 256, 256)", "()", "(3,)", "(3, 256, 256, 1)",
    "(True, 256, 256)", "(3.0, 256, 256)", "(1e999,)", "(" + "9" * 5000 + ", 256, 256)", "(1, 196608, 1)", "[3, 256, 256]", "None",
]  # fmt: skip
ROWS = [
    "", ",", "0000", "0000,", "0000,2", "0000,1.0", "0,1", "00000,1", "9999,1", "0000,1,1", "-1,0", "case,abnormal", "_0000,_1",
    "1" * 5000 + ",1", "0000," + "1" * 5000, '"0000","1"', '"0000,1', "0000;1", "\x1b[2J,1", "\udcff,1", "0000,\u0661", "=1+1,0", "#,0",
]  # fmt: skip


def any_command(chance: random.Random, root: str = "s") -> list[str]:
    """Return the words of a random command on an archive; on the sound archive any command may be drawn."""
    words = list(chance.choice(COMMANDS if root == "s" else [each for each in COMMANDS if each[0] not in WITHOUT_ROOT]))
    return words if words[0] in WITHOUT_ROOT else [*words, "--root", root]


def option(chance: random.Random, _here: Path) -> Trial:
    """Values of options at their limits, and some impossible ones."""
    words = any_command(chance)
    for _ in range(chance.randint(1, 2)):
        words += [chance.choice(OPTIONS), chance.choice(VALUES)]
    return Trial([word.replace("\0", "") for word in words])


def environment(chance: random.Random, _here: Path) -> Trial:
    """Harmful values of environment variables."""
    words = any_command(chance)
    return Trial(words, chance.choice(ENVIRONMENTS), terminal=chance.random() < 0.3, law=_law_on_sound(words))


def closed(chance: random.Random, _here: Path) -> Trial:
    """Standard streams that are closed, and outputs that go there."""
    words = any_command(chance)
    if chance.random() < 0.5:
        words = ["manifest", "--root", "s", "-o", f"/dev/fd/{chance.choice([1, 1, 2, 3, 4, 9])}"]
    return Trial(words, closed=chance.choice([[1], [1], [2], [0, 1], [0, 1, 2]]))


def target(chance: random.Random, here: Path) -> Trial:
    """Something is at the target, at its unfinished file, or at a folder above: a link, a pipe, a folder, a device, a stranger's file."""
    words = any_command(chance)
    while not any(word.startswith("out/") for word in words):
        words = any_command(chance)
    place = here / next(word for word in words if word.startswith("out/"))
    if chance.random() < 0.3:
        place = place.with_name(place.name + PART)
    elif chance.random() < 0.2:
        place = here / "out"
        shutil.rmtree(place)
    if place.parent.is_dir():
        places = ["nowhere/else", place.name, f"{here}/s/train/axial/0000.npy", f"{here}/s", "/dev/full", "/dev/null"]
        makes: list[Callable[[], object]] = [
            partial(os.mkfifo, place), place.mkdir, partial(shutil.copytree, here / "s", place),
            *(partial(place.symlink_to, where) for where in places),
        ]  # fmt: skip
        chance.choice(makes)()
    return Trial(words)


def option_file(chance: random.Random, here: Path) -> Trial:
    """Files that options name, with bytes that are changed: tables, keys, records, reports, manifests, settings, ids."""
    words, content = chance.choice(OPTION_FILES)
    if not content:
        run(Trial(["stats", "-o", "odd.json", "--root", "s", "--quiet"]), here)
        content = (here / "odd.json").read_bytes()
    data = _damaged(chance, content, slice(0, len(content)))
    data = chance.choice(
        [data, data, data, data.replace(b"0", b"9" * 5000), data * 300, data.decode("latin-1").encode("utf-16")]
    )
    (here / words[-1].lstrip("@")).write_bytes(data)
    return Trial([*words, "--root", "s"], terminal=chance.random() < 0.2)


def limit(chance: random.Random, _here: Path) -> Trial:
    """Low limits on open files and on memory."""
    words = any_command(chance)
    number, values = chance.choice(
        [
            (resource.RLIMIT_NOFILE, [8, 10, 16, 24]),
            (resource.RLIMIT_AS, [200_000_000, 400_000_000]),
            (resource.RLIMIT_CORE, [0]),
        ]
    )
    return Trial(words, limits={number: chance.choice(values)}, law=_law_on_sound(words))


def _law_on_sound(words: list[str]) -> Callable[[Ended], Iterable[str]] | None:
    """Return the law for a command that reads the sound archive and nothing else."""
    return not_accused if words[0] in {"info", "list", "stats", "validate", "manifest", "show"} else None


def stopped(chance: random.Random, _here: Path) -> Trial:
    """Signals at random moments, one or several."""
    kinds = [signal.SIGINT, signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGKILL]
    signals = [
        (chance.uniform(0, 4), chance.choice(kinds)),
        *((chance.uniform(0, 0.4), signal.SIGINT) for _ in range(chance.randint(0, 2))),
        # Not every signal ends every command, and the work of some takes longer than a trial may.
        (5, signal.SIGTERM),
    ]
    words = chance.choice(
        [
            ["demo", "out/d", "--cases", "60", "--jobs", "2"],
            ["demo", "out/d.zip", "--cases", "60", "--jobs", "2"],
            ["export-gif", "--scale", "8", "-o", "out/g", "--root", "s", "--jobs", "2"],
            ["browse", "--no-open", "--root", "s"],
        ]
    )
    return Trial(words, signals=signals)


def changing(chance: random.Random, here: Path) -> Trial:
    """Files that become other files, pipes or folders, or vanish, while they are read."""
    copy = _copy(here, CHANGING)
    files = [path for path in copy.rglob("*") if path.is_file()]

    def change() -> None:
        time.sleep(chance.uniform(0, 2))
        for path in chance.sample(files, 5):
            path.unlink()
            chance.choice(
                [lambda p: None, os.mkfifo, os.mkdir, lambda p: p.write_bytes(b""), lambda p: p.symlink_to(p.name)]
            )(path)

    return Trial(any_command(chance, "changing"), meanwhile=change)


def header(chance: random.Random, here: Path) -> Trial:
    """Headers of volumes: bytes that are changed, and headers whose parts are whole but not what they must be."""
    copy = _copy(here, "header")
    for file in chance.sample(sorted(copy.glob("*/*/*.npy")), 3):
        content = file.read_bytes()
        if chance.random() < 0.5:
            file.write_bytes(_damaged(chance, content, slice(0, 150)))
            continue
        text = chance.choice(HEADERS).format(chance.choice(SHAPES)).encode("utf-8", "surrogateescape")
        length = chance.choice([len(text), len(text), 0, 65_535, chance.randrange(65_536)])
        version = chance.choice([b"\x01\x00", b"\x02\x00", b"\x03\x00", b"\x00\x01", chance.randbytes(2)])
        size = length.to_bytes(2 if version[0] == 1 else 4, "little")
        file.write_bytes(content[:6] + version + size + text + content[128:])
    return Trial(any_command(chance, "header"))


def structure(chance: random.Random, here: Path) -> Trial:
    """The structures of a zip: a field of a record set to a limit, bytes that are changed, pieces cut out or repeated."""
    content = bytearray((here / "s.zip").read_bytes())
    for _ in range(chance.choice([1, 1, 3])):
        record, length = chance.choice([(b"PK\x01\x02", 46), (b"PK\x03\x04", 30), (b"PK\x05\x06", 22)])
        begin = chance.choice([found.start() for found in re.finditer(re.escape(record), content)] or [0])
        kind = chance.randrange(4)
        if kind == 0:
            width = chance.choice([1, 2, 4])
            place = begin + chance.randrange(4, length - width)
            content[place : place + width] = chance.choice([b"\0" * width, b"\xff" * width, chance.randbytes(width)])
        elif kind == 1:
            content = bytearray(_damaged(chance, bytes(content), slice(begin, begin + length + 60)))
        elif kind == 2:
            end = begin + chance.randrange(1, 5000)
            content[begin:end] = chance.choice([b"", bytes(content[begin:end]) * 2])
        else:
            content += chance.choice([b"\0" * 70_000, chance.randbytes(100), bytes(content[-100:])])
    (here / "broken.zip").write_bytes(content)
    return Trial(any_command(chance, "broken.zip"))


def labels(chance: random.Random, here: Path) -> Trial:
    """Tables of labels: rows that are not labels, other tables, other encodings, bytes that are changed."""
    copy = _copy(here, "labels")
    for file in chance.sample(sorted(copy.glob("*.csv")), 2):
        content = file.read_bytes()
        rows = content.splitlines()
        rows.insert(chance.randrange(len(rows) + 1), chance.choice(ROWS).encode("utf-8", "surrogateescape"))
        file.write_bytes(
            chance.choice(
                [
                    b"\n".join(rows), b"\r".join(rows), b"\n".join(rows) * chance.choice([2, 300]), b"", b"\0" * 5000,
                    content.decode().encode("utf-16"), content.replace(b",", chance.choice([b";", b"\t", b" , ", b",,"])),
                    _damaged(chance, content, slice(0, len(content))),
                ]
            )
        )  # fmt: skip
    return Trial(
        [*any_command(chance), "--labels", "labels"] if chance.random() < 0.2 else any_command(chance, "labels")
    )


def planted(chance: random.Random, here: Path) -> Trial:
    """Faults in an archive's folder and in its zip: each is named once, in the same way in both."""
    folder = write_archive(here / "planted", faults.CASES, faults.LABELS, lambda *_: 2)
    rules = faults.plant(chance, folder)
    places = ["planted", zip_archive(folder, here / "planted.zip", method=chance.choice(METHODS)).name]
    chance.shuffle(places)
    commands = [["validate", "--root", place, "--format", "json"] for place in places]

    def law(first: Ended) -> Iterator[str]:
        lists = [_problems(first), _problems(run(Trial(commands[1]), here))]
        if lists[0] != lists[1]:
            yield f"{rules}: {places[0]} has {lists[0]}, {places[1]} has {lists[1]}"
        elif sorted(problem["rule"] for problem in lists[0]) != sorted(rules):
            yield f"{rules} are named {[problem['rule'] for problem in lists[0]]}"

    return Trial(commands[0], law=law)


def flipped(chance: random.Random, here: Path) -> Trial:
    """One bit of one member's data in a zip: this member is named, once, and nothing else."""
    file = zip_archive(here / "s", here / "flipped.zip", method=chance.choice(METHODS))
    with zipfile.ZipFile(file) as opened:
        member = chance.choice([each for each in opened.infolist() if each.compress_size > 1000])
    content = bytearray(file.read_bytes())
    # The last byte of deflated data may hold bits that mean nothing.
    begin = member.header_offset + 30 + len(member.filename)
    content[chance.randrange(begin, begin + member.compress_size - 1)] ^= 1 << chance.randrange(8)
    file.write_bytes(content)
    right = [("corrupt-member", member.filename.partition("/")[2])]

    def law(ended: Ended) -> Iterator[str]:
        if (found := [(each["rule"], each["path"]) for each in _problems(ended)]) != right:
            yield f"{right} is named {found}"

    return Trial(["validate", "--root", file.name, "--format", "json"], law=law)


def sound(chance: random.Random, here: Path) -> Trial:
    """A sound archive in one of the accepted forms, in an environment that breaks other programs: it is reported as sound."""
    folder = _copy(here, "sound")
    for file in folder.glob("*/*/*.npy"):
        volume = np.load(file)
        with file.open("wb") as handle:
            npy.write_array(handle, volume, version=chance.choice([(1, 0), (2, 0), (3, 0)]))
    for file in folder.glob("*.csv"):
        rows = file.read_bytes().splitlines()
        chance.shuffle(rows)
        end = chance.choice([b"\n", b"\r\n"])
        file.write_bytes(chance.choice([b"", b"\xef\xbb\xbf"]) + end.join(rows) + chance.choice([b"", end]))
    (folder / chance.choice(["README.md", "LICENSE", "SYNTHETIC.txt"])).write_text("Accepted without a word.")
    top = chance.choice(["", "MRNet-v1.0/", "download/MRNet-v1.0/"])
    zipped = zip_archive(folder, here / "sound.zip", top=top, method=chance.choice(METHODS))
    root = chance.choice([folder.name, zipped.name])
    read = chance.choice([[], ["--read", "headers"], ["--read", "labels"], ["--against", "sound.zip"]])
    words = ["validate", "--root", root, "--jobs", chance.choice(["1", "2", "7"]), *read]
    return Trial(words, chance.choice(ENVIRONMENTS), law=not_accused)


def served(chance: random.Random, here: Path) -> Trial:
    """An archive on a web server that has faults, its zip damaged or not, with a password in its address."""
    data = (here / "s.zip").read_bytes()
    if chance.random() < 0.5:
        data = _damaged(chance, data, slice(len(data) - 3000, len(data)))
    server = FaultyServer(data)
    server.fails_at = chance.randrange(len(data))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    fault = chance.choice(
        [
            "ok",
            "ok",
            "ok",
            "403",
            "404",
            "cut",
            "whole",
            "stalled-once",
            "500-once",
            "cut-once",
            "429-once",
            "endless404",
            "endless500-once",
        ]
    )
    address = f"http://me:{SECRET}@127.0.0.1:{server.server_port}/{fault}/x.zip?X-Amz-Signature={SECRET}"

    def close(_ended: Ended) -> Iterable[str]:
        server.shutdown()
        server.server_close()
        return ()

    return Trial(any_command(chance, address), law=close, terminal=chance.random() < 0.2)


def strange(chance: random.Random, here: Path) -> Trial:
    """Names with control sequences, shown on a terminal."""
    copy = _copy(here, "strange")
    for name in ("\x1b]0;title\x07", "\x1b[2J.npy", "a\rb", "\x9b31m", "\u202egpj"):
        (copy / "train" / "axial" / name).write_bytes(b"")
    words = [
        *chance.choice([["validate"], ["manifest"], ["validate", "-f", "csv"], ["info"], ["list"]]),
        "--root",
        "strange",
    ]
    return Trial(words, terminal=True)


def _copy(here: Path, name: str) -> Path:
    return shutil.copytree(here / "s", here / name)


def _problems(ended: Ended) -> list[dict[str, Any]]:
    if ended.status not in (0, 1):
        return [{"rule": f"none, but status {ended.status}", "path": ended.err.decode("utf-8", "replace")}]
    problems: list[dict[str, Any]] = json.loads(ended.out)["problems"]
    return problems


def _damaged(chance: random.Random, content: bytes, near: slice) -> bytes:
    """Return bytes with one to three changes, most of them in one part."""
    changed = bytearray(content)
    for _ in range(chance.choice([1, 1, 3])):
        place = chance.randrange(near.start, near.stop) if chance.random() < 0.8 else chance.randrange(len(content) + 1)
        gone = chance.choice([0, 1, 1, 2, 8, 1000])
        changed[place : place + gone] = chance.randbytes(chance.choice([0, 1, 1, 4, 12]))
    return bytes(changed)


KINDS: dict[str, Callable[[random.Random, Path], Trial]] = {
    each.__name__: each
    for each in (
        option, option_file, environment, closed, target, limit, stopped, changing, header, structure, labels, planted, flipped, sound, served, strange,
    )
}  # fmt: skip
