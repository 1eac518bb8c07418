"""The bench: every scan is answered, and only what belongs in a parcel is counted."""

from datetime import timedelta

import pytest

from packbench.accounts.models import Member
from packbench.carriers.models import PackageType
from packbench.events.models import Event
from packbench.lib import clock
from packbench.orders.models import Order
from packbench.orders.models import Status as OrderStatus
from packbench.packing.models import BenchSettings, Packing, Tote
from packbench.products.models import Product
from packbench.products.naming import Name, add_name
from packbench.shipments.models import Shipment
from packbench.shipments.splitting import Part, split_order
from packbench.shipments.status import Status
from tests.making import (
    NOW,
    make_item,
    make_means,
    make_member,
    make_order,
    make_warehouse,
    make_workspace,
)
from tests.web.orders.conftest import browser_of, buy_all, labeled
from tests.web.stores.consenting import text_of

EAN = "4006381333931"
PACKED = Packing.Status.PACKED


@pytest.fixture
def packer(workspace):
    return browser_of(make_member(workspace, "paco@example.com", Member.Role.PACKER))


@pytest.fixture
def order(store):
    """Two mugs and a bowl."""
    bowl = make_item("10000000000002", sku="BOWL", quantity=1)
    return make_order(store, items=(make_item(sku="MUG", quantity=2), bowl), weight_g=900)


def scan(browser, code):
    return browser.post("/bench/scan", {"code": code}, headers={"hx-request": "true"})


def sound(answer):
    return answer.headers.get("HX-Trigger", "")


def scan_all(browser, *codes):
    return [scan(browser, code) for code in codes][-1]


def counts():
    rows = Packing.objects.latest("opened_at").lines.all()
    return {row.order_item.sku: row.packed for row in rows}


def test_a_labelled_parcel_is_packed_by_scanning_its_label_and_each_piece(packer, order):
    shipment = labeled(order)

    opened = scan(packer, shipment.tracking_number)
    assert order.external_id in text_of(opened)
    assert '"right"' in sound(scan_all(packer, "MUG", "mug"))
    last = scan(packer, "BOWL")

    assert '"done"' in sound(last)
    assert "Packed. Close the parcel." in text_of(last)
    packing = Packing.objects.get()
    assert (packing.status, packing.shipment_id) == (PACKED, shipment.pk)
    assert Event.objects.filter(name="packing.closed", shipment_id=shipment.pk).count() == 1


def test_without_a_label_the_last_scan_buys_it_and_it_is_printed(packer, order, workspace):
    make_warehouse(workspace)

    scan(packer, order.external_id)
    last = scan_all(packer, "MUG", "MUG", "BOWL")

    assert "The label is being bought" in text_of(last)
    packing = Packing.objects.get()
    assert packing.shipment.status == Status.READY
    assert "being bought" in text_of(packer.get(f"/bench/{packing.pk}"))
    buy_all(workspace)
    there = packer.get(f"/bench/{packing.pk}")
    assert "The label is there." in text_of(there)
    assert "label-ready" in there.headers["HX-Trigger-After-Settle"]
    paper = packer.post(f"/bench/{packing.pk}/print")
    assert paper.content.startswith(b"%PDF")
    assert paper.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert Shipment.objects.get().status == Status.PRINTED
    assert "Nothing here is called" in text_of(scan(packer, "NEXT"))


def test_a_wrong_piece_and_one_too_many_alarm_and_are_not_counted(packer, order, workspace):
    Product.objects.create(workspace=workspace, sku="PLATE", created_at=NOW)
    scan(packer, labeled(order).tracking_number)
    scan_all(packer, "BOWL", "MUG")

    wrong = scan(packer, "PLATE")
    assert '"wrong"' in sound(wrong)
    assert "PLATE is not in this parcel" in text_of(wrong)
    surplus = scan(packer, "BOWL")
    assert '"wrong"' in sound(surplus)
    assert "Only 1 of BOWL go in this parcel" in text_of(surplus)
    assert "“12345” is no item" in text_of(scan(packer, "12345"))
    assert counts() == {"MUG": 1, "BOWL": 1}


def test_pieces_are_known_by_asin_ean_and_other_names(packer, store, workspace):
    item = make_item(sku="MUG", asin="B0BLUEMUG1", quantity=3)
    order = make_order(store, items=(item,))
    product = Product.objects.get(sku="MUG")
    for name in (Name("barcode", EAN.zfill(14)), Name("sku", "MUG-OLD", store)):
        add_name(product, name, actor="test", now=NOW)
    scan(packer, labeled(order).tracking_number)

    scan_all(packer, "b0bluemug1", EAN, "MUG-OLD")

    assert Packing.objects.get().status == PACKED


def test_each_pieces_own_numbers_are_asked_for_and_kept_with_the_parcel(packer, store):
    item = make_item(sku="CAM", quantity=2, programs=("TRANSPARENCY",))
    order = make_order(store, items=(item,))
    order.items.update(facts={"needs_serials": True})
    shipment = labeled(order)
    scan(packer, shipment.tracking_number)

    wanted = scan(packer, "CAM")
    assert '"wanted"' in sound(wanted)
    assert "scan its serial number" in text_of(wanted)
    assert "not a number of the piece" in text_of(scan(packer, "CAM"))
    assert "Transparency code" in text_of(scan(packer, "SN-1"))
    scan_all(packer, "AZ:CODE1", "CAM")
    assert "was scanned already" in text_of(scan(packer, "SN-1"))
    last = scan_all(packer, "SN-2", "AZ:CODE2")

    assert '"done"' in sound(last)
    line = shipment.items.get()
    assert line.serial_numbers == ["SN-1", "SN-2"]
    assert line.transparency_codes == ["AZ:CODE1", "AZ:CODE2"]


def test_what_must_not_go_out_is_stopped_at_the_bench(packer, order, workspace):
    shipment = labeled(order)
    Order.objects.update(channel_status=OrderStatus.CANCELLED)
    assert "was cancelled" in text_of(scan(packer, shipment.tracking_number))
    Order.objects.update(channel_status=OrderStatus.AWAITING_SHIPMENT, is_cancel_requested=True)
    assert "asked to cancel" in text_of(scan(packer, order.external_id))
    Order.objects.update(is_cancel_requested=False)
    Shipment.objects.update(status=Status.VOIDED)
    assert "was voided" in text_of(scan(packer, shipment.tracking_number))
    Shipment.objects.update(status=Status.IN_TRANSIT)
    assert "handed over already" in text_of(scan(packer, shipment.tracking_number))
    assert "was packed already" in text_of(scan(packer, order.external_id))
    assert not Packing.objects.exists()


def test_an_order_that_cannot_get_a_label_says_why(packer, store, workspace):
    make_warehouse(workspace)
    order = make_order(store, weight_g=None)

    assert "weight" in text_of(scan(packer, order.external_id))
    order = make_order(store, external_id="402-2", weight_g=100)
    scan(packer, "402-2")
    Order.objects.filter(pk=order.pk).update(status=OrderStatus.ON_HOLD)
    assert "on hold" in text_of(scan_all(packer, order.items.get().sku))
    assert not Shipment.objects.exists()


def test_two_packers_never_pack_the_same_parcel(packer, owner, order):
    number = labeled(order).tracking_number
    scan_all(packer, number, "MUG")

    assert "Somebody else is packing" in text_of(scan(owner, number))
    begun = clock.now() - timedelta(minutes=31)
    Packing.objects.update(opened_at=begun)
    assert order.external_id in text_of(scan(owner, number))
    assert counts()["MUG"] == 1


def test_a_parcel_that_is_put_aside_begins_anew(packer, order):
    number = labeled(order).tracking_number
    scan_all(packer, number, "MUG")

    packer.post("/bench/leave")
    scan(packer, number)

    assert counts() == {"MUG": 0, "BOWL": 0}


def test_a_parcel_is_taken_as_whole_only_with_a_reason_and_the_right(packer, owner, order):
    number = labeled(order).tracking_number
    scan(packer, number)
    packing = Packing.objects.get()

    refused = packer.post(f"/bench/{packing.pk}/override", {"reason": "torn off"})
    assert "Ask an owner" in text_of(refused)
    packing.workspace.bench = BenchSettings.objects.create(
        workspace=packing.workspace, packers_may_override=True
    )
    nameless = packer.post(f"/bench/{packing.pk}/override", {"reason": "  "})
    assert "Write why" in text_of(nameless)
    packer.post(f"/bench/{packing.pk}/override", {"reason": "barcode torn off"})

    packing.refresh_from_db()
    assert (packing.status, packing.override_reason) == (PACKED, "barcode torn off")
    assert Event.objects.filter(name="packing.overridden").exists()
    assert "not scanned whole" in text_of(owner.get("/bench"))


def test_the_bench_asks_for_box_and_weight_where_it_is_told_to(packer, order, workspace):
    make_warehouse(workspace)
    BenchSettings.objects.create(workspace=workspace, asks_box=True, asks_weight=True)
    box = PackageType.objects.create(
        workspace=workspace,
        name="Box M",
        length_mm=300,
        width_mm=200,
        height_mm=150,
        tare_g=120,
        created_at=NOW,
    )
    asked = scan_all(packer, order.external_id, "MUG", "MUG", "BOWL")
    assert "Which box?" in text_of(asked)
    packing = Packing.objects.get()

    refused = packer.post(f"/bench/{packing.pk}/label", {"package_type": box.pk})
    assert "Enter the weight in grams." in text_of(refused)
    packer.post(f"/bench/{packing.pk}/label", {"package_type": box.pk, "weight_g": 1040})

    shipment = Shipment.objects.get()
    assert (shipment.weight_g, shipment.package_type_id) == (1040, box.pk)
    again = packer.post(f"/bench/{packing.pk}/label", {"package_type": box.pk, "weight_g": 1040})
    assert "asked for already" in text_of(again)
    assert Shipment.objects.count() == 1


def test_a_refused_label_says_why_and_is_asked_for_with_another_box(packer, order, workspace):
    make_warehouse(workspace)
    scan_all(packer, order.external_id, "MUG", "MUG", "BOWL")
    packing = Packing.objects.get()
    why = {"text": "Too heavy for this service.", "values": {}, "code": "too_heavy"}
    Shipment.objects.update(status=Status.DRAFT, problem=why)

    refused = packer.get(f"/bench/{packing.pk}")
    assert "Too heavy for this service." in text_of(refused)
    packer.post(f"/bench/{packing.pk}/label", {"weight_g": 900})
    buy_all(workspace)
    packer.get(f"/bench/{packing.pk}")

    packing.refresh_from_db()
    assert packing.status == PACKED
    assert Shipment.objects.filter(status__in=(Status.PURCHASED, Status.PRINTED)).count() == 1


def test_parts_of_a_split_order_are_packed_one_after_the_other(packer, order, workspace):
    make_warehouse(workspace)
    mug, bowl = order.items.order_by("position")
    split_order(
        order, [Part({mug.pk: 1}), Part({mug.pk: 1, bowl.pk: 1})], make_means(workspace),
        actor="test", now=clock.now(),
    )  # fmt: skip

    scan_all(packer, order.external_id, "MUG")
    buy_all(workspace)
    packer.get(f"/bench/{Packing.objects.get().pk}")
    first = Packing.objects.get()
    assert first.status == PACKED
    scan(packer, order.external_id)

    assert sum(counts().values()) == 0
    assert Packing.objects.latest("opened_at").lines.count() in (1, 2)
    assert Packing.objects.latest("opened_at").shipment_id != first.shipment_id


def test_a_tote_brings_its_order_to_the_bench_and_is_free_afterwards(packer, order, store):
    labeled(order)
    other = make_order(store, external_id="402-OTHER")

    assert "lies in tote T-12" in text_of(scan_all(packer, order.external_id, "t-12"))
    assert "holds order" in text_of(scan_all(packer, other.external_id, "T-12"))
    packer.post("/bench/leave")
    scan_all(packer, "T-12", "MUG", "MUG", "BOWL")

    assert Packing.objects.filter(order=order, status=PACKED).exists()
    assert not Tote.objects.exists()


def test_the_bench_is_for_those_who_ship_and_its_settings_for_owners(
    viewer, packer, owner, stranger, order
):
    assert viewer.get("/bench").status_code == 403
    assert packer.get("/settings/bench").status_code == 403
    scan(packer, labeled(order).tracking_number)
    packing = Packing.objects.get()
    assert stranger.get(f"/bench/{packing.pk}").status_code == 404
    assert "Nothing here is called" in text_of(scan(stranger, order.external_id))

    owner.post("/settings/bench", {"asks_weight": "on"})

    here = BenchSettings.objects.get()
    assert (here.asks_weight, here.asks_box, here.prints_itself) == (True, False, False)


def test_what_was_packed_today_is_counted_for_each(packer, owner, order):
    scan_all(packer, labeled(order).tracking_number, "MUG", "MUG", "BOWL")

    page = text_of(owner.get("/bench"))

    assert "Packed in 24 hours</dt><dd>1</dd>" in page
    assert "by you</dt><dd>0</dd>" in page
    assert order.external_id in page


def test_numbers_of_another_workspace_mean_nothing_here(packer, store):
    make_order(store, external_id="402-1")
    elsewhere = make_workspace("Elsewhere")

    answer = scan(browser_of(make_member(elsewhere, "z@example.com")), "402-1")

    assert "Nothing here is called" in text_of(answer)
