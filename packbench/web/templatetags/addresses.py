"""What the checks of an address found, in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from packbench.lib.postal.findings import FINDINGS, Severity
from packbench.orders.delivering import Slot, slot_of
from packbench.orders.models import Order
from packbench.web import saying

register = template.Library()

KINDS = {Severity.BLOCKS: "bad", Severity.DOUBTFUL: "warn", Severity.NOTE: "muted"}
SLOT_WORDS = {"morning": _("morning (午前中)")}


@dataclass(frozen=True, slots=True)
class Found:
    """One finding as a page shows it; `is_stop` where it keeps the order from a label."""

    text: str
    kind: str
    icon: str
    is_stop: bool


@register.filter
def findings(order: Order) -> list[Found]:
    """What is to be said of the order's address, what stops it first."""
    codes = sorted(order.address_findings, key=lambda code: code not in order.address_stops)
    return [_found(code, order) for code in codes if code in FINDINGS]


@register.filter
def stops(order: Order) -> list[Found]:
    """What of it keeps the order from a label."""
    return [found for found in findings(order) if found.is_stop]


@register.filter
def delivery_slot(order: Order) -> dict[str, Any] | None:
    """The window that the buyer was promised, in the store's own time."""
    slot = slot_of(order)
    if slot is None:
        return None
    zone = ZoneInfo(order.store.time_zone)
    day = date_format(slot.from_at.astimezone(zone), "SHORT_DATE_FORMAT")
    return {"day": day, "hours": _hours(slot, zone), "word": SLOT_WORDS.get(slot.name)}


def _found(code: str, order: Order) -> Found:
    finding = FINDINGS[code]
    is_stop = code in order.address_stops
    icon = "warning" if is_stop or finding.severity != Severity.NOTE else "info"
    kind = "bad" if is_stop else KINDS[finding.severity]
    return Found(_said(code), kind, icon, is_stop)


def _said(code: str) -> str:
    finding = FINDINGS[code]
    values = {name: saying.say({"text": value}) for name, value in finding.values.items()}
    return saying.say({"text": finding.text, "values": values})


def _hours(slot: Slot, zone: ZoneInfo) -> str:
    return f"{_clock(slot.from_at, zone)}–{_clock(slot.by_at, zone)}"


def _clock(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%H:%M")
