"""Papers through the door: chosen, shown, printed here or at a station's printers."""

import json
from io import BytesIO

import pypdfium2
import pytest
from PIL import Image

from packbench.accounts.models import Member
from packbench.labels.models import Kind, PaperSettings, Printer, PrintJob, PrintRoute, StorePapers
from packbench.lib import clock
from packbench.privacy.models import Disclosure
from packbench.shipments.erasing import erase_now
from packbench.shipments.models import Shipment
from tests.labels.papers import codes, of_png, pages, sizes_mm
from tests.making import NOW, make_item, make_means, make_member, make_order
from tests.web.orders.conftest import browser_of, labeled

BY_SCRIPT = {"HTTP_X_PRINT": "station"}


def pdf(answer):
    assert answer["Content-Type"] == "application/pdf", answer.content[:300]
    assert "no-store" in answer["Cache-Control"]
    return answer.content


def asked(*kinds, **changes):
    return {"kinds": kinds, "to": "here", "format": "pdf", "start": "1"} | changes


@pytest.fixture
def packer(workspace):
    return browser_of(make_member(workspace, "paula@example.com", Member.Role.PACKER))


@pytest.fixture
def printer(workspace):
    return Printer.objects.create(
        workspace=workspace, agent="bench", name="Zebra (ZPL)", language="zpl", created_at=NOW
    )


def test_the_papers_of_a_parcel_are_chosen_and_printed_on_the_paper_asked_for(packer, order):
    shipment = labeled(order)
    url = f"/shipments/{shipment.pk}/papers"

    page = packer.get(url).content.decode()
    out = packer.post(url, asked("label", "slip", sheet="a4_2", paper="4x6in", start="2"))

    assert 'name="kinds"' in page
    assert f"/shipments/{shipment.pk}/preview.png" in page
    assert len(sizes_mm(pdf(out))) == 2
    assert sizes_mm(out.content)[0] == pytest.approx((210, 297), abs=0.5)


def test_viewers_see_no_papers(viewer, order):
    shipment = labeled(order)

    for path in ("papers", "preview.png"):
        assert viewer.get(f"/shipments/{shipment.pk}/{path}").status_code == 403
    assert (
        viewer.post("/orders/papers", {"order": order.pk, "paper_kind": "slip"}).status_code == 403
    )


def test_nobody_gets_papers_of_another_workspace(stranger, order):
    shipment = labeled(order)

    for path in (f"shipments/{shipment.pk}/papers", f"orders/{order.pk}/papers",
                 f"shipments/{shipment.pk}/preview.png"):  # fmt: skip
        assert stranger.get(f"/{path}").status_code == 404
    out = stranger.post("/orders/papers", {"order": order.pk, "paper_kind": "slip"})
    assert out.status_code == 409


def test_the_label_is_shown_as_a_picture_and_looking_is_recorded(owner, order):
    shipment = labeled(order)

    answer = owner.get(f"/shipments/{shipment.pk}/preview.png")

    assert Image.open(BytesIO(answer.content)).format == "PNG"
    assert ("Code 128", shipment.tracking_number) in codes(of_png(answer.content))
    look = Disclosure.objects.get(reason="preview")
    assert (look.fields, look.order_ids) == (["label"], [order.pk])
    assert "no-store" in answer["Cache-Control"]


def test_an_erased_label_has_neither_picture_nor_papers(owner, order):
    shipment = labeled(order)
    erase_now(order, why="buyer", actor="ines", now=clock.now())

    assert owner.get(f"/shipments/{shipment.pk}/preview.png").status_code == 404
    answer = owner.post(f"/shipments/{shipment.pk}/papers", asked("label", "slip"))
    assert answer.status_code == 409
    assert "was erased" in answer.content.decode()


def test_slips_of_selected_orders_come_in_the_order_of_the_page(owner, store):
    make_means(store.workspace)
    orders = [make_order(store, external_id=f"402-{n}") for n in (1, 2)]

    out = owner.post(
        "/orders/papers", {"order": [orders[1].pk, orders[0].pk], "paper_kind": "slip"}
    )

    first, second = pages(pdf(out))
    assert "402-2" in first
    assert "402-1" in second
    assert not Shipment.objects.exists()


def test_a_pick_list_of_selected_orders_shows_no_buyer(owner, store):
    make_means(store.workspace)
    orders = [make_order(store, external_id=f"402-{n}") for n in (1, 2)]

    for shape in ("sku", "order", "wave"):
        out = owner.post("/orders/pick-list", {"order": [o.pk for o in orders], "shape": shape})
        assert "MUG-BLUE" in pages(pdf(out))[0]
        assert "Luc" not in pages(out.content)[0]
    assert owner.post("/orders/pick-list", {"order": orders[0].pk, "shape": "x"}).status_code == 404
    assert not Disclosure.objects.exists()


def test_slips_come_along_with_labels_where_the_settings_say_so(owner, workspace, order):
    shipment = labeled(order)
    page = owner.post(
        "/settings/documents",
        {"label_sheet": "a6", "with_labels": ["slip"], "sort": "picked", "wave_size": "8",
         "document_paper": "a6"},
        follow=True,
    )  # fmt: skip

    out = owner.post(f"/shipments/{shipment.pk}/print", {"format": "pdf"})

    assert "follows" in page.content.decode()
    assert PaperSettings.objects.get().wave_size == 8
    assert [tuple(map(round, size)) for size in sizes_mm(pdf(out))] == [(105, 148)] * 2


def test_a_packer_changes_no_settings(packer, store):
    for path in ("/settings/documents", f"/settings/documents/{store.pk}"):
        assert packer.get(path).status_code == 403
        assert packer.post(path, {}).status_code == 403


def test_a_template_is_tried_saved_and_reset(owner, store):
    url = f"/settings/documents/{store.pk}"
    mine = {"has_slips": "on", "slip_template": "<h1>Hola {{ order.number }}</h1>",
            "card_template": ""}  # fmt: skip

    sample = owner.post(f"{url}/slip/sample", mine | {"language": "es"})
    assert "Hola 402-0000001-0000001" in pages(pdf(sample))[0]
    assert not StorePapers.objects.exists()

    owner.post(url, mine)
    row = StorePapers.objects.get()
    assert (row.slip_template, row.has_gift_cards) == (mine["slip_template"], False)
    assert "Back to ours" in owner.get(url).content.decode()

    owner.post(f"{url}/slip/reset", mine)
    assert StorePapers.objects.get().slip_template == ""


def test_our_own_template_is_shown_in_every_language(owner, store):
    url = f"/settings/documents/{store.pk}"
    assert "packing slip" in owner.get(url).content.decode().casefold()

    for language, word in (("de", "Stück"), ("it", "Pezzi"), ("en", "Pieces")):
        sample = owner.post(f"{url}/slip/sample", {"language": language})
        assert word in pages(pdf(sample))[0]
    card = owner.post(f"{url}/gift_card/sample", {"language": "en"})
    assert "Happy birthday" in pages(pdf(card))[0]


def test_a_broken_template_is_told_with_its_line_and_not_saved(owner, store):
    url = f"/settings/documents/{store.pk}"
    broken = {"slip_template": "<p>a</p>\n{{ nobody }}", "card_template": ""}

    sample = owner.post(f"{url}/slip/sample", broken)
    page = owner.post(url, broken)

    for answer in (sample, page):
        assert "Line 2 of the template: there is no “nobody”" in answer.content.decode()
    assert "{{ nobody }}" in page.content.decode().replace("&#x27;", "'")
    assert not StorePapers.objects.exists()


# At a station.


def stand(browser, workspace, printer, *kinds):
    browser.post("/settings/printing/stations", {"name": "Bench 1"})
    station = workspace.stations.get(name="Bench 1")
    for kind in kinds:
        PrintRoute.objects.create(workspace=workspace, station=station, kind=kind, printer=printer)
    browser.post("/settings/printing/here", {"station": station.pk})
    return station


def test_at_a_station_what_is_printed_goes_to_its_printers(owner, workspace, order, printer):
    shipment = labeled(order)
    station = stand(owner, workspace, printer, Kind.LABEL)

    answer = owner.post(f"/shipments/{shipment.pk}/print", {"format": "pdf"}, **BY_SCRIPT)

    job = PrintJob.objects.get()
    assert json.loads(answer.content)["text"].startswith("Sent to Zebra (ZPL).")
    assert (job.shipment_ids, job.kinds, job.station) == ([shipment.pk], ["label"], station)
    assert Shipment.objects.get().status == "purchased"  # printed once the printer says so


def test_what_no_printer_prints_is_said(owner, workspace, order, printer):
    shipment = labeled(order)
    stand(owner, workspace, printer, Kind.SLIP)
    url = f"/shipments/{shipment.pk}/papers"

    both = owner.post(url, asked("label", "slip", to=""), **BY_SCRIPT)
    alone = owner.post(url, asked("label", to=""), **BY_SCRIPT)

    # The page's own form names a destination; without one the station's routes count.
    assert both.status_code == alone.status_code == 200
    said = [json.loads(each.content) for each in (both, alone)]
    assert "No printer here prints: Labels." in said[0]["text"]
    assert said[1] == {
        "text": "No printer here prints these papers. Choose one in Settings › Printing.",
        "kind": "error",
    }


def test_a_browser_without_a_station_prints_by_itself(owner, workspace, order, printer):
    shipment = labeled(order)
    PrintRoute.objects.create(workspace=workspace, kind=Kind.LABEL, printer=printer)

    pdf(owner.post(f"/shipments/{shipment.pk}/print", {"format": "pdf"}, **BY_SCRIPT))

    assert not PrintJob.objects.exists()


def test_papers_are_sent_to_one_printer_by_name(packer, order, printer):
    shipment = labeled(order)

    page = packer.post(f"/shipments/{shipment.pk}/papers", asked("label", to=printer.pk))

    assert "Sent to Zebra (ZPL)." in page.content.decode()
    assert PrintJob.objects.get().printer == printer


def test_stations_routes_and_jobs_are_seen_and_arranged(owner, workspace, store, order, printer):
    stand(owner, workspace, printer)
    labeled(order)
    route = {"kind": "label", "printer": printer.pk, "station": "", "store": store.pk}
    owner.post("/settings/printing/routes", route)
    twice = owner.post("/settings/printing/routes", route)
    owner.post(f"/settings/printing/printers/{printer.pk}/test")

    page = owner.get("/settings/printing").content.decode()

    assert "have a printer there already" in twice.content.decode()
    assert "Bench 1" in page
    assert "Test page" in page
    assert "Agent away" in page
    job = PrintJob.objects.get()
    owner.post(f"/settings/printing/jobs/{job.pk}/cancel")
    owner.post(f"/settings/printing/jobs/{job.pk}/again")
    assert [each.status for each in PrintJob.objects.order_by("created_at")] == [
        "cancelled", "waiting"
    ]  # fmt: skip
    owner.post(f"/settings/printing/printers/{printer.pk}", {"language": "pdf", "dpi": "203",
               "label_sheet": "a4_4", "document_paper": "letter"})  # fmt: skip
    printer.refresh_from_db()
    assert (printer.language, printer.label_sheet) == ("pdf", "a4_4")
    owner.post(f"/settings/printing/routes/{PrintRoute.objects.get().pk}/remove")
    owner.post(f"/settings/printing/printers/{printer.pk}/remove")
    owner.post(f"/settings/printing/stations/{workspace.stations.get().pk}/remove")
    for left in (Printer, PrintJob, PrintRoute):
        assert not left.objects.exists()


def test_printers_of_others_are_not_there(stranger, workspace, order, printer):
    job = PrintJob.objects.create(
        workspace=workspace, printer=printer, created_by="x", created_at=NOW
    )

    for path in (f"printers/{printer.pk}/test", f"printers/{printer.pk}/remove",
                 f"jobs/{job.pk}/again", f"jobs/{job.pk}/cancel"):  # fmt: skip
        assert stranger.post(f"/settings/printing/{path}").status_code == 404


def test_a_gift_without_a_message_has_no_card(owner, store):
    shipment = labeled(make_order(store, items=(make_item(is_gift=True),)))

    answer = owner.post(f"/shipments/{shipment.pk}/papers", asked("gift_card"))

    assert answer.status_code == 409
    assert "such papers" in answer.content.decode()


def test_browsers_print_pages_at_their_true_size(owner, order):
    import pypdfium2.raw as pdfium_c

    content = pdf(owner.post(f"/shipments/{labeled(order).pk}/print", {"format": "pdf"}))

    document = pypdfium2.PdfDocument(content)
    assert pdfium_c.FPDF_VIEWERREF_GetPrintScaling(document.raw) == 0
    assert len(document) == 1
