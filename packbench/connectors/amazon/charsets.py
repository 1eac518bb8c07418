"""Bytes of a flat file become text: by its mark, as UTF-8, else as the marketplace writes it."""

import codecs

from packbench.connectors.amazon.marketplaces import Marketplace
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

CHARSET_UNKNOWN = marked(
    "The letters of this file cannot be read for %(store)s. Choose the store that it comes from, "
    "and upload the file as Seller Central gave it, without opening it in between."
)

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(content: bytes, marketplace: Marketplace) -> tuple[str, str]:
    """Return the text and the charset it was in; raises Rejected where none fits."""
    for charset in _candidates(content, marketplace):
        text = _decoded(content, charset)
        if text is not None:
            return text, charset
    # Raised out here: a decoding error would carry the whole file, buyers and all, along.
    raise Rejected(CHARSET_UNKNOWN, code="charset_unknown", store=marketplace.name)


def _candidates(content: bytes, marketplace: Marketplace) -> tuple[str, ...]:
    for mark, charset in MARKS:
        if content.startswith(mark):
            return (charset,)
    # A text in two-byte letters without a mark: every other byte of its header is empty.
    if content[1:2] == b"\0":
        return ("utf-16-le",)
    if content[:1] == b"\0":
        return ("utf-16-be",)
    # Japanese text read as cp1252 would come out as nonsense instead of failing.
    if marketplace.charset == "cp932":
        return ("utf-8", "cp932")
    return ("utf-8", "cp1252")


def _decoded(content: bytes, charset: str) -> str | None:
    try:
        return content.decode(charset)
    except UnicodeDecodeError:
        return None
