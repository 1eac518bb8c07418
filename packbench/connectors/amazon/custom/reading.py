"""Reading an archive: what a child process does, and what its parent makes of the answer."""

import msgspec

from packbench.channels.customizations import Details, Reading
from packbench.connectors.amazon.custom.documents import find_document, surfaces_of
from packbench.connectors.amazon.custom.picturing import Album
from packbench.connectors.amazon.custom.refusals import REFUSALS, Refused
from packbench.connectors.amazon.custom.unpacking import unpack
from packbench.lib.confining import Overrun, run_confined
from packbench.lib.errors import Rejected

READER = f"{__name__}:read_in_child"
WEBP = b"RIFF"


class _Answer(msgspec.Struct, frozen=True, tag=True):
    reading: Reading


class _Refusal(msgspec.Struct, frozen=True, tag=True):
    code: str


def read_archive(content: bytes) -> Reading:
    """Return what the archive holds, read by a child process. Raises Rejected saying why not."""
    try:
        answer = msgspec.msgpack.decode(run_confined(READER, content), type=_Answer | _Refusal)
    except (Overrun, msgspec.DecodeError) as error:
        raise _rejected("reading_overrun") from error
    if isinstance(answer, _Refusal):
        raise _rejected(answer.code)
    if not all(picture.content.startswith(WEBP) for picture in answer.reading.pictures):
        raise _rejected("reading_overrun")
    return answer.reading


def read_in_child(content: bytes) -> bytes:
    """What the child answers. Nothing that it meets makes it fall over but its own limits."""
    try:
        return msgspec.msgpack.encode(_Answer(_read(content)))
    except Refused as refusal:
        return msgspec.msgpack.encode(_Refusal(refusal.code))
    except (MemoryError, RecursionError):
        return msgspec.msgpack.encode(_Refusal("reading_overrun"))


def _read(content: bytes) -> Reading:
    files = unpack(content)
    body = find_document(files)
    album = Album(files)
    surfaces, is_cut = surfaces_of(body, album.place)
    album.take_rest()
    details = Details(surfaces=surfaces, is_cut=is_cut, left_out=tuple(album.left_out))
    return Reading(details=details, pictures=tuple(album.pictures))


def _rejected(code: str) -> Rejected:
    known = code if code in REFUSALS else "reading_overrun"
    return Rejected(REFUSALS[known], code=known)
