"""The morning board, today's labels in one go, the end of the day, and holds until a day."""

from datetime import timedelta

import pytest

from packbench.lib import clock
from packbench.orders.models import BulkRun, Order, Status
from packbench.orders.releasing import release_due
from packbench.shipments.batching import plan_more
from packbench.shipments.jobs import finish_a_void
from packbench.shipments.leftovers import ask_voids, unused_labels, void_by
from packbench.shipments.models import Batch, Shipment
from packbench.shipments.status import Status as ShipmentStatus
from tests.making import make_item, make_means, make_order
from tests.web.orders.conftest import buy_all, labeled
from tests.web.orders.test_labels import HTMX, said


@pytest.fixture
def store(store):
    make_means(store.workspace)
    return store


def due(store, number, hours=1, **changes):
    by = {"ship_by_at": clock.now() + timedelta(hours=hours)}
    return make_order(store, external_id=f"402-{number}", **{**by, **changes})


def test_the_board_counts_what_is_to_be_done_and_leads_to_it(owner, store):
    due(store, 1, hours=-3)
    due(store, 2, hours=-1, weight_g=None, items=(make_item("2", sku="NEW"),))
    due(store, 3, hours=200, programs=("PRIME",))

    page = owner.get("/today").content.decode()

    assert owner.get("/").headers["Location"] == "/today"
    for key, count in (("overdue", 2), ("problems", 1), ("prime", 1), ("refused", 0)):
        tile = page.split(f'data-tile="{key}"')[1].split("</a>")[0]
        assert f"<strong>{count}</strong>" in tile
    assert 'href="/orders?due=overdue"' in page


def test_todays_labels_are_one_batch_of_what_is_ready_and_due(owner, workspace, store):
    late, ready = due(store, 1, hours=-3), due(store, 2, hours=-1)
    due(store, 3, hours=-1, weight_g=None, items=(make_item("2", sku="NEW"),))
    due(store, 4, hours=200)
    labeled(due(store, 5, hours=-2))

    preview = owner.get("/today/run").content.decode()
    page = owner.post("/today/labels", follow=True)
    plan_more(BulkRun.objects.get().pk, clock=clock.now)

    batch = Batch.objects.order_by("-pk").first()
    assert "Create 2 labels" in preview
    assert page.redirect_chain[-1][0] == f"/batches/{batch.pk}"
    assert set(batch.shipments.values_list("order", flat=True)) == {late.pk, ready.pk}
    assert batch.refused == []


def test_with_nothing_ready_nothing_is_asked_for(owner, store):
    due(store, 4, hours=200)

    assert "Nothing that is due today" in owner.get("/today/run").content.decode()
    page = owner.post("/today/labels", follow=True).content.decode()

    assert "Nothing that is due today waits for a label." in page
    assert not Batch.objects.exists()


def test_labels_that_were_bought_before_are_printed_from_the_board(owner, workspace, store):
    labeled(due(store, 1, hours=-3))

    assert "Print 1 that is bought" in owner.get("/today").content.decode()
    printed = owner.post("/today/print", {"format": "pdf"})

    assert printed["Content-Type"] == "application/pdf"
    assert Shipment.objects.get().status == ShipmentStatus.PRINTED
    assert "that is bought" not in owner.get("/today").content.decode()


def test_a_viewer_sees_the_board_and_starts_nothing(viewer, store):
    due(store, 1, hours=-3)

    page = viewer.get("/today").content.decode()

    assert "Print today" not in page.split('id="run"')[0]
    assert viewer.get("/today/run").status_code == 403
    assert viewer.post("/today/labels").status_code == 403
    assert viewer.get("/today/end").status_code == 200
    assert viewer.post("/today/end/void").status_code == 403


def test_the_end_of_the_day_names_what_is_open_what_lies_about_and_what_nobody_used(owner, store):
    due(store, 1, hours=-3)
    used = labeled(due(store, 2, hours=-2))
    old = labeled(due(store, 3, hours=-2))
    Shipment.objects.filter(pk=used.pk).update(status=ShipmentStatus.PRINTED)
    Shipment.objects.filter(pk=old.pk).update(purchased_at=clock.now() - timedelta(days=3))

    page = owner.get("/today/end").content.decode()

    assert "1 order of today has no label" in page
    assert "1 printed" in page
    assert "1 label that nobody used" in page
    assert old.tracking_number in page
    assert "Printed 1" in page.replace(": ", " ")


def test_unused_labels_are_voided_together(owner, workspace, store):
    rows = [labeled(due(store, n, hours=-2)) for n in range(1, 4)]
    Shipment.objects.update(purchased_at=clock.now() - timedelta(days=3))

    assert len(unused_labels(workspace, now=clock.now())) == 3
    page = owner.post(
        "/today/end/void", {"shipment": [rows[0].pk, rows[1].pk]}, follow=True
    ).content.decode()
    for row in rows[:2]:
        finish_a_void(row.pk)

    assert "2 labels are being voided." in page
    assert set(Shipment.objects.values_list("status", flat=True)) == {"voided", "purchased"}
    assert [each.shipment.pk for each in unused_labels(workspace, now=clock.now())] == [rows[2].pk]


def test_the_carriers_deadline_is_known_by_its_kind(store):
    row = labeled(due(store, 1))
    assert void_by(row) is None  # own labels cost nothing

    row.carrier_account.carrier = "easypost"
    assert void_by(row) - row.purchased_at == timedelta(days=30)
    row.carrier_account.carrier = "another"
    assert void_by(row) - row.purchased_at == timedelta(days=14)


def test_a_label_that_was_scanned_meanwhile_is_not_voided(store):
    row = labeled(due(store, 1))
    Shipment.objects.filter(pk=row.pk).update(status=ShipmentStatus.IN_TRANSIT)

    assert (
        ask_voids([Shipment.objects.with_order().get(pk=row.pk)], actor="i", now=clock.now()) == 0
    )


def test_orders_are_held_until_a_day_and_go_on_by_themselves(owner, store):
    order = due(store, 1, hours=200)
    day = (clock.now() + timedelta(days=3)).date()

    answer = owner.post("/orders/hold", {"order": order.pk, "until": day.isoformat()}, **HTMX)

    assert "1 order on hold. Released by itself on" in said(answer)
    held = Order.objects.get()
    assert held.status == Status.ON_HOLD
    assert held.held_until.date() in (day, day - timedelta(days=1))
    assert "On hold until" in owner.get("/orders?tab=hold").content.decode()
    assert release_due(now=held.held_until - timedelta(seconds=1)) == 0
    assert release_due(now=held.held_until) == 1
    assert Order.objects.get().status == Status.AWAITING_SHIPMENT


def test_a_day_that_is_over_holds_nothing(owner, store):
    order = due(store, 1)

    answer = owner.post("/orders/hold", {"order": order.pk, "until": "2020-01-01"}, **HTMX)

    assert said(answer) == "Choose a day that is still to come."
    assert Order.objects.get().status == Status.AWAITING_SHIPMENT


def test_a_held_order_is_given_another_day(owner, store):
    order = due(store, 1, hours=200)
    owner.post("/orders/hold", {"order": order.pk}, **HTMX)
    day = (clock.now() + timedelta(days=5)).date()

    owner.post("/orders/hold", {"order": order.pk, "until": day.isoformat()}, **HTMX)

    assert Order.objects.get().held_until is not None


def test_many_orders_are_held_until_a_day_by_a_job(owner, store, monkeypatch):
    from packbench.orders.bulking import work_on
    from packbench.web import selecting
    from packbench.web.views import bulking

    monkeypatch.setattr(bulking, "AT_ONCE", 1)
    monkeypatch.setattr(selecting, "AT_ONCE", 1)
    ids = [due(store, n, hours=200).pk for n in range(1, 4)]
    day = (clock.now() + timedelta(days=3)).date()

    owner.post("/orders/hold", {"order": ids, "until": day.isoformat()}, **HTMX)
    work_on(BulkRun.objects.get().pk, clock=clock.now)

    assert Order.objects.filter(held_until__isnull=False).count() == 3


def test_batches_are_collected_named_and_put_away(owner, workspace, store):
    first, second = due(store, 1), due(store, 2)
    panel = owner.post("/batches/collect", {"order": first.pk}, HTTP_HX_TARGET="panel", **HTMX)
    batch = Batch.objects.get()
    url = f"/batches/{batch.pk}"
    assert "1 order in it" in panel.content.decode()

    owner.post("/batches/collect", {"order": second.pk, "batch": batch.pk}, **HTMX)
    owner.post(f"{url}/describe", {"name": "Morning", "note": "Lena packs"})
    page = owner.get(url).content.decode()
    assert "Create 2 labels" in page
    assert "Lena packs" in page

    owner.post(f"{url}/remove", {"order": second.pk})
    owner.post(f"{url}/process")
    plan_more(BulkRun.objects.get().pk, clock=clock.now)
    buy_all(workspace)
    assert "Completed" in owner.get(url).content.decode()
    owner.post(f"{url}/archive", {"is_archived": "yes"})

    assert "Morning" not in owner.get("/batches").content.decode()
    assert "Morning" in owner.get("/batches?show=archived").content.decode()


def test_what_was_not_asked_for_is_mended_on_the_page_of_the_batch(owner, workspace, store):
    order = due(store, 1, weight_g=None, items=(make_item("2", sku="NEW"),))
    owner.post("/orders/labels", {"order": order.pk})
    url = f"/batches/{Batch.objects.get().pk}"
    assert "Set weight" in owner.get(url).content.decode()

    owner.post("/orders/weigh", {"order": order.pk, "weight_g": "400"})
    owner.post(f"{url}/again")
    plan_more(BulkRun.objects.get().pk, clock=clock.now)
    buy_all(workspace)

    assert "Completed" in owner.get(url).content.decode()


def test_a_split_is_made_and_undone_on_the_page_of_the_order(owner, workspace, store):
    order = due(store, 1, items=(make_item("1", quantity=3), make_item("2", sku="PLATE")))
    mug = order.items.get(external_id="1")
    page = f"/orders/{order.pk}"
    assert "Split into parcels…" in owner.get(page).content.decode()

    answer = owner.post(f"{page}/split", {f"part1_{mug.pk}": "2"}, **HTMX)
    assert said(answer) == "Split into 2 parcels."
    shown = owner.get(page).content.decode()
    assert shown.count("data-create-parcel") == 2
    assert "Put it in one parcel again" in shown
    part = order.shipments.order_by("created_at", "pk").first()
    owner.post(f"{page}/label", {"parcel": part.pk, "weight_g": "777"}, **HTMX)
    buy_all(workspace)
    assert Shipment.objects.get(pk=part.pk).weight_g == 777
    assert Order.objects.get().status == Status.PARTIALLY_SHIPPED

    owner.post(f"{page}/merge", **HTMX)

    assert order.shipments.count() == 1
    assert "Ship this order" in owner.get(page).content.decode()


def test_a_parcel_of_a_split_has_its_own_form_and_its_own_rates(owner, workspace, store):
    order = due(store, 1, items=(make_item("1", quantity=3), make_item("2", sku="PLATE")))
    mug = order.items.get(external_id="1")
    page = f"/orders/{order.pk}"
    owner.post(f"{page}/split", {f"part1_{mug.pk}": "2"}, **HTMX)
    part = order.shipments.order_by("created_at", "pk").first()

    form = owner.get(f"{page}/shipping?parcel={part.pk}", **HTMX).content.decode()
    rates = owner.post(f"{page}/rates", {"parcel": part.pk, "weight_g": "700"}, **HTMX)

    assert "Ship this parcel" in form
    assert f'required value="{part.weight_g}"' in form
    assert f'<input type="hidden" name="parcel" value="{part.pk}">' in rates.content.decode()


def test_too_many_pieces_are_told_and_nothing_is_split(owner, store):
    order = due(store, 1, items=(make_item("1", quantity=3),))
    item = order.items.get()

    answer = owner.post(f"/orders/{order.pk}/split", {f"part1_{item.pk}": "9"}, **HTMX)

    assert said(answer).startswith("Only 3 of MUG-BLUE are left to ship.")
    assert not Shipment.objects.exists()


def test_a_shared_address_is_hinted_at_and_combined_by_a_click(owner, workspace, store):
    one, two = due(store, 1), due(store, 2)
    assert "1 other order goes to the same address" in owner.get("/orders").content.decode()
    assert two.external_id in owner.get(f"/orders/{one.pk}").content.decode()

    answer = owner.post("/orders/combine", {"order": [one.pk, two.pk]}, **HTMX)

    assert said(answer) == "2 orders share one parcel."
    shipment = Shipment.objects.get()
    for order, other in ((one, two), (two, one)):
        page = owner.get(f"/orders/{order.pk}").content.decode()
        assert "In one parcel with" in page
        assert f'href="/orders/{other.pk}"' in page
    owner.post("/orders/labels", {"order": [two.pk]})
    buy_all(workspace)
    shipment.refresh_from_db()
    for order in (one, two):
        assert shipment.tracking_number in owner.get(f"/orders/{order.pk}").content.decode()
        assert (
            order.external_id
            in owner.get(f"/shipments?q={shipment.tracking_number}").content.decode()
            or order == two
        )
        found = owner.get(f"/shipments?q={order.external_id}").content.decode()
        assert shipment.tracking_number in found
    grid = owner.get("/orders?label=labeled").content.decode()
    assert one.external_id in grid
    assert two.external_id in grid


def test_orders_of_others_can_neither_be_split_nor_combined(owner, viewer, store):
    from tests.making import make_account, make_store, make_workspace

    mine = due(store, 1)
    theirs = due(make_store(make_account(make_workspace("Other"), seller_id="B9")), 2)

    assert owner.post(f"/orders/{theirs.pk}/split").status_code == 404
    assert owner.post(f"/orders/{theirs.pk}/merge").status_code == 404
    answer = owner.post("/orders/combine", {"order": [mine.pk, theirs.pk]}, **HTMX)
    assert "Select at least two orders" in said(answer)
    assert viewer.post(f"/orders/{mine.pk}/split").status_code == 403
    assert viewer.post("/orders/combine", {"order": mine.pk}).status_code == 403
