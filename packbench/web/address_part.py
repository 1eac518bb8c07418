"""What the page of an order shows of its address's checks, and of it in Latin letters."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from packbench.lib.addresses import Address
from packbench.lib.errors import Unsupported
from packbench.lib.postal.japan import is_japanese
from packbench.lib.postal.suggesting import suggestions
from packbench.orders.models import Order, Script
from packbench.orders.romanizing import proposal
from packbench.orders.sealing import latin_address, place_of
from packbench.privacy.models import opened_if_alive
from packbench.web import saying
from packbench.web.forms.addresses import LatinForm

WORDS = {
    "name": _("Name"),
    "company": _("Company"),
    "line1": _("Address line 1"),
    "line2": _("Address line 2"),
    "line3": _("Address line 3"),
    "district": _("District"),
    "city": _("City"),
    "state": _("State or region"),
    "postal_code": _("Postal code"),
}


@dataclass(frozen=True, slots=True)
class Written:
    """An address as lines, in the language whose letters it has."""

    lines: list[str]
    country: str
    lang: str


@dataclass(frozen=True, slots=True)
class Suggested:
    """A field that could be written better."""

    field: str
    word: Any
    given: str
    value: str


def address_part(order: Order) -> dict[str, Any]:
    """Suggestions, and the address in both scripts. Only for those who may see the buyer."""
    key = opened_if_alive(order.key)
    place = place_of(order, key)
    if place is None:
        return {}
    found = [
        Suggested(each.field, WORDS[each.field], getattr(place, each.field), each.value)
        for each in suggestions(place)
    ]
    part: dict[str, Any] = {"suggestions": found}
    if is_japanese(place):
        latin = latin_address(order, key)
        part["latin"] = _latin(order, place, latin.address if latin else None)
    return part


def _latin(order: Order, place: Address, taken: Address | None) -> dict[str, Any]:
    part: dict[str, Any] = {"native": _written(place, "ja"), "is_taken": False}
    if order.address_script == Script.LATIN and taken:
        return part | {"is_taken": True, "shown": _written(taken, "en")}
    try:
        return part | {"form": LatinForm.of(proposal(place) or place, is_guess=True)}
    except Unsupported as missing:
        return part | {
            "form": LatinForm.of(place, is_guess=False),
            "message": saying.say(missing.sentence),
        }


def _written(place: Address, lang: str) -> Written:
    lines = [place.name, place.company, place.line1, place.line2, place.line3]
    lines.append(saying.place(place.city, place.state, place.postal_code, place.country))
    return Written([line for line in lines if line], place.country, lang)
