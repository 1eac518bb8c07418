"""Choosing: what an order is sent with, by preset, service rule and the workspace's defaults."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from packbench.accounts.models import Workspace
from packbench.carriers.dating import departs_at
from packbench.carriers.models import (
    CarrierAccount,
    PackageType,
    Preset,
    ServiceRule,
    Warehouse,
    options_of,
)
from packbench.carriers.registry import default_account
from packbench.orders.models import Order
from packbench.orders.ruling import PRESET
from packbench.shipments.planning import Means, Wish

Choice = ServiceRule.Choice
Destination = ServiceRule.Destination


class NoWarehouse(Exception):
    """Nobody said yet where parcels leave from."""


@dataclass(frozen=True, slots=True)
class Ways:
    """All that the means of any order of the workspace follow from, read once."""

    account: CarrierAccount
    warehouse: Warehouse
    package_type: PackageType | None = None
    rules: Sequence[ServiceRule] = ()
    preset: Preset | None = None  # that a person chose
    presets: Mapping[str, Preset] = field(default_factory=dict)  # that automation rules choose of


def ways_of(workspace: Workspace, *, preset: Preset | None = None, now: datetime) -> Ways:
    """Read them, in five queries. Raises NoWarehouse."""
    warehouse = workspace.warehouses.filter(is_default=True).first()
    if warehouse is None:
        raise NoWarehouse
    return Ways(
        account=default_account(workspace, now=now),
        warehouse=warehouse,
        package_type=workspace.package_types.filter(is_default=True).first(),
        rules=list(workspace.service_rules.select_related("carrier_account", "package_type")),
        preset=preset,
        presets={
            row.pk: row
            for row in workspace.presets.select_related("carrier_account", "package_type")
        },
    )


def choose_means(ways: Ways, order: Order, *, now: datetime) -> Means:
    """Return what the order is sent with: its preset's word counts, then the closest rule's.

    Its preset is the one that a person chose, else what an automation rule gave it.

    Where the choice is among rates the means hold a wish: carriers are asked when the label is
    bought, by its job. It leaves with the next pick-up, a pre-order not before its day.
    """
    rule = closest_rule(ways.rules, order, home=ways.warehouse.country)
    means = replace(
        _by_rule(ways, rule),
        warehouse=ways.warehouse,
        package_type=rule.package_type if rule and rule.package_type else ways.package_type,
        ships_at=leaves_at(ways.warehouse, order, now=now),
    )
    preset = ways.preset or ways.presets.get(order.ruled.get(PRESET, ""))
    return _by_preset(means, ways, preset) if preset else means


def closest_rule(rules: Iterable[ServiceRule], order: Order, *, home: str) -> ServiceRule | None:
    """Return the rule that says most of the order: of its store, its level, its destination.

    A rule of the store comes before one of the level, and that before one of the destination.
    """
    fitting = [rule for rule in rules if _fits(rule, order, home) and _is_usable(rule)]
    return max(fitting, key=_closeness, default=None)


def leaves_at(warehouse: Warehouse, order: Order, *, now: datetime) -> datetime:
    """Return when a parcel that is packed now leaves; one that is too early waits for its day."""
    earliest = order.opens_at if order.is_early and order.opens_at else now
    return departs_at(warehouse, max(now, earliest))


def compared_accounts(workspace: Workspace) -> list[CarrierAccount]:
    """Every account that is asked for its rates, by name."""
    accounts = CarrierAccount.objects.opened().in_use().filter(workspace=workspace)
    return list(accounts.filter(is_compared=True).order_by("name", "id"))


def _fits(rule: ServiceRule, order: Order, home: str) -> bool:
    is_home = order.ship_to_country in ("", home)
    return (
        rule.store_id in (None, order.store_id)
        and rule.service_level in ("", order.service_level)
        and rule.destination in ("", Destination.HOME if is_home else Destination.ABROAD)
    )


def _is_usable(rule: ServiceRule) -> bool:
    return rule.carrier_account is None or rule.carrier_account.closed_at is None


def _closeness(rule: ServiceRule) -> tuple[bool, bool, bool]:
    return (rule.store_id is not None, rule.service_level != "", rule.destination != "")


def _by_rule(ways: Ways, rule: ServiceRule | None) -> Means:
    if rule is None:
        return _with_account(ways, ways.account, ways.account.default_service)
    account = rule.carrier_account or ways.account
    has_conditions = rule.must_arrive_in_time or rule.must_be_protected
    if rule.choice == Choice.FIXED and not has_conditions:
        return _with_account(ways, account, rule.service or account.default_service)
    is_fixed = rule.choice == Choice.FIXED
    only = account if is_fixed else rule.carrier_account
    wish = Wish(
        choice=rule.choice,
        service=(rule.service or account.default_service) if is_fixed else "",
        account_id=only.pk if only else "",
        must_arrive_in_time=rule.must_arrive_in_time,
        must_be_protected=rule.must_be_protected,
    )
    return Means(account, ways.warehouse, wish.service, wish=wish)


def _by_preset(means: Means, ways: Ways, preset: Preset) -> Means:
    account = preset.carrier_account
    if account is not None and account.closed_at is None:
        chosen = _with_account(ways, account, preset.service or account.default_service)
    elif preset.service:
        chosen = _with_account(ways, ways.account, preset.service)
    else:
        chosen = means
    return replace(
        means,
        carrier_account=chosen.carrier_account,
        service=chosen.service,
        wish=chosen.wish,
        package_type=preset.package_type or means.package_type,
        weight_g=preset.weight_g or means.weight_g,
        options=options_of(preset.options),
    )


def _with_account(ways: Ways, account: CarrierAccount, service: str) -> Means:
    """With that service; of an account that names none, its cheapest."""
    wish = None if service else Wish(account_id=account.pk)
    return Means(account, ways.warehouse, service, wish=wish)
