import re
import string
import unicodedata

import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from local_labels import (
    BUYERS,
    PRINTED,
    SHOP,
    SIZES_IN_POINTS,
    barcodes_in,
    bought,
    file_of,
    make_address,
    make_request,
    picture_of,
    text_of,
)

from packbench.carriers.base import Contents, LabelSize
from packbench.connectors.local.carrier import LocalCarrier
from packbench.connectors.local.drawing import Rule
from packbench.connectors.local.layout import MARGIN, laid_out
from packbench.connectors.local.pdf import pdf_of
from packbench.lib.errors import Rejected

BOTH_SIZES = pytest.mark.parametrize("size", list(LabelSize))
EVERY_BUYER = pytest.mark.parametrize("buyer", BUYERS)


@BOTH_SIZES
def test_a_page_is_exactly_as_large_as_its_paper(size):
    pdf = file_of(bought(label_size=size), "pdf")

    document = pypdfium2.PdfDocument(pdf)

    assert len(document) == 1
    assert document[0].get_size() == pytest.approx(SIZES_IN_POINTS[size], abs=0.001)


@BOTH_SIZES
@EVERY_BUYER
def test_both_barcodes_are_read_back_from_the_print(buyer, size):
    label = bought(ship_to=BUYERS[buyer], label_size=size, order_number="171-0000001-9999999")

    read = barcodes_in(picture_of(file_of(label, "pdf")))

    assert read == {"Code 128": label.tracking_number, "QR Code": "171-0000001-9999999"}


@EVERY_BUYER
def test_the_address_can_be_read_out_of_the_pdf(buyer):
    lines = text_of(file_of(bought(ship_to=BUYERS[buyer]), "pdf")).split("\n")

    assert [line for line in PRINTED[buyer] if line not in lines] == []


def test_at_home_the_country_is_not_printed():
    text = text_of(file_of(bought(ship_to=BUYERS["german"]), "pdf"))

    assert "GERMANY" not in text


def test_a_japanese_address_in_latin_letters_is_written_in_western_order():
    address = make_address(
        name="Taro Yamada",
        line1="1-5-8 Jingumae",
        city="Shibuya-ku",
        state="Tokyo",
        postal_code="150-0001",
        country="JP",
    )

    text = text_of(file_of(bought(ship_to=address), "pdf"))

    assert re.search(r"Taro Yamada\n1-5-8 Jingumae, Shibuya-ku, TOKYO\n150-0001\nJAPAN", text)


def test_a_city_that_is_the_country_is_not_printed_twice():
    address = make_address(name="100%name", city="Singapore", postal_code="049315", country="SG")

    lines = text_of(file_of(bought(ship_to=address, ship_from=address), "pdf")).split("\n")

    assert [line for line in lines if "ingapore" in line.casefold()] == ["SINGAPORE 049315"] * 2
    assert lines.count("100%name") == 2


def test_arabic_is_joined_and_starts_at_the_right():
    drawing = drawn(ship_to=BUYERS["egyptian"])
    name = next(text for text in drawing.texts() if text.line.text == BUYERS["egyptian"].name)

    shown = "".join(run.text for run in name.line.runs)

    assert name.box.right == pytest.approx(drawing.width - MARGIN)
    assert unicodedata.normalize("NFKC", shown)[::-1] == BUYERS["egyptian"].name
    assert all(
        "ARABIC" in unicodedata.name(c) and "FORM" in unicodedata.name(c) for c in shown[-4:]
    )


@pytest.mark.parametrize("buyer", ["japanese", "korean", "egyptian", "greek", "bulgarian"])
def test_every_letter_is_drawn_as_itself_and_none_as_a_box(buyer):
    pdf = file_of(bought(ship_to=BUYERS[buyer]), "pdf")
    page = pypdfium2.PdfDocument(pdf)[0]
    texts = page.get_textpage()
    picture = page.render(scale=4, grayscale=True).to_pil()
    letters = sorted({c for line in PRINTED[buyer] for c in line if c.isalpha() and ord(c) > 0x370})

    shapes = {}
    for index in range(texts.count_chars()):
        letter = texts.get_text_range(index, 1)
        if letter in letters and letter not in shapes:
            left, bottom, right, top = texts.get_charbox(index)
            box = (left * 4, picture.height - top * 4, right * 4, picture.height - bottom * 4)
            crop = picture.crop(tuple(round(edge) for edge in box)).resize((24, 24))
            shapes[letter] = crop.tobytes()

    assert len(shapes) > 5
    assert len(set(shapes.values())) == len(shapes)
    assert all(min(shape) < 100 for shape in shapes.values())


def test_a_character_that_no_font_has_is_named_instead_of_printed_as_a_box():
    with pytest.raises(Rejected, match=r"U\+1F680, U\+0915") as refused:
        bought(ship_to=make_address(name="Ada \U0001f680 \u0915"))

    assert refused.value.code == "characters_not_printable"


def test_invisible_and_overriding_characters_are_left_out():
    hidden = "\u202eAda\u2066 Love\u200blace\x00\x1b\n\ud800\ufe0f"

    text = text_of(file_of(bought(ship_to=make_address(name=hidden)), "pdf"))

    assert "Ada Lovelace" in text.split("\n")


def test_a_long_name_is_set_smaller_and_then_broken_but_never_shortened():
    name = "Maximiliane Theodora Freifrau von und zu Hohenstein-Wolkenkuckucksheim " * 3

    short, long = drawn(ship_to=make_address()), drawn(ship_to=make_address(name=name))

    assert recipient_size(long) < recipient_size(short)
    shown = text_of(file_of(bought(ship_to=make_address(name=name)), "pdf"))
    assert squeezed(name) in squeezed(shown)


def test_an_address_that_cannot_fit_is_refused_with_a_sentence():
    with pytest.raises(Rejected, match="Shorten the ship-to address") as refused:
        bought(ship_to=make_address(line2="Rue de la République " * 90))

    assert refused.value.code == "ship_to_too_long"


def test_a_return_address_that_cannot_fit_is_refused_too():
    with pytest.raises(Rejected, match="Shorten the ship-from address"):
        bought(ship_from=make_address(line2="Rue de la République " * 20))


def test_what_does_not_fit_of_the_contents_is_counted():
    contents = tuple(Contents(sku=f"SKU-{n}" * 20, title="", quantity=n) for n in range(1, 8))

    text = text_of(file_of(bought(contents=contents), "pdf"))

    assert "+4 more" in text
    assert re.search(r"SKU-1SKU-1.*… × 1\n", text)
    assert "SKU-4" not in text


def test_weight_date_service_and_order_number_are_printed():
    text = text_of(file_of(bought(weight_g=1250, order_number="302-1"), "pdf"))

    assert {"1.25 kg", "2026-11-21", "Own delivery", "302-1"} <= set(text.split("\n"))


def test_the_label_names_the_seller_as_carrier_where_it_was_given():
    carrier = LocalCarrier(carrier_name="Wagner Direkt")

    text = text_of(file_of(bought(carrier), "pdf"))

    assert "Wagner Direkt" in text.split("\n")


def test_without_an_order_number_our_reference_is_printed_and_no_qr_code():
    label = bought(order_number="", reference="shp_77")

    assert "shp_77" in text_of(file_of(label, "pdf"))
    assert barcodes_in(picture_of(file_of(label, "pdf"))) == {"Code 128": label.tracking_number}


@EVERY_BUYER
def test_a_label_stays_small(buyer):
    assert len(file_of(bought(ship_to=BUYERS[buyer]), "pdf")) < 60_000


LETTERS = st.characters(
    codec="utf-8",
    categories=["Lu", "Ll", "Nd", "Po", "Zs", "Cc", "Cf"],
    max_codepoint=0x17F,
)
WORDS = st.lists(
    st.one_of(
        st.text(LETTERS, min_size=1, max_size=14),
        st.sampled_from(["神宮前", "شارع", "Γλυφάδα", "X" * 70, "Straße", "^XZ", "Đường Nguyễn"]),
    ),
    max_size=9,
).map(" ".join)
ADDRESSES = st.builds(
    make_address,
    name=WORDS.map(lambda text: f"N {text}"),
    company=WORDS,
    line1=WORDS.map(lambda text: f"1 {text}"),
    line2=WORDS,
    line3=WORDS,
    district=WORDS,
    city=WORDS,
    state=st.sampled_from(["", "CA", "İstanbul", "東京都"]),
    postal_code=st.text(string.digits + "- ", max_size=9),
    country=st.sampled_from(["DE", "US", "JP", "EG", "GB", "TR", "SG", "KR", "FR", "IE", "HK"]),
    phone=st.text(string.digits + "+ ()", max_size=20),
    instructions=WORDS,
)
MANY = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@MANY
@given(ADDRESSES, st.sampled_from(list(LabelSize)))
def test_nothing_overlaps_or_leaves_the_page_and_nothing_is_dropped(address, size):
    drawing = drawn_if_it_fits(address, size)
    if drawing is None:
        return
    boxes = [item.box for item in drawing.items]

    assert [box for box in boxes if is_outside(box, drawing)] == []
    assert [(a, b) for i, a in enumerate(boxes) for b in boxes[:i] if overlap(a, b)] == []
    assert has_white_edges(picture_of(pdf_of(drawing), dpi=72))
    assert missing_words(address, drawing) == []


def test_the_edge_check_notices_ink_at_the_edge():
    picture = picture_of(file_of(bought(), "pdf"), dpi=72)
    picture.putpixel((3, 200), (0, 0, 0))

    assert not has_white_edges(picture)


def drawn_if_it_fits(address, size):
    try:
        return drawn(ship_to=address, label_size=size)
    except Rejected as refused:
        if refused.code != "ship_to_too_long":
            raise
        return None


def drawn(**changes):
    request = make_request(**changes)
    return laid_out(request, LocalCarrier().services()[0], "PB01234567890123456789")


def recipient_size(drawing):
    rules = sorted(item.box.y for item in drawing.items if isinstance(item, Rule))
    inside = [text for text in drawing.texts() if rules[0] < text.box.y < rules[1]]
    return max(text.size for text in inside)


def is_outside(box, drawing):
    slack = 0.01
    return (
        box.x < MARGIN - slack
        or box.y < MARGIN - 1
        or box.right > drawing.width - MARGIN + slack
        or box.bottom > drawing.height - MARGIN + 1
    )


def overlap(one, other):
    slack = 0.02
    return (
        one.x < other.right - slack
        and other.x < one.right - slack
        and one.y < other.bottom - slack
        and other.y < one.bottom - slack
    )


def has_white_edges(picture, points=8):
    gray = picture.convert("L")
    inner = (points, points, gray.width - points, gray.height - points)
    whole, middle = gray.histogram(), gray.crop(inner).histogram()
    return sum(whole[:200]) == sum(middle[:200])


def missing_words(address, drawing):
    shown = folded("".join(text.line.text for text in drawing.texts()))
    parts = (address.name, address.company, address.line1, address.line2, address.line3)
    more = (address.district, address.city, address.postal_code, address.phone)
    return [
        part for part in (*parts, *more, address.instructions) if folded(visible(part)) not in shown
    ]


def folded(text):
    return squeezed(text).upper().replace("İ", "I").replace("I\u0307", "I")


def visible(text):
    kept = (c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) != "Cf")
    return "".join(" " if unicodedata.category(c) == "Cc" else c for c in kept)


def squeezed(text):
    return "".join(text.split())


def test_the_shop_is_printed_at_the_top():
    first = text_of(file_of(bought(), "pdf")).split("\n")[:3]

    assert first == ["FROM", SHOP.company, SHOP.line1]
