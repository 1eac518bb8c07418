"""Unpacking: the files of an archive, within bounds and in memory only.

Names are for finding a file inside the archive; none of them ever becomes a path.
"""

import re
import stat
import struct
import zipfile
import zlib
from io import BytesIO

from packbench.connectors.amazon.custom.refusals import Refused

MIB = 1024 * 1024
MOST_BYTES = 24 * MIB  # packed
MOST_UNPACKED = 64 * MIB
MOST_OF_ONE = 20 * MIB
MOST_FILES = 100
MOST_DIRECTORY = 128 * 1024
MOST_RATIO = 100
RATIO_FREE = 256 * 1024  # what may be packed as tightly as it likes
END, END_SIZE, MOST_COMMENT = b"PK\x05\x06", 22, 65535
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
PLAIN_KINDS = (0, stat.S_IFREG, stat.S_IFDIR)
ENCRYPTED = 0x0001 | 0x0040 | 0x2000
ELSEWHERE = re.compile(r"(^|[/\\])\.\.([/\\]|$)|^[/\\]|^[A-Za-z]:|[\x00-\x1f\x7f]")
ARCHIVES = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"\x28\xb5\x2f\xfd",
    b"\x04\x22\x4d\x18",
    b"MSCF",
)
TAR_MAGIC, TAR_MAGIC_AT = b"ustar", 257
# What zipfile raises for archives that are damaged or made to harm.
MISREAD = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    IndexError,
    KeyError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
)

Files = dict[str, bytes]


def unpack(content: bytes) -> Files:
    """Return the files by their names, without folders. Raises Refused."""
    if len(content) > MOST_BYTES:
        raise Refused("archive_bomb")
    _check_directory(content)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check_entries(entries)
            return _read_all(archive, entries, len(content))
    except MISREAD as error:
        raise Refused("archive_damaged") from error


def _check_directory(content: bytes) -> None:
    """Look at the end of the archive before anything of the directory is believed.

    zipfile takes an end without a comment first, then the last that it finds: both are bounded.
    """
    tail = max(0, len(content) - END_SIZE - MOST_COMMENT)
    places = {len(content) - END_SIZE, content.rfind(END, tail)}
    ends = [place for place in places if place >= 0 and content.startswith(END, place)]
    if not ends:
        raise Refused("archive_damaged")
    for place in ends:
        record = content[place : place + END_SIZE]
        if len(record) < END_SIZE:
            raise Refused("archive_damaged")
        count, size = struct.unpack("<10xHL6x", record)
        if count > MOST_FILES or size > MOST_DIRECTORY:  # zip64 says 65535: never needed here
            raise Refused("archive_crowded")


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_FILES:
        raise Refused("archive_crowded")
    names = set()
    for entry in entries:
        name = entry.orig_filename
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if ELSEWHERE.search(name) or kind not in PLAIN_KINDS:
            raise Refused("archive_names")
        if entry.flag_bits & ENCRYPTED:
            raise Refused("archive_encrypted")
        if entry.compress_type not in METHODS:
            raise Refused("archive_method")
        if name.casefold() in names:
            raise Refused("archive_twins")
        names.add(name.casefold())
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise Refused("archive_bomb")


def _read_all(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], packed_size: int) -> Files:
    """What counts is what comes out: headers may lie about it."""
    files, total = {}, 0
    for entry in entries:
        with archive.open(entry) as packed:
            content = packed.read(MOST_OF_ONE + 1)
        total += len(content)
        if len(content) > MOST_OF_ONE or total > MOST_UNPACKED:
            raise Refused("archive_bomb")
        if _is_blown_up(len(content), entry.compress_size) or _is_blown_up(total, packed_size):
            raise Refused("archive_bomb")
        if is_archive(content):
            raise Refused("archive_nested")
        files[entry.orig_filename] = content
    return files


def _is_blown_up(size: int, packed_size: int) -> bool:
    return size > RATIO_FREE + MOST_RATIO * packed_size


def is_archive(content: bytes) -> bool:
    has_tar = content[TAR_MAGIC_AT : TAR_MAGIC_AT + len(TAR_MAGIC)] == TAR_MAGIC
    return has_tar or content.startswith(ARCHIVES)
