"""The bench at a station: each paper comes out of its printer once, and what does not is said."""

from datetime import timedelta

import pytest

from packbench.accounts.models import Member
from packbench.labels import queueing
from packbench.labels.arranging import papers_of_stores
from packbench.labels.models import Kind, Printer, PrintJob, PrintRoute, Station
from packbench.labels.queueing import queue_at
from packbench.labels.serving import Ended, Turn, take_turn
from packbench.lib import clock
from packbench.packing.models import BenchSettings, PackedPaper, Packing
from packbench.shipments.models import Shipment
from packbench.shipments.status import Status
from tests.making import NOW, make_item, make_member, make_order, make_warehouse
from tests.web.orders.conftest import browser_of, buy_all, labeled
from tests.web.orders.test_bench import scan, scan_all
from tests.web.stores.consenting import text_of

LABEL, SLIP = Kind.LABEL.value, Kind.SLIP.value
HTMX = {"headers": {"hx-request": "true"}}


@pytest.fixture
def order(store):
    bowl = make_item("10000000000002", sku="BOWL", quantity=1)
    return make_order(store, items=(make_item(sku="MUG", quantity=1), bowl), weight_g=900)


@pytest.fixture
def station(workspace):
    return Station.objects.create(workspace=workspace, name="Bench 1", created_at=NOW)


@pytest.fixture
def printers(workspace, station):
    """Labels go to the Zebra, slips to the laser."""
    found = {}
    for kind, name in ((LABEL, "Zebra"), (SLIP, "Laser")):
        found[name] = Printer.objects.create(
            workspace=workspace, agent="agent", name=name, created_at=NOW, seen_at=clock.now()
        )
        PrintRoute.objects.create(
            workspace=workspace, station=station, kind=kind, printer=found[name]
        )
    return found


@pytest.fixture
def packer(workspace, station):
    browser = browser_of(make_member(workspace, "paco@example.com", Member.Role.PACKER))
    browser.cookies["station"] = station.pk
    return browser


def turn(workspace, *ended, seconds=0):
    """What the print agent does: it says what became of jobs, and takes the next one."""
    asked = Turn("agent", "journal", (("Zebra", ""), ("Laser", "")), ended)
    return take_turn(workspace, asked, now=clock.now() + timedelta(seconds=seconds)).handed


def print_all(workspace):
    """Everything that waits comes out; returns the printers in turn."""
    used, handed = [], turn(workspace)
    while handed:
        used.append(handed.printer)
        handed = turn(workspace, Ended(handed.job.pk, "printed"))
    return used


def jobs():
    return sorted((job.printer.name, *job.kinds) for job in PrintJob.objects.all())


def pack_first(packer, workspace, order):
    """Scan all of an order, have its label bought, and see the bench."""
    make_warehouse(workspace)
    scan_all(packer, order.external_id, "MUG", "BOWL")
    buy_all(workspace)
    return packer.get(f"/bench/{Packing.objects.get().pk}")


def test_a_packed_parcel_prints_label_and_slip_at_its_station_once(
    packer, workspace, order, printers
):
    there = pack_first(packer, workspace, order)

    assert "label-ready" not in there.headers.get("HX-Trigger-After-Settle", "")
    assert jobs() == [("Laser", SLIP), ("Zebra", LABEL)]
    packing = Packing.objects.get()
    for _ in range(2):
        packer.get(f"/bench/{packing.pk}")
        scan(packer, order.external_id)
    assert sorted(print_all(workspace)) == ["Laser", "Zebra"]
    assert PrintJob.objects.count() == 2
    shown = text_of(packer.get(f"/bench/papers?packing={packing.pk}"))
    assert shown.count("Printed") == 2
    assert "every 2s" not in shown
    assert Shipment.objects.get().status == Status.PRINTED


def test_what_was_printed_or_waits_elsewhere_is_not_printed_by_the_bench(
    packer, workspace, order, printers
):
    shipment = labeled(order)
    queue_at(printers["Zebra"], [shipment], (LABEL,), actor="ines", now=clock.now())
    scan_all(packer, order.external_id, "MUG", "BOWL")

    assert jobs() == [("Laser", SLIP), ("Zebra", LABEL)]
    assert Packing.objects.get().status == Packing.Status.PACKED
    assert [row.kind for row in PackedPaper.objects.all()] == [SLIP]


def test_a_label_printed_before_is_not_printed_again_nor_a_slip(packer, workspace, order, printers):
    shipment = labeled(order)
    queue_at(printers["Laser"], [shipment], (LABEL, SLIP), actor="ines", now=clock.now())
    print_all(workspace)

    scan_all(packer, shipment.tracking_number, "MUG", "BOWL")

    assert PrintJob.objects.count() == 1
    assert not PackedPaper.objects.exists()


def test_without_a_station_or_its_label_printer_the_browser_prints(
    packer, workspace, order, printers
):
    PrintRoute.objects.filter(kind=LABEL).delete()

    there = pack_first(packer, workspace, order)

    assert "label-ready" in there.headers["HX-Trigger-After-Settle"]
    assert jobs() == [("Laser", SLIP)]
    paper = packer.post(f"/bench/{Packing.objects.get().pk}/print", {"to": "here"})
    assert paper.content.startswith(b"%PDF")


def test_slips_are_left_out_where_the_bench_or_the_store_has_none(
    packer, workspace, order, store, printers
):
    BenchSettings.objects.create(workspace=workspace, prints_slip=False)
    shipment = labeled(order)
    scan_all(packer, order.external_id, "MUG", "BOWL")
    assert jobs() == [("Zebra", LABEL)]

    BenchSettings.objects.update(prints_slip=True)
    row = papers_of_stores([store.pk])[store.pk]
    row.has_slips = False
    row.save()
    Packing.objects.all().delete()
    scan_all(packer, shipment.tracking_number, "MUG", "BOWL")

    assert jobs() == [("Zebra", LABEL)]


def test_papers_that_the_parcel_does_not_need_are_no_failed_jobs(
    packer, workspace, order, station, printers
):
    for kind in (Kind.CUSTOMS, Kind.INVOICE):
        PrintRoute.objects.create(
            workspace=workspace, station=station, kind=kind, printer=printers["Laser"]
        )
    order.ship_to_country = "ES"
    order.save()
    pack_first(packer, workspace, order)

    assert jobs() == [("Laser", SLIP), ("Zebra", LABEL)]


def test_a_printers_trouble_is_said_at_the_next_parcel_and_printed_again_by_one_key(
    packer, workspace, order, store, printers
):
    pack_first(packer, workspace, order)
    packing = Packing.objects.get()
    first = turn(workspace)
    turn(workspace, Ended(first.job.pk, "failed", "refused"))
    make_order(store, external_id="402-NEXT", weight_g=900)

    page = text_of(scan(packer, "402-NEXT"))

    assert "Not printed" in page
    assert order.external_id in page
    assert "refused what it was sent" in page
    assert "F8" in page
    again = text_of(packer.post(f"/bench/{packing.pk}/print", **HTMX))
    assert "402-NEXT" in again  # the parcel on the bench stays there
    assert "Not printed" not in again
    assert PrintJob.objects.filter(again_of=first.job).count() == 1


def test_a_new_trouble_is_heard_and_goes_when_somebody_saw_to_it(
    packer, workspace, order, printers
):
    pack_first(packer, workspace, order)
    packing = Packing.objects.get()
    handed = turn(workspace)
    turn(workspace, Ended(handed.job.pk, "doubtful", "interrupted"))

    heard = packer.get("/bench/papers?packing=&stuck=0")

    assert '"wrong"' in heard.headers["HX-Trigger"]
    assert "HX-Trigger" not in packer.get("/bench/papers?packing=&stuck=1").headers
    packer.post(f"/bench/{packing.pk}/settled", **HTMX)
    assert "Not printed" not in text_of(packer.get("/bench"))


def test_reprinting_leaves_a_paper_that_waits_to_its_turn(packer, workspace, order, printers):
    pack_first(packer, workspace, order)
    packing = Packing.objects.get()

    packer.post(f"/bench/{packing.pk}/print", {"shown": packing.pk}, **HTMX)
    assert PrintJob.objects.count() == 2
    print_all(workspace)
    packer.post(f"/bench/{packing.pk}/print", {"shown": packing.pk}, **HTMX)

    assert PrintJob.objects.filter(again_of__isnull=False).count() == 2
    assert PackedPaper.objects.filter(job__status="waiting").count() == 2


def test_a_full_queue_closes_the_parcel_all_the_same_and_says_so(
    packer, workspace, order, printers, monkeypatch
):
    monkeypatch.setattr(queueing, "MOST_OPEN", 1)
    there = pack_first(packer, workspace, order)

    assert Packing.objects.get().status == Packing.Status.PACKED
    assert "print jobs wait already" in text_of(there)
    monkeypatch.undo()
    packing = Packing.objects.get()
    packer.post(f"/bench/{packing.pk}/print", {"shown": packing.pk}, **HTMX)
    assert jobs() == [("Laser", SLIP), ("Zebra", LABEL)]


def test_a_removed_printer_is_said_and_the_paper_goes_to_the_next_one(
    packer, workspace, order, station, printers
):
    pack_first(packer, workspace, order)
    packing = Packing.objects.get()
    queueing.remove_printer(printers["Zebra"], actor="ines", now=clock.now())
    PrintRoute.objects.create(
        workspace=workspace, station=station, kind=LABEL, printer=printers["Laser"]
    )

    shown = text_of(packer.get(f"/bench/papers?packing={packing.pk}"))
    assert "The printer was removed." in shown
    packer.post(f"/bench/{packing.pk}/print", {"shown": packing.pk}, **HTMX)

    assert jobs() == [("Laser", LABEL), ("Laser", SLIP)]


def test_papers_of_another_workspace_are_not_found(packer, stranger, workspace, order, printers):
    pack_first(packer, workspace, order)
    packing = Packing.objects.get()

    for path in ("print", "settled", "photo"):
        assert stranger.post(f"/bench/{packing.pk}/{path}", **HTMX).status_code == 404
    assert order.external_id not in text_of(stranger.get(f"/bench/papers?packing={packing.pk}"))
