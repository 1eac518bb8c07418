"""Rating: what a parcel would cost, at every carrier side by side, and which offer is taken."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import connection

from packbench.carriers.base import Carrier, Feature, LabelRequest, LabelSize, Rate, Rates
from packbench.carriers.models import CarrierAccount, ServiceRule
from packbench.carriers.registry import open_carrier
from packbench.lib.errors import Rejected, RemoteError, TemporaryError
from packbench.lib.sentences import marked
from packbench.orders.models import Order, OrderItem
from packbench.orders.sealing import label_address
from packbench.privacy.models import opened_if_alive
from packbench.shipments.checking import asks_customs as asks_customs_of
from packbench.shipments.checking import check_papers
from packbench.shipments.comparing import Offer, prices_of
from packbench.shipments.planning import Means, Wish, columns_of, pieces_left
from packbench.shipments.requesting import contents_of, gone, source_of, tax_numbers_of
from packbench.shipments.status import Status

AT_ONCE = 6  # carriers asked together
LONGEST_S = 40.0  # for all of them; who is later is left out this time
TOO_SLOW = marked("%(carrier)s did not answer in time. Ask again.")
# To the best value each day earlier is worth this part of the price.
DAY_IS_WORTH = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class Compared:
    """What every asked account said: offers the cheapest first, refusals, and who failed."""

    offers: tuple[Offer, ...]
    refused: tuple[tuple[CarrierAccount, Rates], ...]
    failed: tuple[tuple[CarrierAccount, RemoteError], ...]


def compare_rates(
    order: Order,
    means: Means,
    accounts: Sequence[CarrierAccount],
    *,
    pieces: Mapping[str, int] | None = None,
    now: datetime,
) -> Compared:
    """Ask all accounts at once what the parcel of `means` would cost. Costs nothing.

    With these pieces, by item id, else with all that is left. Raises Rejected where the buyer's
    address is gone.
    """
    request = rate_request(order, means, pieces=pieces, now=now)
    return ask_rates(request, accounts, asks_customs=asks_customs_of(order), now=now)


def ask_rates(
    request: LabelRequest,
    accounts: Sequence[CarrierAccount],
    *,
    asks_customs: bool = True,
    now: datetime,
) -> Compared:
    """Ask all accounts at once what the parcel would cost. Costs nothing.

    A carrier that fails, is slower than LONGEST_S, or could not be sold such a parcel, is named
    with its reason; the others' offers stand.
    """
    carriers: list[tuple[CarrierAccount, Carrier]] = []
    failed: list[tuple[CarrierAccount, RemoteError]] = []
    for account in accounts:
        try:
            carrier = open_carrier(account)
        except RemoteError as error:
            failed.append((account, error))
        else:
            if Feature.RATES in carrier.features:
                carriers.append((account, carrier))
    fitting = []
    for account, carrier in carriers:
        try:
            check_papers(request, carrier, asks_customs=asks_customs)
        except Rejected as error:
            failed.append((account, error))
        else:
            fitting.append((account, carrier))
    answered: list[tuple[CarrierAccount, Rates]] = []
    for account, said in _ask_all(fitting, request):
        if isinstance(said, RemoteError):
            failed.append((account, said))
        else:
            answered.append((account, said))
    rated = [(account, rate) for account, rates in answered for rate in rates.offers]
    prices: list[Decimal | None] = []
    if rated:
        workspace = rated[0][0].workspace
        prices = prices_of([rate for _, rate in rated], workspace, now.date())
    offers = [
        Offer(account, rate, _is_in_time(rate, request.deliver_by), price)
        for (account, rate), price in zip(rated, prices, strict=True)
    ]
    return Compared(
        offers=tuple(sorted(offers, key=_by_price)),
        refused=tuple((account, rates) for account, rates in answered if rates.refused),
        failed=tuple(failed),
    )


def choose(offers: Iterable[Offer], wish: Wish) -> Offer | None:
    """Return the offer that the wish takes, or None where none keeps its conditions."""
    kept = [offer for offer in offers if _keeps(offer, wish)]
    if wish.choice == ServiceRule.Choice.FASTEST:
        return min(kept, key=_by_speed, default=None)
    if wish.choice == ServiceRule.Choice.BEST_VALUE:
        return min(_priced(kept), key=_value(kept), default=None)
    return min(kept, key=_by_price, default=None)


def taken(means: Means, offer: Offer) -> Means:
    """Return the means with the offer as it was shown: a dearer price comes back to a person."""
    return replace(
        means,
        carrier_account=offer.account,
        service=offer.rate.service,
        service_name=offer.rate.name[:80],
        carrier_name=offer.rate.carrier_name[:60],
        quoted=offer.rate.cost,
        promised_at=offer.rate.deliver_at,
        is_protected=offer.rate.is_protected,
        wish=None,
    )


def rate_request(
    order: Order, means: Means, *, pieces: Mapping[str, int] | None = None, now: datetime
) -> LabelRequest:
    """Return what carriers are asked for these pieces, else for those that are left."""
    ship_to = label_address(order, order.address_script, opened_if_alive(order.key))
    if ship_to is None:
        raise gone()
    left = pieces_to_rate(order) if pieces is None else pieces
    parcel = columns_of(order, means, pieces=left)
    lines = (
        OrderItem.objects.filter(pk__in=left)
        .select_related("product", "order__store")
        .order_by("position")
    )
    return LabelRequest(
        reference="",
        order_number=order.external_id,
        service=means.service,
        ship_from=means.warehouse.address,
        ship_from_email=means.warehouse.email,
        ship_to=ship_to,
        weight_g=parcel["weight_g"],
        size_mm=(parcel["length_mm"] or 0, parcel["width_mm"] or 0, parcel["height_mm"] or 0),
        ships_at=means.ships_at or now,
        deliver_by=order.deliver_by_at,
        label_size=LabelSize(means.carrier_account.label_size),
        contents=tuple(contents_of(line, left[line.pk]) for line in lines.order_by("position")),
        source=source_of(order),
        tax_numbers=tax_numbers_of(order),
        options=means.options,
    )


def pieces_to_rate(order: Order) -> dict[str, int]:
    """What the next parcel would hold: what is left, and what a refused label was asked for."""
    pieces = Counter(pieces_left(order))
    drafts = order.shipments.filter(status=Status.DRAFT, is_composed=False)
    for draft in drafts.prefetch_related("items"):
        pieces.update({item.order_item_id: item.quantity for item in draft.items.all()})
    return dict(pieces)


def _ask_all(
    carriers: Sequence[tuple[CarrierAccount, Carrier]], request: LabelRequest
) -> Iterable[tuple[CarrierAccount, Rates | RemoteError]]:
    """Ask in threads; each closes its connection, which shared quotas open."""

    def ask(carrier: Carrier) -> Rates | RemoteError:
        try:
            return carrier.rates(request)
        except RemoteError as error:
            return error
        finally:
            if threaded:
                connection.close()

    threaded = len(carriers) > 1
    if not threaded:
        return [(account, ask(carrier)) for account, carrier in carriers]
    pool = ThreadPoolExecutor(max_workers=min(AT_ONCE, len(carriers)))
    try:
        asked = {pool.submit(ask, carrier): account for account, carrier in carriers}
        done, _ = wait(asked, timeout=LONGEST_S)
        return [
            (account, future.result() if future in done else _too_slow(account))
            for future, account in asked.items()
        ]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _too_slow(account: CarrierAccount) -> RemoteError:
    return TemporaryError(TOO_SLOW, code="too_slow", carrier=account.name)


def _is_in_time(rate: Rate, deliver_by: datetime | None) -> bool | None:
    if deliver_by is None or rate.deliver_at is None:
        return None
    return rate.deliver_at <= deliver_by


def _keeps(offer: Offer, wish: Wish) -> bool:
    return (
        (not wish.service or offer.rate.service == wish.service)
        and (not wish.must_arrive_in_time or offer.is_in_time is True)
        and (not wish.must_be_protected or offer.rate.is_protected)
        and not offer.rate.needs_inputs
    )


def _by_price(offer: Offer) -> tuple[bool, Decimal, str]:
    """The cheapest first; what has no price, or none to compare, comes last."""
    price = offer.price
    return (price is None, price or Decimal(0), offer.rate.service)


def _by_speed(offer: Offer) -> tuple[bool, float, bool, Decimal]:
    at, price = offer.rate.deliver_at, offer.price
    return (at is None, at.timestamp() if at else 0.0, price is None, price or Decimal(0))


def _priced(offers: Iterable[Offer]) -> list[Offer]:
    return [offer for offer in offers if offer.price is not None]


def _value(offers: Sequence[Offer]) -> Callable[[Offer], tuple[Decimal, str]]:
    """Price and time together: each day earlier is worth a part of the price."""
    times = [offer.rate.deliver_at for offer in offers if offer.rate.deliver_at]
    latest = max(times, default=None)

    def key(offer: Offer) -> tuple[Decimal, str]:
        price, at = offer.price or Decimal(0), offer.rate.deliver_at
        days = Decimal((latest - at).days) if latest and at else Decimal(0)
        return (price * (1 - min(days, Decimal(10)) * DAY_IS_WORTH), offer.rate.service)

    return key
