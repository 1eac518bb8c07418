"""Whatever buyers write stays text: in ZPL, PDF, HTML and CSV the structure is that of harmless
text. Each with a control, which fails where the escaping is off."""

import csv
import io
import random

import pypdfium2
import pypdfium2.raw as pdfium_c
import pytest
from django.template import Context, Template
from msgspec import structs

from packbench.channels.customizations import Choice
from packbench.connectors.local.carrier import LocalCarrier
from packbench.labels.markup import BadMarkup, Table, Text, read_markup
from packbench.labels.papers import A4, Paper
from packbench.labels.slip_values import samples
from packbench.labels.slips import our_template
from packbench.labels.template_words import register
from packbench.labels.templating import ENGINE, fill_template
from packbench.lib import fonts
from packbench.lib.cells import FORMULAS, harmless
from packbench.lib.errors import Rejected
from packbench.lib.text import printable
from packbench.lib.zpl import field_data
from tests.connectors.local.local_labels import file_of, make_address, make_request
from tests.connectors.local.zpl_reading import commands, shape, texts

FEW, MANY = 400, 50_000
PIECES = (
    "^XZ", "^XA", "^FS", "^FD", "~JR", "~HS", "^ID*.*", "^FH_", "_5E", "\\&", "\\", ">5", ">:",
    ") Tj ET", "(", "))", "endstream endobj", "<< /JS (x) >>", "/OpenAction", "\\051", "BT", "% x",
    "<script>alert(1)</script>", "</p><h1>", "</td></tr></table>", "<img src=x onerror=y>", "<!--",
    "&lt;", "&#60;script&#62;", "]]>", "{{ order.number }}", "{% for a in items %}", "{#",
    "=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "\t=1", "\r\n=1", '"', '";', "＝1", "'", ",",
    "\u202e", "\u200b", "\u2066", "\x1b[31m", "\x00", "\x07", "\ue000x\ue001", "\ue002", "\ufeff",
    "山田", "محمد", "שלום", "ñ", "🎂", "e\u0301", "\U000e0041", "a", " ", "Müller", "%s", "%(x)s",
)  # fmt: skip


def hostile(count, seed=4711):
    """Texts that are put together from what has broken programs before."""
    dice = random.Random(seed)
    for _ in range(count):
        text = "".join(dice.choice(PIECES) for _ in range(dice.randint(1, 6)))
        yield dice.choice(("", "", "=", "^", "<")) + text


sizes = pytest.mark.parametrize(
    "count", [FEW, pytest.param(MANY, marks=pytest.mark.proof)], ids=["few", "many"]
)


# ZPL.


def is_one_field(zpl, text):
    """Whether a printer sees one field, and in it the text."""
    found = [name for name, _ in commands(zpl)]
    return found == ["^FH", "^FD", "^FS"] and texts(zpl) == [text]


@sizes
def test_no_text_becomes_a_command_of_a_label_printer(count):
    for text in hostile(count):
        assert is_one_field(field_data(text).encode("ascii"), text), repr(text)


def test_the_check_of_zpl_sees_a_text_that_is_not_escaped():
    broken = [
        text
        for text in hostile(FEW)
        if not is_one_field(f"^FH^FD{text}^FS".encode("utf-8", "replace"), text)
    ]

    assert len(broken) > FEW / 4


@pytest.mark.parametrize("count", [40, pytest.param(2_000, marks=pytest.mark.proof)])
def test_whole_labels_have_the_commands_of_harmless_ones(count):
    def label(name):
        address = make_address(name=name)
        try:
            bought = LocalCarrier().buy(make_request(ship_to=address, order_number="1"))
        except Rejected as refusal:  # no room, or a character that no font has: said, not printed
            return refusal.code
        return shape(file_of(bought, "zpl"))

    usual = label("Ada Lovelace")
    codes = {"characters_not_printable", "ship_to_too_long", "address_incomplete"}
    for text in hostile(count):
        found = label(f"A {text}")
        if isinstance(found, str):
            assert found in codes
        else:
            assert without_bitmaps(found) == without_bitmaps(usual), repr(text)


def without_bitmaps(names):
    return [name for name in names if name not in {"^GF", "^FS", "^FB"}]


# PDF.


def paper_with(lines):
    with fonts.lock:
        paper = Paper(A4, "Slip")
        paper.begin("1")
        for line in lines:
            paper.write(line)
        return paper.finish()


def anatomy(pdf):
    """What a reader finds besides text: kinds of objects, scripts, links, files."""
    document = pypdfium2.PdfDocument(pdf)
    kinds = {each.type for page in document for each in page.get_objects()}
    extras = (
        pdfium_c.FPDFDoc_GetJavaScriptActionCount(document.raw),
        pdfium_c.FPDFDoc_GetAttachmentCount(document.raw),
        sum(pdfium_c.FPDFPage_GetAnnotCount(page.raw) for page in document),
    )
    return kinds, extras


@sizes
def test_no_text_becomes_an_operator_or_an_object_of_a_pdf(count):
    usual = anatomy(paper_with(["Ada Lovelace"] * 100))
    lines = list(hostile(count))
    for start in range(0, count, 100):
        pdf = paper_with(lines[start : start + 100])
        assert anatomy(pdf) == usual
        for word in (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/OpenAction"):
            assert word not in pdf


def test_the_check_of_pdfs_sees_a_text_that_is_not_escaped():
    with fonts.lock:
        paper = Paper(A4, "Slip")
        paper.begin("1")
        paper.write("Ada")
        paper._canvas._code.append("BT () Tj ET 10 10 50 50 re f BT () Tj ET")
        pdf = paper.finish()

    assert anatomy(pdf) != anatomy(paper_with(["Ada"]))


# HTML.


def outline(blocks):
    """The structure without its texts."""
    return [
        (type(block).__name__, [[len(cell.texts) for cell in row] for row in block.rows])
        if isinstance(block, Table)
        else type(block).__name__
        for block in blocks
    ]


def filled(text):
    values = samples()
    items = tuple(structs.replace(item, title=f"x{text}", sku="s") for item in values["items"])
    changed = {"items": items, "notes": (f"x{text}",), "recipient": (f"x{text}",)}
    return fill_template(our_template("slip"), values | changed, language="en")


@sizes
def test_no_text_becomes_a_tag_or_a_word_of_a_template(count):
    usual = outline(filled("harmless"))
    for text in hostile(count // 10 if count == MANY else count // 4):
        blocks = filled(text)
        assert outline(blocks) == usual, repr(text)
    for text in hostile(count):
        (block,) = fill_template("<p>{{ note }}</p>", {"note": f"x{text}"}, language="en")
        assert isinstance(block, Text)
        assert printable(block.text) == printable(f"x{text}".replace("\ue002", " ")), repr(text)


def test_the_check_of_html_sees_a_text_that_is_not_escaped():
    unescaped = Template("<p>{{ note }}</p>", engine=ENGINE)

    def is_one_text(note):
        try:
            blocks = read_markup(unescaped.render(Context({"note": note}, autoescape=False)))
        except BadMarkup:
            return False
        return len(blocks) == 1 and printable(blocks[0].text) == printable(note)

    assert sum(not is_one_text(f"x{text}") for text in hostile(FEW)) > FEW / 4


def test_templates_have_no_word_that_switches_escaping_off():
    assert "autoescape" not in register.tags
    assert not {"safe", "safeseq", "linebreaks", "urlize"} & set(register.filters)


# CSV.


def table_of(lines, *, guard):
    file = io.StringIO()
    writer = csv.writer(file)
    for number, line in enumerate(lines):
        writer.writerow([number, guard(line), "end"])
    return list(csv.reader(io.StringIO(file.getvalue(), newline="")))


def is_sound(rows, count):
    lengths = {len(row) for row in rows}
    return (
        len(rows) == count
        and lengths == {3}
        and not any(row[1].startswith(FORMULAS) for row in rows)
    )


@sizes
def test_no_text_becomes_a_formula_or_another_cell(count):
    lines = [line.replace("\0", "") for line in hostile(count)]

    rows = table_of(lines, guard=harmless)

    assert is_sound(rows, count)
    assert [row[1].removeprefix("'") for row in rows] == [line.removeprefix("'") for line in lines]


def test_the_check_of_csv_sees_a_formula_that_is_not_guarded():
    lines = [line.replace("\0", "") for line in hostile(FEW)]

    assert not is_sound(table_of(lines, guard=str), FEW)


def test_values_shown_to_templates_hide_themselves():
    assert "Lucía" not in repr(samples()["store"]) + str(samples()["order"])
    assert repr(Choice(kind="text", label="Name", text="Zoë")) != ""
