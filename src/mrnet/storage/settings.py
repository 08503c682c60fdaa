"""Environment variables that configure a connection; one with an impossible value is named before anything waits for it."""

import os
import re
import stat
from contextlib import suppress

from mrnet.errors import UsageError
from mrnet.storage.places import WEB
from mrnet.text import megabytes

WRONG_SETTING = "environment variable {}: {}; set it again, or unset it"
PREFIXES = {"s3": "AWS_", "s3a": "AWS_", "gs": "GOOGLE_"}
"""Prefixes of the environment variables that configure a kind of storage; all others are Azure's."""
ENDPOINT = re.compile(r"https?://[^/\s]+(/\S*)?", re.IGNORECASE)
CERTIFICATES = {"SSL_CERT_FILE", "SSL_CERT_DIR"}
"""Settings that every connection reads."""
PATHS = re.compile(r"\w+_(FILE|PATH|BUNDLE|DIR|APPLICATION_CREDENTIALS)|GOOGLE_SERVICE_ACCOUNT")
"""Names of settings that are paths."""
MAX_FILE_BYTES = 10_000_000
"""A file of all common certificate authorities has 0.2 MB."""
MAX_FOLDER_FILES, MAX_FOLDER_BYTES = 5_000, 50_000_000
"""All common certificate authorities are some 300 files with links and 0.5 MB. All are read before the first request."""
SYSTEM_FOLDERS = ("/proc", "/sys")
"""Their files state no length: some never end, and others wait for an event."""


def check_settings(scheme: str) -> None:
    """Raise a UsageError that names the first environment variable with an impossible value."""
    prefix = None if scheme in WEB else PREFIXES.get(scheme, "AZURE_")
    for name, value in sorted(os.environ.items()):
        if not value or not (name in CERTIFICATES or (prefix and name.startswith(prefix))):
            continue
        reason = _fault_of_paths(name, value) if PATHS.fullmatch(name) else _fault_of_text(name, value)
        if reason:
            raise UsageError(WRONG_SETTING.format(name, reason))


def _fault_of_text(name: str, value: str) -> str | None:
    if not (value.isascii() and value.isprintable()) or value != value.strip():
        return "it contains a line break, an outer blank or another character that no key has"
    if "ENDPOINT" in name and "://" not in value:
        return "expected an address that begins with http:// or https://"
    if "ENDPOINT" in name and not ENDPOINT.fullmatch(value):
        return "this is not a full address such as https://host:9000"
    if name.endswith("REGION") and not re.fullmatch(r"[A-Za-z0-9-]+", value):
        return "expected a region such as us-east-1"
    return None


def _fault_of_paths(name: str, value: str) -> str | None:
    for path in value.split(os.pathsep):
        # What is missing or may not be read is reported by the library that reads it.
        with suppress(OSError, ValueError):
            fault = _fault_of_folder(path) if name.endswith(("_DIR", "_BUNDLE")) else _fault_of_file(path)
            if fault:
                return fault
    return None


def _fault_of_folder(path: str) -> str | None:
    if not os.path.isdir(path):
        return _fault_of_file(path)
    if os.stat(path).st_dev in _system_devices():
        return f"{path} is a folder of the system, expected a folder of certificates"
    size = 0
    with os.scandir(path) as entries:
        for count, entry in enumerate(entries, 1):
            # The library skips what is not a plain file.
            if entry.is_file():
                if fault := _fault_of_file(entry.path):
                    return fault
                size += entry.stat().st_size
            if count > MAX_FOLDER_FILES or size > MAX_FOLDER_BYTES:
                return f"{path} holds too much for a folder of certificates"
    return None


def _fault_of_file(path: str) -> str | None:
    found = os.stat(path)
    if path == os.devnull:
        return None
    if not stat.S_ISREG(found.st_mode) or found.st_dev in _system_devices():
        return f"{path}: this is not a plain file"
    if found.st_size > MAX_FILE_BYTES:
        return f"{path}: this has {megabytes(found.st_size)}, too much for certificates, keys or options"
    return None


def _system_devices() -> set[int]:
    return {os.stat(folder).st_dev for folder in SYSTEM_FOLDERS if os.path.isdir(folder)}
