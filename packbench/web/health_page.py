"""The page of account health: a store's rates as cards with charts, and what endangers them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from packbench.accounts.models import Workspace
from packbench.channels.models import Store
from packbench.lib.health_targets import BadTargets, Rate, Target, Targets, read_targets
from packbench.lib.marketplaces import by_id, is_known
from packbench.shipments.judging import Day, Measured, judge

BAR_HEIGHT = 64
WORDS: dict[Rate, tuple[Any, Any]] = {
    Rate.LATE_SHIPMENT: (
        _("Late shipments"),
        _("Orders that Amazon was told of after their ship-by time. The time of telling counts."),
    ),
    Rate.VALID_TRACKING: (
        _("Valid tracking"),
        _("Parcels that their carrier has scanned, under its own name and with its own number."),
    ),
    Rate.ON_TIME_DELIVERY: (
        _("Delivered on time"),
        _("Tracked parcels that arrived by the day that the buyer was promised."),
    ),
    Rate.CANCELLATION: (
        _("Cancelled by you"),
        _("Orders that you cancelled before shipping. What buyers cancel does not count."),
    ),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of a chart: how many, and how many of them are bad."""

    x: int
    y: int
    height: int
    bad_y: int
    bad_height: int
    said: str


@dataclass(frozen=True, slots=True)
class Card:
    """One rate as it is shown."""

    rate: str
    word: Any
    says: Any
    percent: str
    limit: str
    is_met: bool
    is_judged: bool
    bad: int
    total: int
    unknown: int
    window: str
    short: str
    if_these_stay: str
    is_met_then: bool
    bars: tuple[Bar, ...]
    width: int
    first_day: str
    last_day: str


def health_context(
    workspace: Workspace, stores: Sequence[Store], params: Mapping[str, str], *, now: datetime
) -> dict[str, Any]:
    """The chosen store's health; where none is chosen, of the one with the latest order."""
    amazons = [store for store in stores if is_known(store.marketplace_id)]
    latest = workspace.orders.order_by("-placed_at", "id").values_list("store", flat=True).first()
    wanted = (params.get("store"), latest)
    store = next((each for pk in wanted for each in amazons if each.pk == pk), None)
    store = store or next(iter(amazons), None)
    context: dict[str, Any] = {
        "chips": [
            {"store": each, "url": f"{reverse('health')}?store={each.pk}", "is_on": each == store}
            for each in amazons
        ]
    }
    if store is None:
        return context
    try:
        targets = read_targets(settings.HEALTH_TARGETS)
    except BadTargets as error:
        targets = read_targets()
        context["bad_targets"] = str(error)
    return context | _of_store(workspace, store, targets, now=now)


def _of_store(
    workspace: Workspace, store: Store, targets: Targets, *, now: datetime
) -> dict[str, Any]:
    health = judge(store, targets.of(by_id(store.marketplace_id).country), now=now)
    ids = {pk for measured in health.rates for pk in measured.bad_ids}
    numbers = dict(workspace.orders.filter(pk__in=ids).values_list("pk", "external_id"))
    return {
        "store": store,
        "cards": [_card(measured) for measured in health.rates],
        "worsening": [
            {
                "word": WORDS[measured.target.rate][0],
                "orders": [(pk, numbers[pk]) for pk in measured.bad_ids if pk in numbers],
            }
            for measured in health.rates
            if measured.bad_ids
        ],
        "endangering": health.endangering,
        "endangering_count": health.endangering_count,
        "targets": targets,
    }


def _card(measured: Measured) -> Card:
    target = measured.target
    word, says = WORDS[target.rate]
    stays = measured.if_these_stay
    return Card(
        rate=target.rate.value,
        word=word,
        says=says,
        percent=_percent(measured.percent),
        limit=_limit(target),
        is_met=measured.is_met,
        is_judged=target.limit is not None and measured.percent is not None,
        bad=measured.bad,
        total=measured.total,
        unknown=measured.unknown,
        window=_window(target),
        short=_short(measured),
        if_these_stay=_percent(stays) if stays not in (None, measured.percent) else "",
        is_met_then=stays is None or target.is_met(stays),
        bars=_bars(measured.days),
        width=max(len(measured.days), 1) * 10,
        first_day=date_format(measured.days[0].day, "j M") if measured.days else "",
        last_day=date_format(measured.days[-1].day, "j M") if measured.days else "",
    )


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{number_format(value, 1)} %"


def _limit(target: Target) -> str:
    if target.limit is None:
        return gettext("Amazon states no target here")
    limit = number_format(target.limit, 1)
    if target.is_most:
        return gettext("Amazon wants at most %(limit)s %%") % {"limit": limit}
    return gettext("Amazon wants at least %(limit)s %%") % {"limit": limit}


def _window(target: Target) -> str:
    if not target.delay_days:
        return gettext("last %(days)s days") % {"days": target.days}
    said = gettext("%(days)s days, until %(delay)s days ago")
    return said % {"days": target.days, "delay": target.delay_days}


def _short(measured: Measured) -> str:
    if measured.short is None or measured.short.percent is None:
        return ""
    said = gettext("%(percent)s over the last %(days)s days")
    days = measured.target.also_days
    return said % {"percent": _percent(measured.short.percent), "days": days}


def _bars(days: Sequence[Day]) -> tuple[Bar, ...]:
    most = max((day.total for day in days), default=0) or 1
    bars = []
    for place, day in enumerate(days):
        if not day.total:
            continue
        height = max(round(day.total / most * BAR_HEIGHT), 2)
        bad = max(round(day.bad / most * BAR_HEIGHT), 2) if day.bad else 0
        said = gettext("%(day)s: %(bad)s of %(total)s")
        words = {"day": date_format(day.day), "bad": day.bad, "total": day.total}
        bars.append(
            Bar(place * 10, BAR_HEIGHT - height, height, BAR_HEIGHT - bad, bad, said % words)
        )
    return tuple(bars)
