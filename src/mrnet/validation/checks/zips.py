"""Rules on archives that are zips: can every member be unpacked, and may it be?"""

from collections.abc import Iterator

from mrnet.errors import CorruptMemberError
from mrnet.storage.zips import REPACK, ZipStorage
from mrnet.text import counted
from mrnet.validation.examination import Examination
from mrnet.validation.rules import Found, archive_rule


@archive_rule(
    remedy="Do what the message says; if the zip was downloaded, compare its length with the one that the server gives."
)
def broken_zip(examination: Examination) -> Iterator[Found]:
    """The file named as the archive's zip has no directory that fits it, or is packed by a method that is not read.

    A zip's directory is at its end. Where there is none, or it does not fit, the message says what the file is: empty,
    cut short, a web page, zeros, a part of a split zip, a tar, gzip, 7z or RAR archive, a git-lfs pointer, a zip in a zip.
    A zip that is packed by Deflate64, BZip2, LZMA or Zstandard is not damaged: 7-Zip unpacks it.

    **Why it matters.** The zip of MRNet-v1.0 has several gigabytes, and a browser that loses the connection often keeps
    what it has under the final name.
    """
    storage = examination.archive.storage
    if isinstance(storage, ZipStorage):
        for method, paths in storage.unread_methods.items():
            files = f"{counted(len(paths), 'file')} (such as {paths[0]})"
            yield Found(str(storage.location), f"{files} packed by {method}, which is not read: {REPACK}")


@archive_rule(remedy="Download the zip again, under another name: this member is damaged.")
def corrupt_member(examination: Examination) -> Iterator[Found]:
    """A zip member whose data does not inflate, or whose length or CRC differs (reading stops at the stated size).

    The data in the zip is not the data that was packed. Nothing is read beyond the length that
    the zip's directory states.

    **Why it matters.** Unpackers name the member among thousands of lines and leave the damaged file in its place,
    where it looks like the others.
    """
    for path, error in examination.failures().items():
        if isinstance(error, CorruptMemberError):
            yield Found(path, error.reason)


@archive_rule(remedy="Do not unpack the zip; download it again from where you trust it.")
def unsafe_member(examination: Examination) -> Iterator[Found]:
    """A zip member, in the archive's folder or not, that is encrypted, absolute, climbs out with `..`, or repeats a
    name.

    Such members are never read. A name such as `../../.bashrc` would be written outside the folder that the zip is
    unpacked into; if two members have one name, one program shows the first and another program the second.

    **Why it matters.** No zip of MRNet-v1.0 has one: somebody made this zip to do harm, or a tool has damaged it.
    """
    storage = examination.archive.storage
    if isinstance(storage, ZipStorage):
        for member, reason in storage.unsafe():
            yield Found(storage.path_of(member.name), f"this member is not read: {reason}")
