"""Parcels to print papers for, and readers of what was printed."""

import re
from io import BytesIO

import pypdfium2
import zxingcpp
from PIL import Image

from packbench.carriers.registry import open_carrier
from packbench.labels.arranging import papers_of_stores
from packbench.labels.slips import draw_slips, pack
from packbench.shipments.buying import buy_label
from packbench.shipments.models import Shipment
from packbench.shipments.planning import plan_shipment
from tests.making import NOW, make_means


def bought(order, *, now=NOW):
    """Give the order a label of our own; returns its shipment."""
    shipment = plan_shipment(order, make_means(order.workspace), batch=None, actor="test", now=now)
    row = Shipment.objects.with_order().get(pk=shipment.pk)
    buy_label(row, open_carrier(row.carrier_account), now=now)
    return Shipment.objects.with_order().get(pk=shipment.pk)


def slips_of(*shipments, kinds=("slip",), paper="a4"):
    parcels = pack(shipments)
    settings = papers_of_stores(packed.order.store_id for packed in parcels)
    return draw_slips(parcels, kinds, settings, paper=paper)


def pages(pdf):
    """The text of each page, as PDFium reads it."""
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_range().replace("\r", "") for page in document]


def words(page):
    return re.sub(r"\s+", " ", page)


def sizes_mm(pdf):
    document = pypdfium2.PdfDocument(pdf)
    return [tuple(side * 25.4 / 72 for side in page.get_size()) for page in document]


def picture(pdf, page=0, dpi=300):
    return pypdfium2.PdfDocument(pdf)[page].render(scale=dpi / 72).to_pil().convert("L")


def codes(image):
    """What an independent reader makes of a picture: (format, text), in no order."""
    return sorted((str(each.format), each.text) for each in zxingcpp.read_barcodes(image))


def of_png(content):
    return Image.open(BytesIO(content)).convert("L")
