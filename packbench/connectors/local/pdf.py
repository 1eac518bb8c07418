"""A drawing as a PDF: vector text with subset fonts, barcodes as filled rectangles."""

from io import BytesIO
from typing import Any

from reportlab.pdfgen.canvas import Canvas

from packbench.connectors.local.drawing import (
    Box,
    Drawing,
    Item,
    OrderBarcode,
    Rule,
    Text,
    TrackingBarcode,
)
from packbench.lib import fonts
from packbench.lib.barcodes import code_128, qr_rows, stretches

MODULE = 3 * 72 / 203  # three dots of a 203 dpi printer, 0.375 mm
QR_QUIET_MODULES = 4
EMBOLDENING = 0.03  # of the size: the outline that stands in for a missing bold cut


def pdf_of(drawing: Drawing) -> bytes:
    """Draw one page. The same drawing gives the same bytes."""
    with fonts.lock:
        paper = BytesIO()
        canvas = Canvas(paper, (drawing.width, drawing.height), pageCompression=1, invariant=1)
        canvas.setTitle("Label")
        # Operators go straight into the content stream: path objects are ten times slower.
        canvas._code += [*_bars(drawing), *_texts(canvas, drawing)]
        _name_fonts(drawing)
        canvas.showPage()
        canvas.save()
        return paper.getvalue()


def _name_fonts(drawing: Drawing) -> None:
    """Give this label's subsets names of their own: merged, equal names with other glyphs misprint.

    PDF 32000-1 §9.6.4 asks for different tags; reportlab tags every document's alike.
    """
    label = "".join(item.text for item in drawing.items if isinstance(item, TrackingBarcode))
    for font in {run.font for text in drawing.texts() for run in text.line.runs}:
        fonts.registered(font).face.name = f"{font.name}-{label}".encode()


def _bars(drawing: Drawing) -> list[str]:
    rectangles = [box for item in drawing.items for box in _rectangles(item)]
    return [
        f"{box.x:.3f} {drawing.height - box.bottom:.3f} {box.width:.3f} {box.height:.3f} re"
        for box in rectangles
    ] + ["f"]


def _rectangles(item: Item) -> list[Box]:
    match item:
        case Rule():
            return [item.box]
        case TrackingBarcode():
            return _tracking_bars(item)
        case OrderBarcode():
            return _order_modules(item)
    return []


def _tracking_bars(item: TrackingBarcode) -> list[Box]:
    width, bars = code_128(item.text)
    left = item.box.x + (item.box.width - width * MODULE) / 2
    return [
        Box(left + place * MODULE, item.box.y, count * MODULE, item.box.height)
        for place, count in bars
    ]


def _order_modules(item: OrderBarcode) -> list[Box]:
    rows = qr_rows(item.text)
    module = item.box.width / (len(rows) + QR_QUIET_MODULES)
    # The outer half of the quiet zone is the margin of the paper.
    left = item.box.x + module * QR_QUIET_MODULES / 2
    top = item.box.y + module * QR_QUIET_MODULES / 2
    return [
        Box(left + start * module, top + row * module, count * module, module)
        for row, modules in enumerate(rows)
        for start, count in stretches(modules)
    ]


def _texts(canvas: Any, drawing: Drawing) -> list[str]:
    return [
        operator
        for text in drawing.texts()
        for operator in _shown(canvas, text, drawing.height - text.baseline)
    ]


def _shown(canvas: Any, text: Text, y: float) -> list[str]:
    operators = [f"BT 1 0 0 1 {text.left:.3f} {y:.3f} Tm"]
    for run in text.line.runs:
        mode = f"2 Tr {EMBOLDENING * text.size:.3f} w" if run.font.is_emboldened else "0 Tr"
        operators.append(mode)
        font = fonts.registered(run.font)
        for subset, codes in font.splitString(run.text, canvas._doc):
            name = font.getSubsetInternalName(subset, canvas._doc)
            operators.append(f"{name} {text.size:.2f} Tf <{codes.hex()}> Tj")
    return [*operators, "ET"]
