"""Sheets: labels lie where the paper has its places, at their true size, and can be read."""

from io import BytesIO

import pypdfium2
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from packbench.labels.bundling import Form
from packbench.labels.merging import CannotMerge
from packbench.labels.originals import open_originals
from packbench.labels.printing import print_papers
from packbench.labels.rastering import pdf_of_picture, zpl_of_pdf
from packbench.labels.sheets import SHEETS, Leaf, compose, leaves_of, page_sizes
from packbench.labels.slips import SIZES
from tests.connectors.local.zpl_reading import graphics, with_margin
from tests.labels.papers import bought, codes, picture, sizes_mm
from tests.making import NOW, make_order, make_store

POINT = 72 / 25.4
NEAR = 0.5  # mm
SIX_INCHES = (101.6, 152.4)


def framed(width_mm=101.6, height_mm=152.4, *, rotation=0):
    """A label whose black edge is the edge of its paper, with a mark in the upper left corner."""
    file, (width, height) = BytesIO(), (width_mm * POINT, height_mm * POINT)
    canvas = Canvas(file, (width, height))
    canvas.setLineWidth(2)
    canvas.rect(1, 1, width - 2, height - 2)
    canvas.rect(10, height - 40, 30, 30, fill=1)
    canvas.showPage()
    canvas.save()
    document = pypdfium2.PdfDocument(file.getvalue())
    document[0].set_rotation(rotation)
    turned = BytesIO()
    document.save(turned)
    return turned.getvalue()


def frames(pdf, sheet, page=0):
    """By place of the sheet what is printed there: (left, top, width, height) in mm, from its
    upper left corner."""
    image = picture(pdf, page)
    dot = 25.4 / 300
    cell = (sheet.width_mm / sheet.columns, sheet.height_mm / sheet.rows)
    found = {}
    for place in range(sheet.places):
        left, top = place % sheet.columns * cell[0], place // sheet.columns * cell[1]
        edges = (left, top, left + cell[0], top + cell[1])
        part = image.crop(tuple(round(edge / dot) for edge in edges))
        box = part.point(lambda gray: 255 if gray < 128 else 0).getbbox()
        if box and min(box[2] - box[0], box[3] - box[1]) > 20 / dot:  # not a neighbour's edge
            found[place] = tuple(
                edge * dot for edge in (box[0], box[1], box[2] - box[0], box[3] - box[1])
            )
    return found


def sheet_of(*labels, code, start=0):
    leaves = list(leaves_of(page_sizes(labels)))
    return compose(labels, leaves, SHEETS[code], start=start)


@pytest.mark.parametrize("code", SHEETS)
def test_sheets_have_the_size_of_their_paper_and_labels_their_place(code):
    sheet = SHEETS[code]
    pdf = sheet_of(*[framed()] * sheet.places, code=code)

    (size,) = sizes_mm(pdf)
    assert size == pytest.approx((sheet.width_mm, sheet.height_mm), abs=NEAR)
    placed = frames(pdf, sheet)
    assert len(placed) == sheet.places
    cell = (sheet.width_mm / sheet.columns, sheet.height_mm / sheet.rows)
    for left, top, width, height in placed.values():
        turned = width > height
        true = SIX_INCHES[::-1] if turned else SIX_INCHES
        fits = min(1.0, cell[0] / true[0], cell[1] / true[1])
        assert (width, height) == pytest.approx((true[0] * fits, true[1] * fits), abs=NEAR)
        middle = ((cell[0] - width) / 2, (cell[1] - height) / 2)
        assert (left, top) == pytest.approx(middle, abs=NEAR)


@pytest.mark.parametrize("code", ["a4_1", "a4_2", "letter_1", "letter_2", "4x6in"])
def test_a_label_that_fits_keeps_its_true_size(code):
    ((_, _, width, height),) = frames(sheet_of(framed(), code=code), SHEETS[code]).values()

    assert sorted((width, height)) == pytest.approx(SIX_INCHES, abs=NEAR)


def test_an_a6_label_fills_a_quarter_of_a4_at_its_true_size():
    placed = frames(sheet_of(framed(105, 148), code="a4_4"), SHEETS["a4_4"])

    assert placed[0][2:] == pytest.approx((105, 148), abs=NEAR)


def test_printing_begins_at_the_first_free_place_of_a_used_sheet():
    sheet = SHEETS["a4_4"]

    pdf = sheet_of(*[framed()] * 3, code="a4_4", start=2)

    assert sorted(frames(pdf, sheet, 0)) == [2, 3]
    assert sorted(frames(pdf, sheet, 1)) == [0]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_turned_pages_come_out_as_they_are_seen(rotation):
    label = framed(rotation=rotation)
    seen, placed = picture(label), picture(sheet_of(label, code="a4_1"))

    box = placed.point(lambda gray: 255 if gray < 128 else 0).getbbox()
    shown = placed.crop(box)
    if rotation in (90, 270):  # it lies better upright
        shown = shown.rotate(90, expand=True)
    small = (60, 60)
    pairs = zip(seen.resize(small).tobytes(), shown.resize(small).tobytes(), strict=True)
    assert sum(abs(one - other) > 120 for one, other in pairs) < 120


def test_pages_that_are_no_labels_stand_for_themselves_behind_the_sheets():
    page = framed(210, 297)

    pdf = compose([framed(), page], [Leaf(0, 0), Leaf(1, 0), Leaf(0, 0)], SHEETS["a4_2"])

    assert len(sizes_mm(pdf)) == 3


def test_pages_keep_their_order_and_a_broken_document_is_named():
    labels = [framed(100 + n, 150) for n in range(4)]

    pdf = compose(labels, [Leaf(n, 0) for n in (2, 0, 3, 1)], None)

    assert [round(width) for width, _ in sizes_mm(pdf)] == [102, 100, 103, 101]
    with pytest.raises(CannotMerge, match="Document 2 of 2") as error:
        compose([framed(), b"%PDF nothing"], [Leaf(0, 0), Leaf(1, 0)], SHEETS["a4_4"])
    assert error.value.index == 1


@pytest.mark.django_db
def test_every_barcode_on_every_layout_is_read_back():
    shipment = bought(make_order(make_store(), external_id="402-7654321-0000001"))
    number, order = shipment.tracking_number, shipment.order.external_id

    for form in [Form(sheet=sheet, paper=paper) for sheet in ("", *SHEETS) for paper in SIZES]:
        out = print_papers([shipment], ("label", "slip"), form, actor="ines", now=NOW)

        count = len(pypdfium2.PdfDocument(out.content))
        read = [code for page in range(count) for code in codes(picture(out.content, page))]
        expected = [("Code 128", number), ("QR Code", order), ("QR Code", order)]
        assert sorted(read) == expected, form


@pytest.mark.django_db
@pytest.mark.parametrize("dpi", [203, 300])
def test_slips_on_a_zpl_printer_are_bitmaps_that_can_be_read(dpi):
    shipment = bought(make_order())

    out = print_papers(
        [shipment], ("label", "slip"), Form("zpl", paper="4x6in", dpi=dpi), actor="ines", now=NOW
    )

    labels = out.content.decode().split("^XZ")
    assert len(labels) == 3  # and an empty rest
    assert f"^PW{round(4 * dpi)}" in labels[0]
    assert f"^PW{round(4 * dpi)}" in labels[1]
    (whole,) = graphics(labels[1].encode())
    assert codes(with_margin(whole[1])) == [("QR Code", shipment.order.external_id)]


@pytest.mark.django_db
def test_zpl_is_sent_for_the_resolution_of_the_printer_and_otherwise_as_it_came():
    shipment = bought(make_order())

    def zpl(dpi):
        (original,) = open_originals([shipment], format="zpl", dpi=dpi)[shipment.pk]
        return original.content

    assert zpl(0) == zpl(203)
    assert b"^PW812" in zpl(203)
    assert b"^PW1200" in zpl(300)
    documents = shipment.labels.get().documents
    documents.filter(dpi=300).delete()
    documents.filter(format="zpl").update(dpi=None)
    assert zpl(300) == zpl(203)  # nobody knows better than the carrier


def test_a_label_that_came_as_a_picture_becomes_a_page_of_its_size():
    file = BytesIO()
    Image.new("L", (812, 1218), 200).save(file, "PNG")

    pdf = pdf_of_picture(file.getvalue(), "4x6in")

    assert sizes_mm(pdf)[0] == pytest.approx(SIX_INCHES, abs=NEAR)
    assert graphics(zpl_of_pdf(pdf, dpi=203))[0][1].size == (816, 1218)
    with pytest.raises(ValueError):
        pdf_of_picture(b"GIF89a nothing", "4x6in")
