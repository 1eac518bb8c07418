"""Sheets to work from: every choice of the buyer on paper, whatever script it is in."""

import pypdfium2
import pytest

from packbench.events.models import Event
from packbench.labels.customization_sheets import MOST_ORDERS, print_customizations
from packbench.labels.merging import merge_pdfs
from packbench.labels.papers import LETTER
from packbench.lib.errors import Rejected
from packbench.privacy.models import Disclosure
from packbench.shipments.erasing import erase_now
from tests.making import NOW, make_order, make_store
from tests.orders.customized import make_customized, make_reading, put

pytestmark = pytest.mark.django_db


def printed(*orders, **options):
    return print_customizations(orders, actor="ines", now=NOW, **options)


def pages(pdf):
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_range() for page in document]


def pictures(pdf):
    document = pypdfium2.PdfDocument(pdf)
    return sum(1 for page in document for each in page.get_objects() if each.type == 3)


def test_a_sheet_shows_what_was_chosen_with_text_and_pictures():
    order = make_customized()

    sheet = printed(order).content

    (page,) = pages(sheet)
    for words in (order.external_id, "MUG-BLUE", "2×", "Name", "Für Zoë", "二人で", "Cherry red",
                  "#b3262e", "Font: Dancing Script", "+ 4.00 EUR",
                  "all made like this"):  # fmt: skip
        assert words in page, words
    assert pictures(sheet) == 2


def test_each_order_has_a_page_in_the_order_given_and_plain_ones_have_none():
    store = make_store()
    first = make_customized(store, "402-1")
    plain = make_order(store, external_id="402-2")
    last = make_customized(store, "402-3")

    sheets = printed(last, plain, first, size=LETTER)

    first_page, second_page = pages(sheets.content)
    assert "402-3" in first_page
    assert "402-1" in second_page
    assert [order.external_id for order in sheets.orders] == ["402-3", "402-1"]
    assert pypdfium2.PdfDocument(sheets.content)[0].get_size() == pytest.approx(LETTER)


def test_printing_is_on_the_record_and_shows_nothing_of_itself():
    order = make_customized()

    sheets = printed(order)

    look = Disclosure.objects.get()
    assert (look.fields, look.order_ids, look.reason) == (["customization"], [order.pk], "print")
    assert Event.objects.filter(name="customization.printed", order_id=order.pk).count() == 1
    assert "Zo" not in repr(sheets)


def test_what_no_font_has_is_spelled_out_and_long_texts_go_on_overleaf():
    order = make_customized(is_here=False)
    put(order, make_reading("🎂" + " lang" * 700))

    found = pages(printed(order).content)

    assert len(found) > 1
    assert "[U+1F382]" in found[0]
    assert sum(page.count("lang") for page in found) == 700


def test_what_is_not_here_is_said_instead_of_left_out():
    store = make_store()
    erased = make_customized(store, "402-2")
    waiting = make_customized(store, "402-1", is_here=False)
    erase_now(erased, why="buyer", actor="ines", now=NOW)

    found = pages(printed(waiting, erased).content)

    assert "not here yet" in found[0]
    assert "erased" in found[1]
    assert not Disclosure.objects.exists()


def test_sheets_may_be_merged():
    store = make_store()
    sheets = [printed(make_customized(store, f"402-{n}")).content for n in range(2)]

    assert all("Für Zoë" in page for page in pages(merge_pdfs(sheets)))


def test_nothing_and_too_much_are_refused():
    order = make_order()

    with pytest.raises(Rejected, match="customized item"):
        printed(order)
    with pytest.raises(Rejected, match="at most 100"):
        printed(*[order] * (MOST_ORDERS + 1))
