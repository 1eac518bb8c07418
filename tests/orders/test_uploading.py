"""Tables of orders: looked through, imported once each, changed, refused, and gone again."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from packbench.events.models import Event
from packbench.lib.errors import Rejected
from packbench.orders import loading
from packbench.orders.composing import Told, current_order
from packbench.orders.entering import cancel_order, edit_order
from packbench.orders.loading import refused_file, refused_lines, samples_of
from packbench.orders.models import Order, Upload
from packbench.orders.uploading import (
    begin_import,
    columns_of,
    discard_upload,
    erase_expired,
    keep_upload,
    save_map,
    take_map,
    use_map,
)
from packbench.orders.weighing import weigh_order
from packbench.privacy.models import DataKey
from packbench.privacy.revealing import reveal
from packbench.shipments.buying import buy_label
from packbench.shipments.linking import GivenLink, save_link
from packbench.shipments.models import Forward, Notice, Shipment
from packbench.shipments.planning import plan_shipment, twins
from packbench.shipments.voiding import void_label
from tests.making import NOW, make_account, make_means, make_order, make_store
from tests.orders.tabling import (
    HEADERS,
    cells_of,
    checked,
    imported,
    make_shop,
    read,
    row,
    table,
    uploaded,
)
from tests.shipments.faking import FakeCarrier
from tests.test_privacy import everything_in_the_database

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOW + HOUR


@pytest.fixture
def shop():
    return make_shop()


def counts(upload):
    return (upload.new_count, upload.changed_count, upload.same_count, upload.refused_count)


def order_of(shop, number="1001"):
    return shop.orders.get(external_id=number)


def labeled(order, carrier=None):
    shipment = plan_shipment(order, make_means(order.workspace), batch=None, actor="t", now=NOW)
    shipment = Shipment.objects.with_order().get(pk=shipment.pk)
    buy_label(shipment, carrier or FakeCarrier(), now=NOW)
    return Shipment.objects.with_order().get(pk=shipment.pk)


# In: one order a number, whole or not at all.


def test_rows_of_one_number_become_one_order(shop):
    upload = imported(shop, row(), row(sku="TEA", item="Green tea", quantity="2"), row("1002"))

    order = order_of(shop)
    assert counts(upload) == (2, 0, 0, 0)
    assert {item.sku: item.quantity for item in order.items.all()} == {"MUG-BLUE": 1, "TEA": 2}
    assert (order.status, order.weight_g, order.total_currency) == ("awaiting_shipment", 350, "EUR")
    assert reveal(order, "recipient", order.key).line1 == "Kaiserstraße 1"
    assert (order.ship_to_city, order.ship_to_country) == ("Köln", "DE")
    assert order.ship_by_at.isoformat() == "2026-11-23T22:59:59+00:00"
    assert order.problems == []


def test_a_preview_saves_nothing_and_says_what_would_become_of_each_row(shop):
    imported(shop, row("1"), row("2"))

    upload = checked(shop, row("1"), row("2", city="Bonn"), row("3"), row("4", country="Atlantis"))

    assert (upload.status, counts(upload)) == ("checked", (1, 1, 1, 1))
    assert [(each.number, each.verdict) for each in samples_of(upload)] == [
        ("1", "same"),
        ("2", "changed"),
        ("3", "new"),
    ]
    (refused,) = refused_lines(upload)
    assert (refused.line, refused.reason.values) == (5, {"column": "Country"})
    assert shop.orders.count() == 2
    assert order_of(shop, "2").ship_to_city == "Köln"


def test_the_same_file_again_changes_nothing(shop):
    rows = [row("1"), row("2", phone=""), row("3", ship_by="")]
    imported(shop, *rows)
    before = list(Order.objects.order_by("pk").values("changed_at", "weight_g", "ship_by_at"))

    upload = imported(shop, *rows, now=LATER)

    assert counts(upload) == (0, 0, 3, 0)
    assert before == list(
        Order.objects.order_by("pk").values("changed_at", "weight_g", "ship_by_at")
    )


def test_a_changed_row_changes_its_order_alone(shop):
    imported(shop, row("1"), row("2"))

    upload = imported(
        shop, row("1", street="Domplatz 4", quantity="3", weight="900"), row("2"), now=LATER
    )

    order = order_of(shop, "1")
    assert counts(upload) == (0, 1, 1, 0)
    assert reveal(order, "recipient", order.key).line1 == "Domplatz 4"
    assert (order.items.get().quantity, order.quantity, order.weight_g) == (3, 3, 900)
    assert Event.objects.filter(name="order.updated", actor="ines").count() == 1
    assert not Event.objects.filter(name="order.changed").exists()


def test_an_item_that_the_file_does_not_have_any_more_goes(shop):
    imported(shop, row("1"), row("1", sku="TEA"))

    imported(shop, row("1", sku="TEA"), now=LATER)

    assert [item.sku for item in order_of(shop, "1").items.all()] == ["TEA"]
    assert counts(imported(shop, row("1", sku="TEA"), now=LATER + HOUR)) == (0, 0, 1, 0)


def test_what_a_person_changed_stays_when_the_file_comes_again(shop):
    imported(shop, row("1"))
    order = order_of(shop, "1")
    weigh_order(order, 777, actor="ines", now=NOW)
    edited = edit_told(order, street="Am Markt 2")
    edit_order(order, edited, actor="ines", now=NOW)

    upload = imported(shop, row("1", street="Anderswo 9", sku="TEA", weight="900"), now=LATER)

    order = order_of(shop, "1")
    assert counts(upload) == (0, 1, 0, 0)
    assert reveal(order, "recipient", order.key).line1 == "Am Markt 2"
    assert (order.weight_g, order.items.get().sku) == (777, "TEA")


def edit_told(order, street):
    now = current_order(order, order.items.all())
    return Told(replace(now, recipient=replace(now.recipient, line1=street)), weight_g=777)


def test_a_file_without_a_column_leaves_what_it_does_not_speak_of(shop):
    imported(shop, row("1"))
    silent = {"number": "No", "name": "Name", "street": "Street", "city": "City"}
    headers = {**silent, "country": "Country", "sku": "SKU", "quantity": "Qty"}
    upload = uploaded(shop, row("1", quantity="2"), headers={**headers, "number": "Order no"})
    use_map(upload, upload.value, actor="ines", now=LATER)
    begin_import(read(upload, LATER), now=LATER)

    read(upload, LATER)

    order = order_of(shop, "1")
    assert order.items.get().quantity == 2
    assert reveal(order, "recipient", order.key).phone == "+49 221 000"
    assert (order.ship_to_postal_code, order.weight_g) == ("50667", 350)
    assert order.items.get().unit_amount is not None


def test_two_shops_may_have_the_same_number_and_amazons_own_comes_in_once(shop):
    other = make_shop(shop.workspace, "Other shop")
    at_amazon = make_order(make_store_in(shop.workspace))

    imported(shop, row("1"))
    imported(other, row("1"))
    upload = imported(shop, row(at_amazon.external_id))

    assert shop.orders.get().external_id == other.orders.get().external_id == "1"
    assert not twins(shop.orders.get()).exists()
    assert counts(upload) == (0, 0, 0, 1)
    assert "Amazon" in str(refused_lines(upload)[0].reason)


def make_store_in(workspace):
    return make_store(make_account(workspace))


def test_an_order_with_a_label_a_shipped_and_a_cancelled_one_stay_as_they_are(shop):
    imported(shop, row("1", quantity="2"), row("2"), row("3"))
    plan_shipment(order_of(shop, "1"), make_means(shop.workspace), batch=None, actor="t", now=NOW)
    labeled(order_of(shop, "2"))
    cancel_order(order_of(shop, "3"), actor="ines", now=NOW)

    new = [row(number, city="Bonn", quantity="5") for number in (1, 2, 3)]
    upload = imported(shop, *new, now=LATER)

    assert counts(upload) == (0, 0, 0, 3)
    assert {code: len(lines) for code, lines in upload.refused.items()} == {
        "order_labeled": 1,
        "order_shipped": 1,
        "order_cancelled": 1,
    }
    assert set(shop.orders.values_list("ship_to_city", flat=True)) == {"Köln"}


# Refused rows come back to be mended.


def test_refused_rows_come_back_with_their_reasons_and_can_be_mended(shop):
    rows = [row("1"), row("1", quantity="many"), row("2", name=""), row("3")]
    upload = imported(shop, *rows)
    assert counts(upload) == (1, 0, 0, 3)

    content = refused_file(upload, str)

    back = cells_of(content)
    assert [(each["Order number"], each["Why it was refused"]) for each in back] == [
        ("1", "Another row of the same order is refused."),
        ("1", "The cell Quantity holds no whole number of pieces."),
        ("2", "The row names neither a person nor a company."),
    ]
    mended = content.decode("utf-8-sig").replace("many", "2").replace("1001,,", "1001,Ada,")
    mended = mended.replace("2,2026-11-19 10:00,2026-11-23,,", "2,2026-11-19 10:00,2026-11-23,Ada,")
    again = keep_upload(shop, mended.encode(), actor="ines", now=LATER)
    use_map(again, again.value, actor="ines", now=LATER)
    begin_import(read(again, LATER), now=LATER)
    assert counts(read(again, LATER)) == (2, 0, 0, 0)
    assert shop.orders.count() == 3


def test_a_refused_row_with_formulas_runs_nowhere_and_comes_in_as_it_was(shop):
    formulas = ["=1+1", "+49 221 1", "-2", "@SUM(A1)", "'=cmd", "＝1+1"]
    rows = [row(number, phone=text, country="?") for number, text in enumerate(formulas)]

    upload = imported(shop, *rows)
    content = refused_file(upload, str)

    phones = [each["Phone"] for each in cells_of(content)]
    assert all(text.startswith("'") for text in phones)
    mended = content.decode("utf-8-sig").replace(",?,", ",DE,").encode()
    again = keep_upload(shop, mended, actor="ines", now=LATER)
    use_map(again, again.value, actor="ines", now=LATER)
    begin_import(read(again, LATER), now=LATER)
    assert counts(read(again, LATER)) == (6, 0, 0, 0)
    came = [
        reveal(order, "recipient", order.key).phone for order in shop.orders.order_by("external_id")
    ]
    assert came == ["=1+1", "+49 221 1", "-2", "@SUM(A1)", "=cmd", "＝1+1"]


# A job that may die.


def test_an_import_goes_on_where_a_dead_worker_left_it(shop, monkeypatch):
    monkeypatch.setattr(loading, "AT_ONCE", 2)
    upload = checked(shop, *(row(number) for number in range(7)))
    begin_import(upload, now=NOW)
    die_after(monkeypatch, slices=2)
    with pytest.raises(KilledError):
        load_upload_at(upload, NOW)
    assert (shop.orders.count(), Upload.objects.get().done_to) == (4, 4)
    monkeypatch.undo()

    load_upload_at(upload, NOW + timedelta(seconds=30))  # its lease is not over
    assert shop.orders.count() == 4
    upload = load_upload_at(upload, NOW + DAY / 2)

    assert (upload.status, counts(upload), shop.orders.count()) == ("finished", (7, 0, 0, 0), 7)
    assert Event.objects.filter(name="order.imported").count() == 7


class KilledError(BaseException):
    """A worker that is no more."""


def die_after(monkeypatch, slices):
    done = []
    load = loading._load_slice

    def load_some(*given, **named):
        if len(done) == slices:
            raise KilledError
        done.append(1)
        return load(*given, **named)

    monkeypatch.setattr(loading, "_load_slice", load_some)


def load_upload_at(upload, now):
    loading.load_upload(upload.pk, clock=lambda: now)
    return Upload.objects.get(pk=upload.pk)


@pytest.mark.proof
def test_ten_thousand_orders_come_in_once_each_whatever_dies(shop, monkeypatch):
    upload = checked(shop, *(row(number) for number in range(10_000)))
    begin_import(upload, now=NOW)
    now = NOW
    for slices in (0, 1, 7, 13):
        with monkeypatch.context() as patched:
            die_after(patched, slices=slices)
            with pytest.raises(KilledError):
                load_upload_at(upload, now)
        now += HOUR

    upload = load_upload_at(upload, now)

    assert (upload.status, counts(upload)) == ("finished", (10_000, 0, 0, 0))
    assert shop.orders.count() == 10_000
    assert Event.objects.filter(name="order.imported").count() == 10_000


def test_asking_twice_imports_once(shop):
    upload = checked(shop, row("1"))
    begin_import(upload, now=NOW)
    begin_import(upload, now=NOW)
    load_upload_at(upload, NOW)

    begin_import(upload, now=NOW)
    upload = load_upload_at(upload, NOW)

    assert (upload.status, shop.orders.count()) == ("finished", 1)
    assert Event.objects.filter(name="file.imported").count() == 1


# The file is sealed and does not stay.


def test_a_file_is_erased_when_all_of_it_came_in(shop):
    upload = imported(shop, row("1"))

    assert (upload.content, upload.samples, upload.has_file) == (None, None, False)
    assert not DataKey.objects.get(pk=upload.key_id).is_alive


def test_a_file_with_refused_rows_stays_for_a_day_at_most(shop):
    upload = imported(shop, row("1", country="?"))
    assert upload.has_file

    assert erase_expired(now=NOW + DAY - timedelta(seconds=1)) == 0
    assert erase_expired(now=NOW + DAY) == 1

    with pytest.raises(Rejected):
        refused_file(Upload.objects.get(), str)
    assert not DataKey.objects.get(pk=upload.key_id).is_alive


def test_a_file_that_nobody_imports_goes_within_a_day_or_at_once(shop):
    forgotten, thrown = uploaded(shop, row("1")), uploaded(shop, row("2"))

    discard_upload(thrown, actor="ines", now=NOW)
    erase_expired(now=NOW + DAY)

    assert [each.status for each in Upload.objects.all()] == ["discarded", "discarded"]
    assert not any(each.has_file for each in Upload.objects.all())
    with pytest.raises(Rejected):
        use_map(forgotten, forgotten.value, actor="ines", now=NOW)


def test_nothing_of_the_file_is_in_the_database_or_a_log_in_clear(shop, caplog):
    canaries = {"name": "Xanthippe Quexwold", "street": "Zyzzyva Lane 99417"}
    upload = checked(shop, row("1", **canaries), row("2", country="?", **canaries))
    begin_import(upload, now=NOW)
    read(upload)

    dump = everything_in_the_database()

    for text in canaries.values():
        assert text not in dump
        assert text.encode().hex() not in dump
        assert text not in caplog.text
    assert "Quexwold" not in repr(Upload.objects.get())


# Maps.


def test_a_map_is_saved_under_its_name_and_fits_the_next_file(shop):
    upload = uploaded(shop, row("1"))
    given = upload.value
    save_map(shop.workspace, "My shop", given, actor="ines", now=NOW)
    upper = {name: header.upper() for name, header in HEADERS.items()}

    other = uploaded(shop, row("2"), headers=upper)
    fitted = take_map(other, "My shop")

    assert fitted.columns["ORDER NUMBER"] == "number"
    assert set(fitted.columns.values()) == set(given.columns.values())
    assert set(columns_of(other).headers) == set(upper.values())


@pytest.mark.parametrize("name", ["", "x" * 61, "ShipStation"])
def test_a_map_needs_a_name_of_its_own(shop, name):
    upload = uploaded(shop, row("1"))

    with pytest.raises(Rejected):
        save_map(shop.workspace, name, upload.value, actor="ines", now=NOW)


def test_a_map_without_a_street_is_refused(shop):
    upload = uploaded(shop, row("1"))
    columns = {name: own for name, own in upload.value.columns.items() if own != "line1"}

    with pytest.raises(Rejected) as refusal:
        use_map(upload, replace(upload.value, columns=columns), actor="ines", now=NOW)

    assert refusal.value.code == "map_lacks"


def test_orders_of_amazons_stores_are_not_told_by_tables(shop):
    with pytest.raises(Rejected) as refusal:
        keep_upload(make_store(), table(row("1")), actor="ines", now=NOW)

    assert refusal.value.code == "not_own_shop"


# Out: nobody at Amazon is told.


def test_a_label_closes_the_order_and_owes_amazon_nothing(shop):
    imported(shop, row("1"))

    carrier = FakeCarrier()
    shipment = labeled(order_of(shop, "1"), carrier)

    assert order_of(shop, "1").status == "shipped"
    assert (Notice.objects.count(), Forward.objects.count()) == (0, 0)
    void_label(shipment, carrier, actor="ines", now=LATER)
    assert order_of(shop, "1").status == "awaiting_shipment"
    labeled(order_of(shop, "1"), carrier)
    assert order_of(shop, "1").status == "shipped"


def test_a_linked_shop_hears_of_the_parcel(shop, settings):
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    given = GivenLink(kind="webhook", url="http://127.0.0.1:9/hook")
    save_link(shop, given, actor="ines", now=NOW)
    imported(shop, row("1"))

    labeled(order_of(shop, "1"))

    assert (Notice.objects.count(), Forward.objects.get().status) == (0, "pending")
