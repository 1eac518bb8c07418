"""Rates side by side: what the panel shows, and the sealed word by which one of them is bought."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core import signing
from django.utils.translation import gettext

from packbench.carriers.base import Extra
from packbench.carriers.models import CarrierAccount, options_json, options_of
from packbench.lib.errors import Rejected
from packbench.lib.money import Money
from packbench.lib.sentences import marked
from packbench.orders.models import Order
from packbench.shipments.choosing import Ways
from packbench.shipments.comparing import Offer, main_currency
from packbench.shipments.planning import Means
from packbench.shipments.rating import Compared, taken
from packbench.web import saying
from packbench.web.rate_words import benefit_words, reason_words

SALT = "packbench.rates"
LONGEST_S = 3600
TOO_OLD = marked("These prices are no longer fresh. Compare the rates again.")
MOST_EXTRAS = 20


def rates_context(order: Order, means: Means, compared: Compared, *, grams: int) -> dict[str, Any]:
    """What is shown of the comparison."""
    main = main_currency([offer.rate for offer in compared.offers])
    return {
        "order": order,
        "offers": [_offer_line(order, means, each, main, grams=grams) for each in compared.offers],
        "refused": [
            {
                "name": refusal.name or refusal.service,
                "carrier": refusal.carrier_name or account.name,
                "why": ", ".join(reason_words(code) for code in refusal.reasons),
            }
            for account, rates in compared.refused
            for refusal in rates.refused
        ],
        "failed": [
            {"name": account.name, "why": saying.say(error.sentence)}
            for account, error in compared.failed
        ],
        "has_times": any(each.is_in_time is not None for each in compared.offers),
        "has_protection": any(each.rate.is_protected for each in compared.offers),
        "is_mixed": len({each.rate.cost.currency for each in compared.offers if each.rate.cost})
        > 1,
        "deliver_by": order.deliver_by_at,
    }


def read_offer(token: str, order: Order) -> dict[str, Any]:
    """Return what was shown. Raises Rejected: it is too old, or was never shown for this order."""
    try:
        said: dict[str, Any] = signing.loads(token, salt=SALT, max_age=LONGEST_S)
    except signing.BadSignature:
        raise Rejected(TOO_OLD, code="old_rates") from None
    if said["order"] != order.pk:
        raise Rejected(TOO_OLD, code="old_rates")
    return said


def means_shown(
    said: dict[str, Any], order: Order, ways: Ways, *, extras: list[str], inputs: dict[str, Any]
) -> Means:
    """Return exactly what was shown, with the extras and answers that were added.

    Raises Rejected where the carrier was closed since.
    """
    accounts = CarrierAccount.objects.opened().in_use().filter(workspace=order.workspace)
    account = accounts.filter(pk=said["account"]).first()
    if account is None:
        raise Rejected(TOO_OLD, code="old_rates")
    body = {**said["options"], "extras": _chosen(said, extras), "inputs": inputs}
    size = said["size"]
    return Means(
        account,
        ways.warehouse,
        said["service"],
        service_name=said["name"],
        carrier_name=said["carrier"],
        package_type=order.workspace.package_types.filter(pk=said["box"]).first(),
        size_mm=(size[0], size[1], size[2]) if size else None,
        weight_g=said["weight"],
        options=options_of(body),
        ships_at=_time(said["ships_at"]),
        quoted=_price(said, body["extras"]),
        promised_at=_time(said["promised_at"]),
        is_protected=said["is_protected"],
    )


def _offer_line(
    order: Order, means: Means, offer: Offer, main: str, *, grams: int
) -> dict[str, Any]:
    rate, own = offer.rate, taken(means, offer)
    groups, loose = _extras(rate.extras)
    said = _said(order, own, offer, grams=grams)
    price = _price(said, _chosen(said, []))
    return {
        "token": signing.dumps(said, salt=SALT, compress=True),
        "rate": rate,
        "account": offer.account,
        "name": rate.name or rate.service,
        "carrier": rate.carrier_name or offer.account.name,
        "price": _words(price),
        "about": _about(offer, main),
        "parts": [(gettext(what) if what else "", _words(cost)) for what, cost in rate.parts],
        "deliver_at": rate.deliver_at,
        "is_in_time": offer.is_in_time,
        "is_protected": rate.is_protected,
        "benefits": [benefit_words(code) for code in rate.benefits],
        "lacks": [(benefit_words(code), reason_words(why)) for code, why in rate.lacks],
        "needs_inputs": rate.needs_inputs,
        "groups": groups,
        "loose": loose,
    }


def _said(order: Order, means: Means, offer: Offer, *, grams: int) -> dict[str, Any]:
    """All of an offer, to be signed: what is bought is what was shown."""
    quoted = means.quoted
    return {
        "order": order.pk,
        "account": means.carrier_account.pk,
        "service": means.service,
        "name": means.service_name,
        "carrier": means.carrier_name,
        "box": means.package_type.pk if means.package_type else "",
        "size": list(means.size_mm) if means.size_mm else None,
        "weight": means.weight_g,
        "grams": grams,
        "options": options_json(means.options),
        "ships_at": means.ships_at.isoformat() if means.ships_at else "",
        "cost": [str(quoted.amount), quoted.currency] if quoted else None,
        "promised_at": means.promised_at.isoformat() if means.promised_at else "",
        "is_protected": means.is_protected,
        "needs_inputs": offer.rate.needs_inputs,
        "extras": [
            [each.code, each.group, each.is_required, str(each.cost.amount) if each.cost else "0"]
            for each in offer.rate.extras[:MOST_EXTRAS]
        ],
    }


def _extras(extras: tuple[Extra, ...]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Groups of which one must be chosen, the cheapest first, and what may be added."""
    groups: dict[str, list[dict[str, Any]]] = {}
    loose = []
    for each in sorted(extras[:MOST_EXTRAS], key=_cost_of):
        cost = _words(each.cost) if each.cost and each.cost.amount else ""
        line = {"code": each.code, "name": each.name, "cost": cost}
        if each.is_required:
            groups.setdefault(each.group, []).append(line)
        else:
            loose.append(line)
    return [{"name": name, "choices": lines} for name, lines in groups.items()], loose


def _cost_of(extra: Extra) -> Decimal:
    return extra.cost.amount if extra.cost else Decimal(0)


def _chosen(said: dict[str, Any], codes: list[str]) -> list[str]:
    """The extras that were chosen among those shown; of a required group the cheapest else."""
    chosen = [each for each in said["extras"] if each[0] in codes]
    missing = {each[1] for each in said["extras"] if each[2]} - {each[1] for each in chosen}
    for group in sorted(missing):
        among = [each for each in said["extras"] if each[2] and each[1] == group]
        chosen.append(min(among, key=lambda each: (Decimal(each[3]), each[0])))
    return [each[0] for each in chosen]


def _price(said: dict[str, Any], extras: list[str]) -> Money | None:
    """What was shown, with the chosen extras."""
    if said["cost"] is None:
        return None
    added = sum((Decimal(each[3]) for each in said["extras"] if each[0] in extras), Decimal(0))
    return Money(Decimal(said["cost"][0]) + added, said["cost"][1])


def _about(offer: Offer, main: str) -> str:
    cost = offer.rate.cost
    if cost is None or cost.currency == main:
        return ""
    if offer.price is None:
        return gettext("no exchange rate to %(currency)s") % {"currency": main}
    return f"≈ {saying.money(offer.price, main)}"


def _words(cost: Money | None) -> str:
    return saying.money(cost.amount, cost.currency) if cost else ""


def _time(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
