"""Many labels as one document to print, in the order given."""

import re
from collections.abc import Sequence
from io import BytesIO

import pypdfium2

from packbench.lib import pdfium
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

UNREADABLE = marked("Document %(number)s of %(count)s is not a PDF that can be read.")
ROOT = re.compile(rb"(\d+) 0 obj\s*<</Pages (\d+) 0 R\s*/Type/Catalog>>")
END = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")
SIZE = re.compile(rb"/Size (\d+)")
TRUE_SIZE = b"/ViewerPreferences<</PrintScaling/None/PickTrayByPDFSize true>>"
NOTHING = marked("There is no document to merge.")


class CannotMerge(Rejected):
    """A document among them cannot be read; `index` counts from 0, None where there was none."""

    def __init__(self, text: str, *, index: int | None, **values: object) -> None:
        super().__init__(text, code="cannot_merge", request_id="", **values)
        self.index = index


def merge_pdfs(documents: Sequence[bytes]) -> bytes:
    """Return all pages in the given order. Raises CannotMerge naming the first broken document."""
    if not documents:
        raise CannotMerge(NOTHING, index=None)
    with pdfium.lock:
        merged = pypdfium2.PdfDocument.new()
        try:
            for index, content in enumerate(documents):
                _append(merged, content, index, len(documents))
            paper = BytesIO()
            merged.save(paper)
            return actual_size(paper.getvalue())
        finally:
            merged.close()


def _append(merged: pypdfium2.PdfDocument, content: bytes, index: int, count: int) -> None:
    """Add the pages and let the source go: the pages own copies of what they need."""
    document = opened(content, index, count)
    try:
        merged.import_pages(document)
    except pypdfium2.PdfiumError as error:
        raise CannotMerge(UNREADABLE, index=index, number=index + 1, count=count) from error
    finally:
        document.close()


def actual_size(pdf: bytes) -> bytes:
    """Return a document of PDFium's that viewers print at its true size, on paper of that size.

    PDFium cannot say so; the root is written once more behind its end (ISO 32000-2, 7.5.6).
    """
    root, end = ROOT.search(pdf), END.search(pdf)
    size = SIZE.findall(pdf)
    if root is None or end is None or not size:
        return pdf
    number, place = root[1], len(pdf) + 1
    again = b"\n%b 0 obj\n<</Pages %b 0 R/Type/Catalog%b>>\nendobj\n" % (number, root[2], TRUE_SIZE)
    table = len(pdf) + len(again)
    return (
        pdf
        + again
        + (
            b"xref\n%b 1\n%010d 00000 n\r\ntrailer\n<</Root %b 0 R/Size %b/Prev %b>>\n"
            b"startxref\n%d\n%%%%EOF\n" % (number, place, number, size[-1], end[1], table)
        )
    )


def opened(content: bytes, index: int, count: int) -> pypdfium2.PdfDocument:
    """Open one document of so many. Raises CannotMerge; PDFium's lock is to be held."""
    try:
        document = pypdfium2.PdfDocument(content)
        if len(document) == 0:
            document.close()
            raise pypdfium2.PdfiumError("no pages")
    except pypdfium2.PdfiumError as error:
        raise CannotMerge(UNREADABLE, index=index, number=index + 1, count=count) from error
    return document


def join_zpl(documents: Sequence[bytes]) -> bytes:
    """Return all labels in the given order: printers take one after the other."""
    return b"".join(document.rstrip() + b"\n" for document in documents)


def render_png(pdf: bytes, dpi: int = 203) -> bytes:
    """Return the first page as a picture. Raises CannotMerge where it cannot be read."""
    with pdfium.lock:
        try:
            document = pypdfium2.PdfDocument(pdf)
        except pypdfium2.PdfiumError as error:
            raise CannotMerge(UNREADABLE, index=0, number=1, count=1) from error
        try:
            picture = BytesIO()
            document[0].render(scale=dpi / 72).to_pil().save(picture, "PNG")
            return picture.getvalue()
        finally:
            document.close()
