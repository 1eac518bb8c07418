"""Probing: the cheapest call that shows whether an account may do one thing (SEED-19)."""

from collections.abc import Callable
from datetime import datetime

from packbench.channels.base import Buyer, ChannelOrder, Probe, Probed
from packbench.connectors.amazon import messages
from packbench.connectors.amazon.client import AmazonClient
from packbench.connectors.amazon.datasets import to_leave_out
from packbench.connectors.amazon.errors import AccessDenied, Refused
from packbench.connectors.amazon.requests import Call
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

ORDERS_LOOKED_AT = 3  # the first may be one without an address, such as a digital one

SET_REFUSED = marked("Amazon does not answer the data set %(name)s at the moment.")

SHOWN: dict[Probe, tuple[str, Callable[[ChannelOrder], bool | None]]] = {
    Probe.ADDRESSES: ("RECIPIENT", lambda order: _shows_address(order)),
    Probe.BUYERS: ("BUYER", lambda order: order.buyer != Buyer()),
    Probe.TAXES: ("TAX", lambda order: True),
}


def probe(
    client: AmazonClient,
    what: Probe,
    *,
    seller_id: str,
    marketplace_id: str,
    order_ids: tuple[str, ...],
    since: datetime,
) -> Probed:
    """Make the call and say what it showed. Raises as every call does."""
    if what is Probe.LOGIN:
        return Probed(request_id=client.sign_in())
    if what in SHOWN:
        return _look_at_orders(client, what, order_ids)
    calls: dict[Probe, Callable[[], Call]] = {
        Probe.MARKETPLACES: messages.participations_call,
        Probe.ORDERS: lambda: messages.unshipped_call(since),
        Probe.LISTINGS: lambda: messages.listings_call(seller_id, marketplace_id),
        Probe.FEEDS: messages.feeds_call,
        Probe.REPORTS: messages.reports_call,
    }
    answer = client.call(calls[what]())
    is_orders = what is Probe.ORDERS
    return Probed(
        request_id=answer.request_id,
        skew_s=client.last_skew_seconds,
        participations=messages.parse_participations(answer.body)
        if what is Probe.MARKETPLACES
        else (),
        order_ids=messages.parse_order_ids(answer.body) if is_orders else (),
    )


def _look_at_orders(client: AmazonClient, what: Probe, order_ids: tuple[str, ...]) -> Probed:
    """Ask for one data set of a few orders: refused, left empty, or shown.

    What the orders say goes no further than whether it is there.
    """
    name, shows = SHOWN[what]
    request_id = ""
    for order_id in order_ids[:ORDERS_LOOKED_AT]:
        try:
            answer = client.call(messages.order_call(order_id, (name,)))
        except (AccessDenied, Refused) as refusal:
            return _refused(refusal, name)
        request_id = answer.request_id
        is_shown = shows(messages.parse_order(answer.body))
        if is_shown is not None:
            return Probed(request_id=request_id, is_shown=is_shown)
    return Probed(request_id=request_id)


def _refused(refusal: AccessDenied | Refused, name: str) -> Probed:
    if isinstance(refusal, AccessDenied):
        return Probed(request_id=refusal.request_id, is_shown=False)
    if to_leave_out(refusal, (name,)):
        raise Rejected(
            SET_REFUSED, code="dataset_refused", request_id=refusal.request_id, name=name
        ) from None
    raise refusal


def _shows_address(order: ChannelOrder) -> bool | None:
    """None: this order goes nowhere, so nothing is missing."""
    place = order.recipient
    return None if place is None else bool(place.name or place.company or place.line1)
