"""The list that a driver signs: which parcels went, without anything of their buyers."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from packbench.carriers.dating import zone_of
from packbench.carriers.models import Warehouse
from packbench.labels.papers import ASCENT, GREY, LEADING, MARGIN, Paper, paper_for
from packbench.lib import fonts
from packbench.lib.text import line_of
from packbench.shipments.models import Manifest, Shipment

ROW = 9.0
NUMBER, ORDER, SERVICE = 22.0, 215.0, 350.0  # where the columns begin, from the margin


def draw_driver_list(manifest: Manifest) -> bytes:
    """Return the PDF of the parcels of a closed day; drawn when it is asked for, never stored."""
    rows = manifest.shipments.select_related("order").order_by("tracking_number", "id")
    shipments = list(rows.defer("order__recipient", "order__buyer", "order__packages"))
    warehouse = manifest.warehouse
    with fonts.lock:
        paper = Paper(paper_for(warehouse.country), gettext("Hand-over list"))
        paper.begin(manifest.carrier_account.name)
        _draw_head(paper, manifest, shipments)
        for number, shipment in enumerate(shipments, start=1):
            _draw_row(paper, number, shipment)
        _draw_signature(paper)
        return paper.finish()


def _draw_head(paper: Paper, manifest: Manifest, shipments: Sequence[Shipment]) -> None:
    warehouse = manifest.warehouse
    paper.put_right(_day(manifest.created_at, warehouse), paper.y + ASCENT * 11, size=11)
    title = " · ".join(filter(None, [manifest.carrier_account.name, manifest.mover]))
    paper.write(gettext("Hand-over list"), width=paper.inner * 0.6, size=18, is_bold=True)
    paper.write(title, width=paper.inner * 0.7, size=12)
    place = " ".join(filter(None, [warehouse.postal_code, warehouse.city, warehouse.country]))
    paper.write(", ".join([warehouse.company, warehouse.line1, place]), color=GREY)
    grams = sum(shipment.weight_g for shipment in shipments)
    text = ngettext("%(n)s parcel", "%(n)s parcels", len(shipments)) % {"n": len(shipments)}
    paper.write(f"{text} · {grams / 1000:.2f} kg · {manifest.pk}", size=11, is_bold=True)
    paper.y += 6
    paper.rule()


def _draw_row(paper: Paper, number: int, shipment: Shipment) -> None:
    paper.need(ROW * LEADING + 3)
    baseline = paper.y + ASCENT * ROW
    cells = (
        (0.0, str(number), False),
        (NUMBER, shipment.tracking_number or "–", True),
        (ORDER, shipment.order.external_id, False),
        (SERVICE, (shipment.service_name or shipment.service)[:26], False),
    )
    for x, text, is_bold in cells:
        line = line_of(fonts.spelled_out(text), is_bold=is_bold)
        paper.put(line, MARGIN + x, baseline, size=ROW)
    paper.put_right(f"{shipment.weight_g / 1000:.2f} kg", baseline, size=ROW)
    paper.y += ROW * LEADING + 3


def _draw_signature(paper: Paper) -> None:
    paper.need(80)
    paper.y += 44
    paper.rule()
    paper.write(gettext("Date, time, name and signature of the driver"), size=9, color=GREY)


def _day(at: datetime, warehouse: Warehouse) -> str:
    there = at.astimezone(zone_of(warehouse))
    return f"{date_format(there, 'D j M Y', use_l10n=True)}, {there:%H:%M}"
