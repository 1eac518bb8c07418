"""The form that ships an order: what is chosen for it, and what else could be."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from packbench.carriers.base import Service
from packbench.carriers.dating import makes
from packbench.carriers.models import CarrierAccount, ServiceRule
from packbench.carriers.registry import default_account, open_carrier
from packbench.lib.errors import RemoteError
from packbench.orders.models import Order
from packbench.shipments.choosing import NoWarehouse, Ways, choose_means, ways_of
from packbench.shipments.models import Shipment
from packbench.shipments.planning import Means, Wish
from packbench.web import saying
from packbench.web.forms.parcel import BY_RULE, ParcelForm


@dataclass(frozen=True, slots=True)
class ServiceChoice:
    """One line of the list of services."""

    value: str
    word: str
    is_chosen: bool = False


def ship_context(order: Order, *, parcel: Shipment | None = None, now: datetime) -> dict[str, Any]:
    """The form's fields, the services by account, presets, and what speaks against shipping.

    `parcel` is the one that is sent, where a person composed several.
    """
    try:
        ways: Ways | None = ways_of(order.workspace, now=now)
    except NoWarehouse:
        ways = None
    means = choose_means(ways, order, now=now) if ways else None
    account = ways.account if ways else default_account(order.workspace, now=now)
    services, problem = services_of(account)
    has_other = means is not None and (
        means.wish is not None or means.carrier_account.pk != account.pk
    )
    return {
        "warehouse": ways.warehouse if ways else None,
        "carrier_account": account,
        "carrier_problem": "" if has_other else problem,
        "service_groups": _groups(order, means, account, services),
        "ship_weight_g": parcel.weight_g if parcel else order.weight_g,
        "parcel_form": ParcelForm(order, means, auto_id="ship-%s"),
        "presets": list(order.workspace.presets.order_by("hotkey", "name")),
        "has_tare": order.workspace.package_types.filter(tare_g__gt=0).exists(),
        "leaves_at": means.ships_at if means else None,
        "is_too_late": ways is not None and _is_too_late(order, ways, now=now),
        "can_compare": order.workspace.carrier_accounts.in_use().filter(is_compared=True).exists(),
    }


def services_of(account: CarrierAccount) -> tuple[tuple[Service, ...], str]:
    """What the carrier offers, or nothing and why it cannot be asked."""
    try:
        return open_carrier(account).services(), ""
    except RemoteError as error:
        return (), saying.say(error.sentence)


def wish_words(wish: Wish) -> str:
    """What a rule wants of the rates, in words."""
    choices = dict(ServiceRule.Choice.choices)
    words = [str(choices.get(wish.choice, wish.choice))]
    if wish.choice == ServiceRule.Choice.FIXED:
        words = [wish.service]
    if wish.must_arrive_in_time:
        words.append(gettext("arrives by the promise"))
    if wish.must_be_protected:
        words.append(gettext("protected by Amazon"))
    return ", ".join(words)


def _groups(
    order: Order, means: Means | None, default: CarrierAccount, services: tuple[Service, ...]
) -> list[tuple[str, list[ServiceChoice]]]:
    """The services by account, the default first; before them the rule's own choice."""
    groups = []
    if means is not None and means.wish is not None:
        words = gettext("By the rule: %(wish)s") % {"wish": wish_words(means.wish)}
        groups.append(("", [ServiceChoice(BY_RULE, words, is_chosen=True)]))
    others = CarrierAccount.objects.opened().in_use().filter(workspace=order.workspace)
    accounts = [default, *others.exclude(pk=default.pk).order_by("name")]
    for account in accounts:
        known = services if account.pk == default.pk else services_of(account)[0]
        choices = [_choice(account, service.code, service.name, means) for service in known]
        if not known and account.is_compared:
            choices = [_choice(account, "", gettext("The cheapest at the time"), means)]
        if choices:
            groups.append((account.name, choices))
    return groups


def _choice(account: CarrierAccount, code: str, word: str, means: Means | None) -> ServiceChoice:
    is_chosen = (
        means is not None
        and means.wish is None
        and (means.carrier_account.pk, means.service) == (account.pk, code)
    )
    return ServiceChoice(f"{account.pk}:{code}", word, is_chosen)


def _is_too_late(order: Order, ways: Ways, *, now: datetime) -> bool:
    """Whether the next pick-up comes after the ship-by time, which is still to come."""
    ship_by = order.ship_by_at
    return ship_by is not None and ship_by > now and not makes(ways.warehouse, ship_by, now)
