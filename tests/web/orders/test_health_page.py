"""The page of account health, and what the outbox says of feeds, codes and odd numbers."""

import json
from datetime import timedelta

import pytest

from packbench.lib import clock
from packbench.orders.models import Order, OrderItem, Status
from packbench.shipments.models import Notice, NoticeFeed, ShipmentItem
from tests.making import DE, make_order, make_store
from tests.web.orders.conftest import labeled

HTMX = {"HTTP_HX_REQUEST": "true"}
DAY = timedelta(days=1)
CODES = ("AZ" + "1" * 27, "ZA" + "2" * 27)


def page(browser, url):
    answer = browser.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def said(answer):
    return json.loads(answer["HX-Trigger"])["toast"]["text"]


def sold(store, number, **columns):
    order = make_order(store, external_id=f"402-{number}", ship_by_at=clock.now() - DAY)
    Order.objects.filter(pk=order.pk).update(**columns)
    return order


def test_without_a_store_the_page_says_how_to_get_one(owner):
    shown = page(owner, "/health")

    assert "No Amazon store yet" in shown
    assert 'href="/stores/connect"' in shown


def test_a_new_store_has_no_rates_yet_and_says_so(owner, store):
    shown = page(owner, "/health")

    assert "Late shipments" in shown
    assert "Nothing is late, and nothing is due until tomorrow." in shown


def test_rates_are_shown_with_amazons_targets_and_the_orders_to_see_to(owner, store):
    now = clock.now()
    sold(store, 1, status=Status.SHIPPED, confirmed_at=now - 2 * DAY)
    late = sold(store, 2)

    shown = page(owner, "/health")

    for word in ("50.0 %", "Amazon wants at most 4.0 %", "Not as wanted", "Amazon cancels it"):
        assert word in shown, word
    assert f'href="/orders/{late.pk}"' in shown
    assert "<svg" in shown
    assert "style=" not in shown


def test_each_store_has_its_own_rates(owner, store):
    other = make_store(store.account, DE, "Amazon DE")
    late = sold(other, 1)

    assert late.external_id not in page(owner, f"/health?store={store.pk}")
    assert late.external_id in page(owner, f"/health?store={other.pk}")


def test_viewers_look_on_and_strangers_see_their_own_only(viewer, stranger, store):
    sold(store, 1)

    assert "402-1" in page(viewer, "/health")
    assert "402-1" not in page(stranger, f"/health?store={store.pk}")


def test_ones_own_targets_count_and_a_broken_file_is_said(owner, store, settings, tmp_path):
    settings.HEALTH_TARGETS = tmp_path / "targets.json"
    target = {"rate": "late_shipment", "countries": ["*"], "limit": 1, "is_most": True, "days": 7}
    settings.HEALTH_TARGETS.write_text(
        json.dumps({"as_of": "2026-12-01", "sources": [], "targets": [target]})
    )
    assert "Amazon wants at most 1.0 %" in page(owner, "/health")

    settings.HEALTH_TARGETS.write_text("[")
    assert "Your own file of targets cannot be read" in page(owner, "/health")


def test_a_number_of_another_shape_is_sent_as_it_is_when_a_person_says_so(owner, stranger, order):
    labeled(order)
    notice = Notice.objects.get()
    problem = {"text": "Odd.", "code": "tracking_shape", "values": {}}
    Notice.objects.update(status="failed", problem=problem)
    shown = page(owner, f"/shipments/outbox/{notice.pk}")
    assert "Send it as it is" in shown

    url = f"/shipments/outbox/{notice.pk}/unchecked"
    assert stranger.post(url).status_code == 404
    answer = owner.post(url, **HTMX)

    notice.refresh_from_db()
    assert said(answer).startswith("Amazon will be told of this number as it is")
    assert (notice.status, notice.is_unchecked) == ("pending", True)


def test_codes_of_the_pieces_are_kept_and_amazon_is_told_again(owner, stranger, order):
    OrderItem.objects.update(programs=["TRANSPARENCY"])
    labeled(order)
    notice, item = Notice.objects.get(), ShipmentItem.objects.get()
    url = f"/shipments/outbox/{notice.pk}/codes"
    given = {f"codes-{item.pk}": CODES[0], f"serials-{item.pk}": "SN 1"}
    assert "Transparency codes, one a line" in page(owner, f"/shipments/outbox/{notice.pk}")
    Notice.objects.update(status="accepted", told_at=clock.now())

    assert stranger.post(url, given).status_code == 404
    answer = owner.post(url, given, **HTMX)

    notice.refresh_from_db()
    item.refresh_from_db()
    assert said(answer) == "Codes kept."
    assert (item.transparency_codes, item.serial_numbers) == ([CODES[0]], ["SN 1"])
    assert (notice.status, notice.is_correction, notice.revision) == ("pending", True, 1)
    assert CODES[0] in page(owner, f"/shipments/outbox/{notice.pk}")


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ("\n".join(CODES), "Enter as many codes at most."),
        ("not-a-code!", "is no Transparency code"),
    ],
)
def test_codes_that_cannot_be_are_refused_with_a_sentence(owner, order, codes, words):
    OrderItem.objects.update(programs=["TRANSPARENCY"])
    labeled(order)
    notice, item = Notice.objects.get(), ShipmentItem.objects.get()

    answer = owner.post(f"/shipments/outbox/{notice.pk}/codes", {f"codes-{item.pk}": codes}, **HTMX)

    assert words in said(answer)
    assert ShipmentItem.objects.get().transparency_codes == []


def test_the_outbox_shows_the_feed_that_is_under_way_and_what_goes_in_turn(owner, store):
    shipments = [labeled(make_order(store, external_id=f"402-{n}")) for n in range(3)]
    feed = NoticeFeed.objects.create(
        workspace=store.workspace,
        account=store.account,
        status="processing",
        marketplace_ids=[store.marketplace_id],
        count=240,
        created_at=clock.now(),
        sent_at=clock.now(),
        next_try_at=clock.now(),
    )
    fed, throttled, _ = Notice.objects.order_by("id")
    Notice.objects.filter(pk=fed.pk).update(status="sending", feed=feed)
    later = clock.now() + timedelta(minutes=1)
    Notice.objects.filter(pk=throttled.pk).update(status="throttled", next_try_at=later)

    shown = page(owner, "/shipments/outbox")

    assert "240 parcels go to Amazon in one feed." in shown
    assert "in a feed" in shown
    assert "in turn" in shown
    assert len(shipments) == 3
