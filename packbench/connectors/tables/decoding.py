"""Bytes of a table become text: by their mark, as UTF-8, else as what they look like."""

import codecs
import unicodedata
from itertools import pairwise

from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

NOT_TEXT = marked("This is not a text file. Save the table as CSV and upload it again.")
SPREADSHEET = marked(
    "This is a spreadsheet or a packed file. Save the table as CSV (UTF-8) and upload that."
)
EMPTY = marked("This file is empty. Export the orders again.")
WRONG_CHARSET = marked(
    "The letters of this file cannot be read as %(charset)s. Choose another alphabet, or save the "
    "table as CSV (UTF-8)."
)

CHARSETS = ("utf-8", "utf-16", "cp1252", "cp932")
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")
LOOKED_AT = 256 * 1024  # bytes, for telling Japanese from the rest


def decode(content: bytes, charset: str = "") -> tuple[str, str]:
    """Return the text and its charset. Raises Rejected where this is no text of that kind."""
    if content.startswith(PACKED):
        raise Rejected(SPREADSHEET, code="file_is_spreadsheet")
    if content.startswith(b"%PDF"):
        raise Rejected(NOT_TEXT, code="file_not_text")
    chosen = charset if charset in CHARSETS else _charset_of(content)
    text = _decoded(content, chosen)
    if text is None:  # raised here: a decoding error would carry the whole file along
        raise Rejected(WRONG_CHARSET, code="charset_unknown", charset=chosen)
    if not text.strip():
        raise Rejected(EMPTY, code="file_empty")
    if "\0" in text:
        raise Rejected(NOT_TEXT, code="file_not_text")
    return text, chosen


def _charset_of(content: bytes) -> str:
    for mark, charset in MARKS:
        if content.startswith(mark):
            return charset
    if content[:1] == b"\0" or content[1:2] == b"\0":
        return "utf-16"
    if _decoded(content, "utf-8") is not None:
        return "utf-8"
    return "cp932" if _is_japanese(content) else "cp1252"


def _is_japanese(content: bytes) -> bool:
    """Whether two-byte letters stand side by side: accents of Europe come alone."""
    text = _decoded(content[:LOOKED_AT].rpartition(b"\n")[0] or content[:LOOKED_AT], "cp932")
    if text is None:
        return False
    wide = [_is_wide(letter) for letter in text]
    beside = sum(here and there for here, there in pairwise(wide))
    return beside * 2 >= sum(wide) > 0


def _is_wide(letter: str) -> bool:
    return letter > "\x7f" and unicodedata.east_asian_width(letter) in "WF"


def _decoded(content: bytes, charset: str) -> str | None:
    try:
        if charset == "utf-8":
            return content.decode("utf-8-sig")
        if charset == "utf-16":
            return _decoded_in_pairs(content)
        # cp1252 leaves five bytes undefined; files hold them all the same.
        return content.decode(charset, "replace" if charset == "cp1252" else "strict")
    except UnicodeDecodeError:
        return None


def _decoded_in_pairs(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    return content.decode("utf-16-be" if content[:1] == b"\0" else "utf-16-le")
