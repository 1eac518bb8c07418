"""Refetching: one order read again from its store, now."""

from datetime import datetime

from packbench.channels.base import Channel
from packbench.lib.errors import Rejected
from packbench.lib.sentences import Sentence, marked
from packbench.orders.models import Order
from packbench.orders.saving import save_orders

NO_CHANNEL = marked("Orders of this store come from reports. Upload a newer report instead.")
NOTHING_NEW = Sentence(marked("Amazon shows this order as we have it."))


def refetch_order(order: Order, channel: Channel | None, *, now: datetime) -> bool:
    """Fetch the order and save what is new. False: there is nothing new.

    Raises Rejected for a store without API, and the channel's errors.
    """
    store = order.store
    if channel is None or store.account is None:
        raise Rejected(NO_CHANNEL, code="no_channel")
    found = channel.fetch_order(order.external_id)
    saved = save_orders([found], {store.marketplace_id: store}, account=store.account, now=now)
    return bool(saved.changed)
