"""Test pages: what a printer was told it is, a frame to measure, and codes to scan."""

from packbench.labels.bundling import Form
from packbench.labels.drawing import Material, draw_blocks
from packbench.labels.markup import Block, Figure, Rule, Text
from packbench.labels.models import Printer
from packbench.labels.rastering import zpl_of_pdf
from packbench.labels.sheets import SHEETS, Leaf, compose
from packbench.labels.slips import SMALL, new_paper
from packbench.lib import fonts

MARK = "PACKBENCH-TEST"
SCRIPTS = "ÄÖÜ äöü ß ñ ç Ł € · Ελληνικά · Кириллица · 日本語 · 中文 · 한국어 · العربية"
PLAIN: frozenset[str] = frozenset()


def draw_test_page(printer: Printer, form: Form) -> bytes:
    """Draw a page for the printer's paper, in what it speaks. It holds nothing of buyers."""
    is_zpl = form.format == Printer.Language.ZPL
    label = form.sheet if form.sheet in SMALL else "4x6in"
    with fonts.lock:
        paper = new_paper(label, "Test")
        draw_blocks(paper, _blocks(printer, form), Material(MARK, {}))
        paper.frame(6, 6, paper.width - 12, paper.height - 12)
        pdf = paper.finish()
    if is_zpl:
        return zpl_of_pdf(pdf, dpi=form.dpi or 203)
    return compose([pdf], [Leaf(0, 0)], SHEETS.get(form.sheet), start=form.start)


def _blocks(printer: Printer, form: Form) -> list[Block]:
    sheet = SHEETS.get(form.sheet)
    size = f"{sheet.width_mm:g} × {sheet.height_mm:g} mm" if sheet else "4 × 6 in"
    said = f"{printer.get_language_display()} · {form.dpi or '–'} dpi · {size}"
    return [
        Text("h1", PLAIN, "Packbench"),
        Text("p", PLAIN, f"{printer.name} · {printer.agent}"),
        Text("p", PLAIN, said),
        Rule(),
        Figure("barcode", MARK),
        Figure("qr", MARK),
        Text("p", PLAIN, SCRIPTS),
    ]
