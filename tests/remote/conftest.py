"""The small sound archive on servers of the loopback address, and an environment without a developer's credentials."""

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mrnet.storage import connection
from tests.archives import zip_archive
from tests.remote.servers import FaultyServer, S3Server, faulty_server, nginx_server, s3_server


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the developer's own credentials from the environment of each test."""
    for name in os.environ:
        if name.startswith(("AWS_", "GOOGLE_", "AZURE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try only twice again, and soon: for servers that fail on purpose. A sound but busy server needs the real limits."""
    monkeypatch.setitem(connection.RETRIES, "max_retries", 2)
    monkeypatch.setitem(connection.RETRIES, "backoff", {"init_backoff": timedelta(milliseconds=10)})


@pytest.fixture(scope="session")
def _served(_sound: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("served")
    zip_archive(_sound, root / "MRNet-v1.0.zip")
    (root / "empty.zip").touch()
    return root


@pytest.fixture(scope="session")
def _s3(_sound: Path, _served: Path) -> Iterator[S3Server]:
    with s3_server() as server:
        server.put_folder(_sound, "data/MRNet-v1.0")
        server.put("MRNet-v1.0.zip", (_served / "MRNet-v1.0.zip").read_bytes())
        yield server


@pytest.fixture
def s3(_s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """An S3 server with the archive below s3://mrnet/data and as s3://mrnet/MRNet-v1.0.zip, and credentials for it."""
    for name, value in _s3.environment.items():
        monkeypatch.setenv(name, value)
    return _s3


@pytest.fixture(scope="session")
def _nginx(_served: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"):
        pytest.skip("nginx is not installed")
    with nginx_server(_served, tmp_path_factory.mktemp("nginx")) as address:
        yield address


@pytest.fixture
def nginx(_nginx: str) -> str:
    """The address of a web server with the archive as /MRNet-v1.0.zip."""
    return _nginx


@pytest.fixture
def faulty(_served: Path, impatient: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyServer]:
    """A web server with the archive's zip, and faults that the first folder of the path names."""
    monkeypatch.setitem(connection.TIMEOUTS, "read_timeout", "500ms")
    with faulty_server((_served / "MRNet-v1.0.zip").read_bytes()) as server:
        yield server
