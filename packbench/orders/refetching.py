"""Refetching: one order read again from its store, now."""

from datetime import datetime

from django.db import transaction

from packbench.channels.base import Channel, ChannelOrder
from packbench.channels.models import Store
from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.sentences import Sentence, marked
from packbench.orders.expiring import expiry
from packbench.orders.models import Order
from packbench.orders.retaining import rules_for
from packbench.orders.saving import save_orders
from packbench.orders.standing import channel_status, waits
from packbench.privacy.models import DataKey

NO_CHANNEL = marked("Orders of this store come from reports. Upload a newer report instead.")
NOT_NEEDED = marked("Nothing of this order is left to ship: its address is not needed any more.")
NO_ADDRESS = marked("Amazon does not show the address of this order any more.")
NOTHING_NEW = Sentence(marked("Amazon shows this order as we have it."))


def refetch_order(order: Order, channel: Channel | None, *, now: datetime) -> bool:
    """Fetch the order and save what is new. False: there is nothing new.

    Raises Rejected for a store without API, and the channel's errors.
    """
    store = order.store
    if channel is None or store.account is None:
        raise Rejected(NO_CHANNEL, code="no_channel")
    found = channel.fetch_order(order.external_id)
    saved = save_orders(
        [found],
        {store.marketplace_id: store},
        account=store.account,
        withheld=store.account.withheld,
        now=now,
    )
    return bool(saved.changed)


def readdress_order(order: Order, channel: Channel | None, *, actor: str, now: datetime) -> bool:
    """Fetch the address of an erased order that is still to be shipped, under a new key.

    Its clock begins anew (SEED-79). Imports never do this: only a person knows that the data is
    needed again. False: it was not erased, or another was first. Raises Rejected where nothing
    is left to ship or Amazon shows no address, and the channel's errors.
    """
    store = order.store
    if channel is None or store.account is None:
        raise Rejected(NO_CHANNEL, code="no_channel")
    if not waits(order.status):
        raise Rejected(NOT_NEEDED, code="not_needed")
    found = channel.fetch_order(order.external_id)
    if not waits(channel_status(found)):
        save_orders([found], {store.marketplace_id: store}, account=store.account, now=now)
        raise Rejected(NOT_NEEDED, code="not_needed")
    if found.recipient is None or not found.recipient.is_complete:
        raise Rejected(NO_ADDRESS, code="no_address")
    return _fill_again(order, found, store, actor=actor, now=now)


@transaction.atomic
def _fill_again(
    order: Order, found: ChannelOrder, store: Store, *, actor: str, now: datetime
) -> bool:
    row = Order.objects.select_for_update().get(pk=order.pk)
    if row.erased_at is None:
        return False
    key, _ = DataKey.make(store.workspace.key, now=now)
    DataKey.keep([key])
    end = expiry(now, (), rules_for(row.workspace_id))
    Order.objects.filter(pk=row.pk).update(
        key=key, erased_at=None, erase_at=end.at, erase_reason=end.reason
    )
    save_orders([found], {store.marketplace_id: store}, account=store.account, now=now)
    record(
        "order.readdressed",
        row.workspace_id,
        actor=actor,
        now=now,
        order_id=row.pk,
        store_id=row.store_id,
    )
    return True
