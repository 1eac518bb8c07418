import pytest
import zxingcpp
from local_labels import BUYERS, barcodes_in, bought, file_of, gray_picture_of, make_address
from msgspec import structs
from PIL import Image, ImageChops
from zpl_reading import code_128_data, commands, graphics, names, shape, texts, with_margin

from packbench.carriers.base import Contents, LabelSize
from packbench.connectors.local.carrier import LocalCarrier

HOSTILE = [
    "^XZ^XA^FDgone^FS",
    "~JR",
    "~DGR:X.GRF,1,1,FF",
    "^FD",
    "_5EXZ",
    'Ada "The Countess" O\'Neil',
    "back\\slash\\&next",
    "line\r\nbreak\tand\x00null\x1bescape",
    "\u202e\u2066overridden\u2069",
    ">;>8>:code sets",
    "^",
    "~",
    "{}|`<>=@$%*+;:!?",
]
DPI = pytest.mark.parametrize("dpi", [203, 300])


@DPI
@pytest.mark.parametrize("buyer", BUYERS)
@pytest.mark.parametrize("size", list(LabelSize))
def test_the_barcodes_say_the_tracking_number_and_the_order_number(buyer, size, dpi):
    label = bought(LocalCarrier(dpi=dpi), ship_to=BUYERS[buyer], label_size=size)
    zpl = file_of(label, "zpl")

    read = [barcodes_in(with_margin(picture)) for _, picture in graphics(zpl)]

    assert code_128_data(zpl) == label.tracking_number
    assert {"QR Code": "302-1234567-1234567"} in read


@DPI
def test_the_paper_is_given_in_dots(dpi):
    sizes = {203: ("812", "1218"), 300: ("1200", "1800")}

    found = dict(commands(file_of(bought(LocalCarrier(dpi=dpi)), "zpl")))

    assert (found["^PW"], found["^LL"]) == sizes[dpi]


def test_text_is_said_to_be_utf_8_and_latin_letters_are_sent_as_text():
    zpl = file_of(bought(ship_to=BUYERS["polish"]), "zpl")

    assert names(zpl)[:2] == ["^XA", "^CI"]
    assert dict(commands(zpl))["^CI"] == "28"
    assert {"Święczysława Żółć", "ul. Źdźbłowa 7/13", "90-001 ŁÓDŹ"} <= set(texts(zpl))
    assert len(graphics(zpl)) == 1


@pytest.mark.parametrize("buyer", ["japanese", "korean", "egyptian", "greek", "bulgarian"])
def test_other_scripts_are_sent_as_the_picture_that_the_pdf_shows(buyer):
    label = bought(ship_to=BUYERS[buyer])
    zpl, paper = file_of(label, "zpl"), gray_picture_of(file_of(label, "pdf"))

    pictures = [item for item in graphics(zpl) if not zxingcpp.read_barcodes(with_margin(item[1]))]

    assert len(pictures) >= 3
    assert BUYERS[buyer].name not in texts(zpl)
    for (x, y), picture in pictures:
        there = paper.crop((x, y, x + picture.width, y + picture.height))
        assert sum(picture.histogram()[:100]) > 60
        assert differing_dots(picture, there) == 0


def test_no_stroke_of_a_bitmap_is_cut_off():
    label = bought(ship_to=structs.replace(BUYERS["egyptian"], postal_code=""))
    paper = gray_picture_of(file_of(label, "pdf"))

    for (x, y), picture in graphics(file_of(label, "zpl")):
        paper.paste(255, (x, y, x + picture.width, y + picture.height))

    between_the_captions_and_the_barcode = paper.crop((0, 285, 812, 600))
    assert between_the_captions_and_the_barcode.getextrema()[0] > 143


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_changes_no_command(text):
    hostile = bought(
        ship_to=make_address(name=f"A{text}", line1=f"B{text}", instructions=f"C{text}"),
        ship_from=make_address(name=f"D{text}"),
        order_number=f"E{text}",
        contents=(Contents(sku=f"F{text}", title="", quantity=1),),
    )
    harmless = bought(
        ship_to=make_address(name="A", line1="B", instructions="C"),
        ship_from=make_address(name="D"),
        order_number="E",
        contents=(Contents(sku="F", title="", quantity=1),),
    )

    assert shape(file_of(hostile, "zpl")) == shape(file_of(harmless, "zpl"))


def test_hostile_text_is_printed_as_it_is():
    zpl = file_of(bought(ship_to=make_address(name="^XZ~JR _5E >; O'Neil")), "zpl")

    assert "^XZ~JR _5E >; O'Neil" in texts(zpl)


@pytest.mark.parametrize("text", ["^XZ", "~JR", "^FD"])
def test_the_oracle_notices_text_that_was_not_escaped(text):
    zpl = file_of(bought(), "zpl")

    planted = zpl.replace(b"^FH^FDOwn delivery", f"^FH^FD{text}".encode())

    assert planted != zpl
    assert shape(planted) != shape(zpl) or names(planted) != names(zpl)


def test_the_label_is_one_format_that_begins_and_ends_once():
    found = names(file_of(bought(), "zpl"))

    assert (found[0], found[-1]) == ("^XA", "^XZ")
    assert found.count("^XA") == found.count("^XZ") == 1


def differing_dots(one, other):
    black_and_white = other.point(lambda gray: 0 if gray < 144 else 255)
    assert isinstance(one, Image.Image)
    return sum(ImageChops.difference(one, black_and_white).histogram()[128:])
