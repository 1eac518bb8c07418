"""The outbox and the parcels' doors: handed over, corrected, marked, told again, stopped."""

import json
from datetime import timedelta

import pytest

from packbench.channels.models import Store
from packbench.lib import clock
from packbench.lib.errors import TemporaryError
from packbench.orders.models import Order
from packbench.orders.models import Status as OrderStatus
from packbench.shipments.confirming import send_due_notices
from packbench.shipments.models import Notice, NoticeAttempt, Shipment
from packbench.shipments.status import Status
from tests.making import make_item, make_order
from tests.shipments.faking import FakeChannel
from tests.web.orders.conftest import labeled

HTMX = {"HTTP_HX_REQUEST": "true"}
WEEK = timedelta(days=7)


def said(answer):
    return json.loads(answer["HX-Trigger"])["toast"]["text"]


def page(browser, url):
    answer = browser.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def orders(store, count):
    return [
        labeled(make_order(store, external_id=f"402-{number}", ship_by_at=clock.now() + WEEK))
        for number in range(count)
    ]


def fail(notice, now):
    channel = FakeChannel()
    channel.fail_next = TemporaryError("Down.", code="down", request_id="req-17")
    send_due_notices(notice.store.account, channel, clock=lambda: now)


def test_a_notice_shows_what_is_said_and_each_attempt_with_its_answer(owner, order):
    shipment = labeled(order)
    notice = Notice.objects.get()
    fail(notice, clock.now())

    shown = page(owner, f"/shipments/outbox/{notice.pk}")

    for word in (notice.package_reference, shipment.tracking_number, "Self Delivery", "req-17"):
        assert word in shown
    assert "Lucía" not in shown
    assert "Calle de la Luna" not in shown
    assert notice.pk in page(owner, "/shipments/outbox")


def test_the_outbox_is_narrowed_and_searched(owner, store):
    first, second = orders(store, 2)
    Notice.objects.filter(shipment=first).update(status=Notice.Status.FAILED)

    assert "402-0" in page(owner, "/shipments/outbox?show=refused")
    assert "402-1" not in page(owner, "/shipments/outbox?show=refused")
    assert "402-1" in page(owner, "/shipments/outbox?show=waiting")
    found = page(owner, f"/shipments/outbox?q={second.tracking_number}")
    assert "402-1" in found
    assert "402-0" not in found
    assert "No notice matches" in page(owner, "/shipments/outbox?q=nothing")


@pytest.mark.parametrize(
    "show", ["", "near", "waiting", "throttled", "refused", "accepted", "unverified", "voided"]
)
def test_every_way_to_narrow_turns_its_pages(owner, store, show, monkeypatch):
    monkeypatch.setattr("packbench.web.notice_list.PAGE", 2)
    orders(store, 5)
    state = {
        "throttled": {"status": "throttled"},
        "refused": {"status": "failed"},
        "accepted": {"status": "accepted"},
        "unverified": {"status": "accepted"},
        "voided": {"status": "accepted", "is_orphaned": True},
    }.get(show, {})
    Notice.objects.update(deadline_at=clock.now(), **state)
    url, seen = f"/shipments/outbox?show={show}", []
    while url:
        answer = owner.get(url, **(HTMX if seen else {}))
        seen += [line["row"].pk for line in answer.context["notices"]]
        url = answer.context["more_url"]

    assert sorted(seen) == sorted(Notice.objects.values_list("pk", flat=True))
    assert len(seen) == 5


def test_what_amazon_must_know_soon_is_said_on_every_page(owner, store, order):
    labeled(order)
    assert "notices urgent" not in page(owner, "/orders")
    Notice.objects.update(deadline_at=clock.now() + timedelta(hours=3))

    assert "1 notice urgent" in page(owner, "/orders")
    assert "within 4 hours" in page(owner, "/shipments/outbox")
    assert "less than 4 hours away" in page(owner, f"/shipments/outbox/{Notice.objects.get().pk}")
    Notice.objects.update(status=Notice.Status.ACCEPTED)
    assert "notice urgent" not in page(owner, "/orders")


def test_many_are_notified_again_and_each_that_cannot_be_is_counted(owner, store):
    orders(store, 3)
    Notice.objects.update(status=Notice.Status.FAILED)
    busy = Notice.objects.first()
    Notice.objects.filter(pk=busy.pk).update(status=Notice.Status.SENDING)
    ids = list(Notice.objects.values_list("pk", flat=True))

    answer = owner.post("/shipments/outbox/again", {"notice": ids}, **HTMX)

    assert said(answer).startswith("Amazon will be told again of 2 parcels. 1 cannot be")
    assert Notice.objects.filter(status=Notice.Status.PENDING).count() == 2


def test_all_refused_are_notified_again_by_one_button(owner, store):
    orders(store, 3)
    Notice.objects.update(status=Notice.Status.FAILED)

    answer = owner.post("/shipments/outbox/again", {"refused": "1"}, **HTMX)

    assert said(answer) == "Amazon will be told again of 3 parcels."


def test_the_way_back_leads_to_no_other_site(owner, store):
    [shipment] = orders(store, 1)
    form = {"notice": shipment.notices.get().pk, "back": "https://evil.example/"}

    assert owner.post("/shipments/outbox/again", form)["Location"] == "/shipments/outbox"


def test_a_person_stops_a_notice_and_starts_it_again(owner, order):
    labeled(order)
    notice = Notice.objects.get()

    assert said(owner.post(f"/shipments/outbox/{notice.pk}/stop", **HTMX)).startswith("Stopped")
    assert Notice.objects.get().status == Notice.Status.NOT_REQUIRED
    owner.post(f"/shipments/outbox/{notice.pk}/again", **HTMX)

    assert Notice.objects.get().status == Notice.Status.PENDING


def test_viewers_look_on_and_strangers_see_nothing(viewer, stranger, order):
    labeled(order)
    notice = Notice.objects.get().pk

    assert "Notify Amazon again" not in page(viewer, f"/shipments/outbox/{notice}")
    for name in ("again", "stop"):
        assert viewer.post(f"/shipments/outbox/{notice}/{name}").status_code == 403
        assert stranger.post(f"/shipments/outbox/{notice}/{name}").status_code == 404
    assert stranger.get(f"/shipments/outbox/{notice}").status_code == 404
    told = stranger.post("/shipments/outbox/again", {"notice": notice}, **HTMX)
    assert said(told).startswith("Amazon will be told again of 0 parcels")


def test_ticked_parcels_are_handed_over_and_others_stay(owner, stranger, store):
    first, second, third = orders(store, 3)

    answer = owner.post("/shipments/hand-over", {"shipment": [first.pk, second.pk]}, **HTMX)
    strange = stranger.post("/shipments/hand-over", {"shipment": third.pk}, **HTMX)

    assert said(answer) == "2 parcels handed over."
    assert said(strange) == "Tick a parcel first."
    assert Shipment.objects.filter(status=Status.IN_TRANSIT).count() == 2
    assert "In transit" in page(owner, f"/orders/{first.order_id}")


def test_all_of_today_of_one_carrier_are_handed_over(owner, store):
    today, old, _ = orders(store, 3)
    Shipment.objects.filter(pk=old.pk).update(purchased_at=clock.now() - timedelta(days=2))
    account = today.carrier_account
    assert "Hand over today's 2 of Own labels" in page(owner, "/shipments")

    answer = owner.post("/shipments/hand-over", {"account": account.pk}, **HTMX)

    assert said(answer) == "2 parcels handed over."
    old.refresh_from_db()
    assert old.status == Status.PURCHASED
    assert said(owner.post("/shipments/hand-over", {"account": account.pk}, **HTMX)) == (
        "Tick a parcel first."
    )


def test_what_is_wrong_on_the_way_is_shown_and_found(owner, store):
    fine, unscanned, late, troubled = orders(store, 4)
    now, day = clock.now(), timedelta(days=1)
    shipments = Shipment.objects
    Order.objects.update(deliver_by_at=now + 4 * day)
    shipments.filter(pk=unscanned.pk).update(purchased_at=now - 2 * day)
    shipments.filter(pk=late.pk).update(
        status=Status.IN_TRANSIT, estimated_at=now + 5 * day, next_track_at=now
    )
    shipments.filter(pk=troubled.pk).update(status=Status.EXCEPTION)

    def found(parcel):
        answer = owner.get(f"/shipments?parcel={parcel}")
        return [one["row"].pk for one in answer.context["shipments"]]

    assert found("unscanned") == [unscanned.pk]
    assert found("late") == [late.pk]
    assert found("trouble") == [troubled.pk]
    assert found("here") == [unscanned.pk, fine.pk]
    shown = owner.get("/shipments").context["shipments"]
    warned = {one["row"].pk: [str(w.word) for w in one["warnings"]] for one in shown}
    assert warned == {
        fine.pk: [],
        unscanned.pk: ["No scan yet"],
        late.pk: ["Will miss the promise"],
        troubled.pk: [],
    }


def test_tracking_is_corrected_on_the_order_and_amazon_hears_of_it(owner, order):
    shipment = labeled(order)
    channel = FakeChannel()
    send_due_notices(order.store.account, channel, clock=clock.now)
    form = {"tracking_number": "NEW1", "carrier": "dpd", "method": "Classic"}

    answer = owner.post(f"/shipments/{shipment.pk}/correct", form, **HTMX)
    send_due_notices(order.store.account, channel, clock=clock.now)

    assert said(answer).startswith("Corrected.")
    assert [(c.tracking_number, c.carrier_code) for c in channel.confirmed][-1] == ("NEW1", "DPD")
    shown = page(owner, f"/orders/{order.pk}")
    assert "NEW1" in shown
    assert "DPD Classic" in shown
    assert "Tracking number or carrier corrected." in shown
    again = owner.post(f"/shipments/{shipment.pk}/correct", form, **HTMX)
    assert said(again).startswith("Nothing was changed")


def test_a_correction_without_number_says_what_is_missing(owner, order):
    shipment = labeled(order)

    answer = owner.post(f"/shipments/{shipment.pk}/correct", {"carrier": "DHL"}, **HTMX)

    assert said(answer) == "Enter the tracking number: Amazon takes no parcel without one."


def test_a_parcel_bought_elsewhere_is_marked_on_the_order(owner, workspace, store):
    from tests.making import make_means

    make_means(workspace)
    order = make_order(store, items=(make_item("11", quantity=2), make_item("12", sku="X")))
    first, _ = order.items.order_by("external_id")
    assert "The label was bought elsewhere" in page(owner, f"/orders/{order.pk}")
    form = {"carrier": "DHL", "tracking_number": "N1", f"pieces_{first.pk}": "2"}

    answer = owner.post(f"/orders/{order.pk}/mark-shipped", form, **HTMX)
    second = owner.post(
        f"/orders/{order.pk}/mark-shipped", {"carrier": "DHL", "tracking_number": "N2"}, **HTMX
    )
    third = owner.post(
        f"/orders/{order.pk}/mark-shipped", {"carrier": "DHL", "tracking_number": "N3"}, **HTMX
    )

    assert said(answer) == said(second) == "Marked as shipped. Amazon is told of it."
    assert said(third) == "Everything in this order has a parcel already."
    channel = FakeChannel()
    send_due_notices(store.account, channel, clock=clock.now)
    assert [told.items for told in channel.confirmed] == [(("11", 2),), (("12", 1),)]
    assert Order.objects.get().status == OrderStatus.SHIPPED
    assert 'value="pdf"' not in page(owner, "/shipments")


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"carrier": "", "tracking_number": "N1"}, "Choose or enter the carrier"),
        ({"carrier": "DHL"}, "Enter the tracking number"),
        ({"carrier": "DHL", "tracking_number": "N1", "pieces": "9"}, "Only 1 of MUG-BLUE"),
        ({"carrier": "DHL", "tracking_number": "N1", "pieces": "0"}, "at least one"),
    ],
)
def test_a_parcel_that_cannot_be_is_refused_with_what_to_change(
    owner, workspace, order, form, sentence
):
    from tests.making import make_means

    make_means(workspace)
    if "pieces" in form:
        form = {**form, f"pieces_{order.items.get().pk}": form["pieces"]}

    answer = owner.post(f"/orders/{order.pk}/mark-shipped", form, **HTMX)

    assert sentence in said(answer)
    assert not Shipment.objects.exists()


def test_the_order_says_that_its_parcel_awaits_the_scan(owner, order):
    Store.objects.update(feedback=Store.Feedback.FIRST_SCAN)
    Order.objects.update(ship_by_at=clock.now() + WEEK)
    labeled(Order.objects.get())

    assert "Waits for the first scan" in page(owner, f"/orders/{order.pk}")
    assert "Waits for the first scan" in page(owner, "/shipments/outbox")
    assert "Waits for the first scan" in page(owner, "/orders?tab=all")


def test_a_long_list_costs_no_more_questions_than_a_short_one(
    owner, store, django_assert_max_num_queries
):
    orders(store, 12)
    NoticeAttempt.objects.all().delete()

    with django_assert_max_num_queries(14):
        owner.get("/shipments/outbox")
