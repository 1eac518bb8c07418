"""Many labels as one document to print, in the order given."""

from collections.abc import Sequence
from io import BytesIO

import pypdfium2

from packbench.lib import pdfium
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

UNREADABLE = marked("Document %(number)s of %(count)s is not a PDF that can be read.")
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
            return paper.getvalue()
        finally:
            merged.close()


def _append(merged: pypdfium2.PdfDocument, content: bytes, index: int, count: int) -> None:
    """Add the pages and let the source go: the pages own copies of what they need."""
    try:
        document = pypdfium2.PdfDocument(content)
        try:
            if len(document) == 0:
                raise pypdfium2.PdfiumError("no pages")
            merged.import_pages(document)
        finally:
            document.close()
    except pypdfium2.PdfiumError as error:
        raise CannotMerge(UNREADABLE, index=index, number=index + 1, count=count) from error


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
