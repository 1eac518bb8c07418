"""Slips, gift cards, customs forms and pick lists: everything that is said on paper, rightly."""

import pypdfium2
import pytest

from packbench.events.models import Event
from packbench.labels.arranging import change_store_papers, check_look
from packbench.labels.bundling import Form
from packbench.labels.models import StorePapers
from packbench.labels.pick_lists import Shape, draw_pick_list
from packbench.labels.printing import print_papers
from packbench.labels.slips import our_template, pack, pack_orders
from packbench.labels.templating import MOST_CHARACTERS, BrokenTemplate
from packbench.lib.errors import Rejected
from packbench.orders.models import Order, OrderNote
from packbench.orders.noting import write_note
from packbench.privacy.models import Disclosure
from packbench.products.models import Product
from packbench.shipments.erasing import erase_now
from packbench.shipments.models import Shipment
from tests.labels.papers import bought, codes, pages, picture, sizes_mm, slips_of, words
from tests.making import (
    NOW,
    ItemNotes,
    make_address,
    make_item,
    make_order,
    make_store,
    make_warehouse,
)
from tests.orders.customized import make_customized

pytestmark = pytest.mark.django_db
KINDS = ("label", "customs", "invoice", "slip", "gift_card")


@pytest.fixture
def store():
    return make_store()


def printed(*shipments, kinds=KINDS, **form):
    return print_papers(shipments, kinds, Form(**form), actor="ines", now=NOW)


def arranged(store, **settings):
    row = StorePapers.objects.filter(store=store).first() or StorePapers(store=store)
    for name, value in settings.items():
        setattr(row, name, value)
    change_store_papers(row, actor="ines", now=NOW)


def shippable(order):
    Order.objects.filter(pk=order.pk).update(problems=[], has_problems=False)
    return Order.objects.get(pk=order.pk)


def gift(store, number="402-1", **changes):
    notes = ItemNotes(gift_message="Alles Gute!\n誕生日おめでとう")
    return make_order(
        store, external_id=number, items=(make_item(number, is_gift=True, notes=notes, **changes),)
    )


def test_a_slip_says_who_what_and_how_many_and_its_code_is_read(store):
    item = make_item(quantity=3, title="Blue mug, 330 ml")
    slips = slips_of(bought(make_order(store, items=(item,))))

    (page,) = map(words, pages(slips.content))
    for said in ("Lucía Ferrer", "Calle de la Luna 14", "VALENCIA", "MUG-BLUE", "Blue mug", "3",
                 "402-0000001-0000001", "Casa Marina S.L."):  # fmt: skip
        assert said in page, said
    assert codes(picture(slips.content)) == [("QR Code", "402-0000001-0000001")]


def test_prices_are_shown_where_the_store_wants_them_but_never_on_a_gift(store):
    arranged(store, shows_prices=True)
    plain = bought(make_order(store, external_id="402-2", items=(make_item("2", quantity=2),)))

    (slip,) = pages(slips_of(plain).content)
    (of_gift,) = pages(slips_of(bought(gift(store))).content)

    assert "12,90 EUR" in slip
    assert "25,80 EUR" in slip
    assert "12,90" not in of_gift


def test_no_template_can_show_the_price_of_a_gift(store):
    every = "{% for item in items %}<p>{{ item.price }}{{ item.sum }}|</p>{% endfor %}{{ sum }}"
    arranged(store, shows_prices=True, slip_template=every)

    (page,) = pages(slips_of(bought(gift(store))).content)

    assert page.strip() == "|"


def test_a_gift_card_bears_the_message_and_only_gifts_have_one(store):
    present, plain = bought(gift(store)), bought(make_order(store, external_id="402-2"))

    out = printed(present, plain, kinds=("gift_card",))

    (card,) = pages(out.content)
    assert "Alles Gute!\n誕生日おめでとう" in card
    assert [row.order.external_id for row in out.shipments] == ["402-1"]
    assert Disclosure.objects.get().fields == ["gift_message"]


@pytest.mark.parametrize(
    ("country", "word"),
    [("ES", "Unidades"), ("DE", "Stück"), ("FR", "Pièces"), ("IT", "Pezzi"), ("US", "Pieces")],
)
def test_a_slip_speaks_the_language_of_where_it_goes(store, country, word):
    order = make_order(store, recipient=make_address(country=country, state="", postal_code=""))
    parcels = pack_orders([shippable(order)], warehouse=make_warehouse(store.workspace))
    from packbench.labels.slips import draw_slips

    settings = {store.pk: StorePapers(store=store)}
    drawn = draw_slips(parcels, ("slip",), settings, paper="a4")

    assert word in pages(drawn.content)[0]


@pytest.mark.parametrize(
    "text",
    ["山田 太郎 神宮前", "王小明 北京市", "김민수 서울", "محمد عبد الرحمن", "Łódź ŽŠČ Ğı", "משה"],
)
def test_every_script_is_printed_and_none_as_a_box(store, text):
    order = make_order(store, recipient=make_address(name=text), items=(make_item(title=text),))

    document = pypdfium2.PdfDocument(slips_of(bought(order)).content)

    read = document[0].get_textpage().get_text_range()
    for word in text.split():
        assert word in read or word[::-1] in read or "\u0600" < word[0] < "\u06ff"
    assert "[U+" not in read


def test_arabic_stands_joined_and_from_right_to_left(store):
    order = make_order(store, items=(make_item(title="محمد"),))

    document = pypdfium2.PdfDocument(slips_of(bought(order)).content)

    page = document[0].get_textpage()
    start = next(
        place for place in range(page.count_chars())
        if "\ufe70" <= page.get_text_range(place, 1) <= "\ufefc"
        or "\u0600" <= page.get_text_range(place, 1) <= "\u06ff"
    )  # fmt: skip
    places = [page.get_charbox(start + n)[0] for n in range(4)]
    assert places == sorted(places, reverse=True) or places == sorted(places)
    assert max(places) - min(places) < 40


def test_notes_to_the_buyer_are_on_the_slip_and_others_are_not(store):
    order = make_order(store)
    write_note(order, "Glazed twice.", kind=OrderNote.Kind.BUYER, actor="ines", now=NOW)
    write_note(order, "Grumpy!", kind=OrderNote.Kind.INTERNAL, actor="ines", now=NOW)

    (page,) = pages(slips_of(bought(Order.objects.get(pk=order.pk))).content)

    assert "Glazed twice." in page
    assert "Grumpy" not in page


@pytest.mark.parametrize("paper", ["a4", "4x6in"])
def test_what_the_buyer_chose_is_on_the_slip_with_its_pictures(paper):
    shipment = bought(make_customized())

    slips = slips_of(shipment, paper=paper)

    said = " ".join(pages(slips.content))
    assert "Für Zoë" in said
    assert "Cherry red" in said
    document = pypdfium2.PdfDocument(slips.content)
    assert sum(1 for page in document for each in page.get_objects() if each.type == 3) == 2


def test_papers_follow_each_other_parcel_by_parcel_or_kind_by_kind(store):
    shipments = [bought(gift(store, f"402-{n}")) for n in (3, 1, 2)]

    def order_of(out):
        found = []
        for page in pages(out.content):
            number = next(n for n in ("402-1", "402-2", "402-3") if n in page)
            found.append((number, "SHIP TO" in page))
        return found

    numbers = ["402-3", "402-1", "402-2"]
    kinds = ("label", "slip")
    together = order_of(printed(*shipments, kinds=kinds))
    apart = order_of(printed(*shipments, kinds=kinds, is_by_kind=True))

    assert together == [(number, first) for number in numbers for first in (True, False)]
    assert apart == [(number, first) for first in (True, False) for number in numbers]


def test_a_reprint_is_the_same_again_and_each_is_on_the_record(store):
    shipment = bought(make_order(store))

    first, again = (pages(printed(shipment).content) for _ in range(2))

    assert first == again
    assert Event.objects.filter(name="papers.printed", shipment_id=shipment.pk).count() == 2
    assert Event.objects.filter(name="label.printed", shipment_id=shipment.pk).count() == 2
    assert Shipment.objects.get(pk=shipment.pk).status == "printed"
    looks = Disclosure.objects.filter(reason="print", order_ids=[shipment.order_id])
    assert [look.fields for look in looks] == [["label", "recipient"]] * 2


def test_nothing_is_printed_of_an_erased_order(store):
    shipment = bought(gift(store))
    erase_now(shipment.order, why="buyer", actor="ines", now=NOW)
    erased = Shipment.objects.with_order().get(pk=shipment.pk)

    for kinds in (("label",), ("slip",), ("label", "slip")):
        with pytest.raises(Rejected, match="was erased") as refusal:
            printed(erased, kinds=kinds)
        assert "402-1" in str(refusal.value)


def test_a_store_without_slips_has_none(store):
    arranged(store, has_slips=False, has_gift_cards=False)

    with pytest.raises(Rejected, match="such papers"):
        printed(bought(gift(store)), kinds=("slip", "gift_card"))


def test_an_order_without_a_parcel_yet_has_a_slip_all_the_same(store):
    order = make_order(store)

    (packed,) = pack_orders([order], warehouse=make_warehouse(store.workspace))

    assert [item.quantity for item in packed.items] == [1]
    assert not Shipment.objects.exists()


# Customs.


def abroad(store, **changes):
    place = make_address(country="CH", postal_code="8001", city="Zürich", state="")
    order = shippable(make_order(store, recipient=place, **changes))
    Product.objects.update(
        hs_code="691110", country_of_origin="ES", customs_description="Ceramic mug"
    )
    return order


def test_a_small_parcel_abroad_has_a_cn22_on_label_paper_and_an_invoice(store):
    shipment = bought(abroad(store))

    out = printed(shipment, kinds=("customs", "invoice"))

    form, invoice = map(words, pages(out.content))
    for said in ("CN 22", "Ceramic mug", "691110", "ES", "12.90 EUR", "0.350 kg", "[X] Sale"):
        assert said in form, said
    for said in ("COMMERCIAL INVOICE", "402-0000001-0000001", "Zürich", "DAP", "12.90 EUR"):
        assert said in invoice, said
    assert sizes_mm(out.content)[0] == pytest.approx((101.6, 152.4), abs=0.5)
    assert sizes_mm(out.content)[1] == pytest.approx((210, 297), abs=0.5)


def test_a_heavy_or_dear_parcel_has_a_cn23_with_both_addresses(store):
    shipment = bought(abroad(store, weight_g=2_500))

    (form,) = map(words, pages(printed(shipment, kinds=("customs",)).content))

    assert "CN 23" in form
    assert "Lucía Ferrer" in form
    assert "Casa Marina S.L." in form


def test_the_stores_ioss_number_is_on_the_forms(store):
    item = make_item(ioss_number="IM1234567890")
    shipment = bought(abroad(store, items=(item,)))

    form, invoice = pages(printed(shipment, kinds=("customs", "invoice")).content)

    assert "IOSS IM1234567890" in form
    assert "IOSS IM1234567890" in invoice


def test_a_parcel_at_home_has_no_customs_papers(store):
    out = printed(bought(make_order(store)), kinds=("label", "customs", "invoice"))

    assert len(pages(out.content)) == 1


# Pick lists.


def picked(orders, shape, **options):
    parcels = pack_orders(orders, warehouse=make_warehouse(orders[0].workspace))
    given = {"paper": "a4", "wave_size": 12, "now": NOW} | options
    return draw_pick_list(parcels, shape, **given)


@pytest.fixture
def orders(store):
    blue = [make_order(store, external_id=f"402-{n}", items=(make_item(f"{n}", quantity=n),))
            for n in (1, 2)]  # fmt: skip
    red = make_order(
        store,
        external_id="402-3",
        items=(make_item("3", sku="MUG-RED"), make_item("4", quantity=4)),
    )
    for sku, bin in (("MUG-BLUE", "A10"), ("MUG-RED", "A2")):
        Product.objects.filter(sku=sku).update(storage_bin=bin)
    return [Order.objects.get(pk=order.pk) for order in (*blue, red)]


def test_a_pick_list_by_sku_walks_past_the_bins_once(orders):
    (page,) = pages(picked(orders, Shape.SKU))

    assert page.index("A2") < page.index("A10")
    assert page.count("MUG-BLUE") == 1
    blue = words(page[page.index("A10") :])
    assert "MUG-BLUE" in blue
    assert " 7 " in f" {blue} "
    assert "Lucía" not in page
    assert not Disclosure.objects.exists()


def test_a_pick_list_by_order_keeps_orders_together(orders):
    (page,) = pages(picked(orders, Shape.ORDER))

    assert page.index("402-1") < page.index("402-2") < page.index("402-3")
    assert page.count("MUG-BLUE") == 3


def test_a_wave_says_how_many_go_in_which_tote_and_totes_are_scanned(orders):
    wave, rest = pages(picked(orders, Shape.WAVE, wave_size=2))

    assert "1: 1 · 2: 2" in words(wave)
    assert "1: 4" in words(rest)
    read = codes(picture(picked(orders, Shape.WAVE, wave_size=2)))
    assert read == [("Code 128", "402-1"), ("Code 128", "402-2")]


# Templates.


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("<p>one</p>\n{% if order.is_gift %}", "Line 2 of the template: Unclosed tag"),
        ("<p>\n\n{{ order.numbr }}</p>", "Line 3 of the template: there is no “order.numbr”"),
        ("<p>{{ number }}</p>", "Line 1 of the template: there is no “number”"),
        ("<p>a</p>\n<script>alert(1)</script>", "Line 2 of the template: <script> cannot be"),
        ('<p\nonclick="x">a</p>', "Line 1 of the template: <p> cannot have “onclick”"),
        ('<p class="huge">a</p>', "There is no class “huge”"),
        ("<table><td>a</td></table>", "<td> cannot stand here"),
        ("<p>a", "<p> is not closed"),
        ('<img src="http://evil.example/x.png">', "A picture is called logo"),
        ("{% load static %}", "Invalid block tag"),
        ("{% include '/etc/passwd' %}", "Invalid block tag"),
        ("{% extends 'web/base.html' %}", "Invalid block tag"),
        ("{% debug %}", "Invalid block tag"),
        ("{% autoescape off %}{{ order.number }}{% endautoescape %}", "Invalid block tag"),
        ("{{ order.number|safe }}", "Invalid filter"),
        ("{{ order.number|ljust:999999999 }}", "Invalid filter"),
        ("{{ order.__class__.__mro__ }}", "may not begin with underscores"),
        ("{% for a in items %}" * 9 + "x" + "{% endfor %}" * 9, ""),
        ("{% if sum %}" * 700 + "{% endif %}" * 700, "nests too deeply"),
        ("x" * (MOST_CHARACTERS + 1), "longer than 20000 characters"),
    ],
)
def test_a_broken_template_says_which_line_and_changes_nothing(store, template, sentence):
    if not sentence:
        check_look(template)  # few items: few repetitions
        return
    with pytest.raises(BrokenTemplate) as error:
        arranged(store, slip_template=template)

    assert sentence in str(error.value)
    assert not StorePapers.objects.exists()


def test_a_template_that_would_never_end_is_stopped(store):
    items = tuple(make_item(str(n), sku=f"S{n}") for n in range(40))
    shipment = bought(make_order(store, items=items))
    nested = "{% for a in items %}" * 6 + "<p>x</p>" + "{% endfor %}" * 6
    StorePapers.objects.create(store=store, slip_template=nested)

    with pytest.raises(Rejected, match="repeats itself too often") as refusal:
        slips_of(shipment)

    assert "Amazon ES" in str(refusal.value)
    assert refusal.value.code == "template_broken"


def test_a_template_without_end_on_paper_is_stopped(store):
    shipment = bought(make_order(store))
    StorePapers.objects.create(store=store, slip_template="<p>x</p><page>" * 40)

    with pytest.raises(Rejected, match="more than 20 pages"):
        slips_of(shipment)


def test_our_template_saved_unchanged_goes_on_following_ours(store):
    arranged(store, slip_template=our_template("slip"))

    assert StorePapers.objects.get().slip_template == ""


def test_a_template_of_ones_own_is_used_for_its_store_alone(store):
    other = make_store(store.account, "A1PA6795UKMFR9", "Amazon DE")
    arranged(store, slip_template="<h1>Hola {{ order.number }}</h1>")

    pair = [
        bought(make_order(each, external_id=f"402-{n}")) for n, each in enumerate((store, other))
    ]
    first, second = pages(slips_of(*pair).content)

    assert first.strip() == "Hola 402-0"
    assert "Hola" not in second


def test_printing_shows_nothing_of_itself(store):
    shipment = bought(gift(store))
    (packed,) = pack([shipment])

    assert "Alles" not in repr(printed(shipment)) + repr(packed) + repr(slips_of(shipment))
