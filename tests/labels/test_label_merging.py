import time
from io import BytesIO

import pypdfium2
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from packbench.labels.merging import CannotMerge, join_zpl, merge_pdfs, render_png


def make_pdf(*texts):
    paper = BytesIO()
    canvas = Canvas(paper, (288, 432))
    for text in texts:
        canvas.drawString(20, 200, text)
        canvas.showPage()
    canvas.save()
    return paper.getvalue()


def pages_of(pdf):
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_range().strip() for page in document]


def test_a_hundred_labels_are_merged_in_order():
    labels = [make_pdf(f"label {number}") for number in range(100)]

    merged = merge_pdfs(labels)

    assert pages_of(merged) == [f"label {number}" for number in range(100)]


def test_a_document_of_several_pages_keeps_them_all():
    assert pages_of(merge_pdfs([make_pdf("a", "b"), make_pdf("c")])) == ["a", "b", "c"]


def test_every_page_keeps_its_size():
    merged = pypdfium2.PdfDocument(merge_pdfs([make_pdf("a"), make_pdf("b")]))

    assert [page.get_size() for page in merged] == [(288, 432), (288, 432)]


@pytest.mark.parametrize("broken", [b"", b"<html>", b"%PDF-1.7 cut", make_pdf("x")[:80]])
def test_a_broken_document_is_named_by_its_place(broken):
    with pytest.raises(CannotMerge, match="Document 3 of 4") as error:
        merge_pdfs([make_pdf("a"), make_pdf("b"), broken, make_pdf("d")])

    assert error.value.index == 2


def test_merging_nothing_is_refused():
    with pytest.raises(CannotMerge):
        merge_pdfs([])


def test_a_thousand_labels_are_merged_within_a_second():
    labels = [make_pdf(f"label {number}") for number in range(100)] * 10
    start = time.process_time()

    merged = merge_pdfs(labels)

    assert time.process_time() - start < 1.0
    assert len(pypdfium2.PdfDocument(merged)) == 1000


def test_zpl_labels_are_joined_in_order():
    assert join_zpl([b"^XA^FDa^FS^XZ", b"^XA^FDb^FS^XZ\n\n"]) == (b"^XA^FDa^FS^XZ\n^XA^FDb^FS^XZ\n")
    assert join_zpl([]) == b""


def test_a_preview_has_the_resolution_asked_for():
    picture = Image.open(BytesIO(render_png(make_pdf("a"), 203)))

    assert (picture.format, picture.size) == ("PNG", (812, 1218))
    assert picture.convert("L").getextrema()[0] < 100


def test_a_preview_of_what_is_no_pdf_is_refused():
    with pytest.raises(CannotMerge):
        render_png(b"nothing", 203)
