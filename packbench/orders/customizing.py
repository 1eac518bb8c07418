"""Customizing: what a buyer chose is fetched while its link lives, and kept sealed (SEED-50).

The row says what is to be done and when; one worker at a time has it: while it works, the next
try lies at the end of its lease.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from msgspec.structs import replace

from packbench.channels.base import Channel, ItemNotes
from packbench.channels.customizations import Customizations, Picture, Reading
from packbench.channels.ending import end_authorization
from packbench.channels.models import SellerAccount, sentence_json
from packbench.events.recording import record
from packbench.jobs import defer_once
from packbench.jobs.leasing import lease
from packbench.lib.errors import (
    BadCredentials,
    NotFound,
    Rejected,
    RemoteError,
    TemporaryError,
)
from packbench.lib.sentences import marked
from packbench.orders.customizations import Customization, CustomPicture
from packbench.orders.models import OPEN, Order, OrderItem
from packbench.privacy.fields import sealer
from packbench.privacy.models import opened_if_alive
from packbench.privacy.revealing import reveal

JOB = "orders.fetch_customizations"
ACTOR = "import"
AT_ONCE = 20  # in one job
MOST_TRIES = 6
FIRST_WAIT = timedelta(minutes=1)  # then four times as long each: 1, 4, 16, 64 and 256 minutes
State = Customization.State

LINK_EXPIRED = marked(
    "Amazon's link to the customization has expired, and Amazon gives no other one. Fetch it "
    "again later, or open the order in Seller Central."
)
REPORT_EXPIRED = marked(
    "The link to the customization has expired. Upload a newer report of this store, or open the "
    "order in Seller Central."
)
GIVEN_UP = marked(
    "Reading Amazon's file of the customization took too much memory or time, so it was "
    "stopped. Open it in Seller Central."
)
NO_LINK = marked(
    "Amazon gives no link to the customization: the application may lack the role "
    "Direct-to-Consumer Delivery (Restricted)."
)
NOT_CONNECTED = marked("The account is not connected, so Amazon cannot be asked for a new link.")
ERASED = marked("The buyer's data of this order was erased, the customization with it.")
NOT_CUSTOMIZED = marked("This item is not customized.")

WANT = """
insert into orders_customization (item_id, state, next_try_at, tries)
select i.id, 'waiting', %(now)s, 0
from orders_orderitem i join orders_order o on o.id = i.order_id
where i.order_id = any(%(ids)s) and i.is_customized and i.notes is not null
    and o.status = any(%(open)s)
on conflict (item_id) do update
set state = 'waiting', next_try_at = excluded.next_try_at, tries = 0, problem = null
where orders_customization.state in ('erased', 'expired')
"""
EMPTY_PICTURES = """
delete from orders_custompicture p using orders_orderitem i
where i.id = p.customization_id and i.order_id = any(%s)
"""
EMPTY = """
update orders_customization c set details = null, problem = null, next_try_at = null,
    state = 'erased'
from orders_orderitem i where i.id = c.item_id and i.order_id = any(%s)
"""

Clock = Callable[[], datetime]
Opener = Callable[[SellerAccount], Channel]

seal_details = sealer(Customization, "details")
seal_picture = sealer(CustomPicture, "content")
seal_notes = sealer(OrderItem, "notes")


def want_customizations(orders: Iterable[Order], *, now: datetime) -> None:
    """Note what is to be fetched of orders just saved, within the caller's transaction.

    What is here stays; what was erased or whose link had expired is fetched anew.
    """
    ids = [order.pk for order in orders if order.is_customized]
    if ids:
        values: dict[str, Any] = {"ids": ids, "now": now, "open": [status.value for status in OPEN]}
        with connection.cursor() as cursor:
            cursor.execute(WANT, values)


def empty_customizations(order_ids: Iterable[str]) -> None:
    """Empty what was kept of these orders' customizations, within the erasure's transaction."""
    ids = list(order_ids)
    with connection.cursor() as cursor:
        cursor.execute(EMPTY_PICTURES, [ids])
        cursor.execute(EMPTY, [ids])


def claim_customization(*, now: datetime) -> Customization | None:
    """Take the one that is longest due, for ourselves; who dies leaves it after the lease.

    The try counts from here on: what kills its workers ends, too.
    """
    with transaction.atomic():
        due = Customization.objects.filter(next_try_at__lte=now).order_by("next_try_at", "pk")
        row = due.select_for_update(skip_locked=True).first()
        if row is not None:
            row.next_try_at = now + lease()
            row.tries += 1
            row.save(update_fields=["next_try_at", "tries"])
    return row


def fetch_due(source: Customizations, open_channel: Opener, *, clock: Clock) -> bool:
    """Fetch some of what is due, one after the other. Returns whether more may be due."""
    for _ in range(AT_ONCE):
        claimed = claim_customization(now=clock())
        if claimed is None:
            return False
        fetch_customization(claimed, source, open_channel, clock=clock)
    return True


def fetch_customization(
    claimed: Customization, source: Customizations, open_channel: Opener, *, clock: Clock
) -> None:
    """Fetch, read and keep one that was claimed; where that fails, note why and what is next."""
    item = OrderItem.objects.select_related(
        "order__key__parent", "order__store__account__application",
        "order__store__account__workspace__key",
    ).get(pk=claimed.pk)  # fmt: skip
    if claimed.tries > MOST_TRIES:
        _note(claimed, item, Rejected(GIVEN_UP, code="reading_overrun"), now=clock())
        return
    notes: ItemNotes | None = reveal(item, "notes", item.order.key)
    if notes is None:
        empty_customizations([item.order_id])  # erased since it was noted
        return
    try:
        link, content = _fetched(item, notes, source, open_channel, clock=clock)
        reading = source.read(content)
    except RemoteError as error:
        _note(claimed, item, error, now=clock())
    else:
        fresh = link if link != notes.customization_url else ""
        _keep(claimed, item, fresh, reading, now=clock())


@transaction.atomic
def ask_again(item: OrderItem, *, actor: str, now: datetime) -> None:
    """Have a customization fetched at once, whatever came of it before. Raises Rejected."""
    order = Order.objects.select_for_update().get(pk=item.order_id)
    if order.erased_at is not None:
        raise Rejected(ERASED, code="erased")
    if not item.is_customized:
        raise Rejected(NOT_CUSTOMIZED, code="not_customized")
    Customization.objects.update_or_create(
        item=item, defaults={"state": State.WAITING, "next_try_at": now, "tries": 0}
    )
    record(
        "customization.asked",
        order.workspace_id,
        actor=actor,
        now=now,
        order_id=order.pk,
        item_id=item.pk,
    )
    defer_once(JOB)


def _fetched(
    item: OrderItem,
    notes: ItemNotes,
    source: Customizations,
    open_channel: Opener,
    *,
    clock: Clock,
) -> tuple[str, bytes]:
    """The link that worked and what it gave; a dead one is replaced by what Amazon says now."""
    link = notes.customization_url
    if link:
        try:
            return link, source.fetch(link)
        except NotFound:
            pass
    fresh = _fresh_link(item, open_channel, had_one=bool(link), clock=clock)
    return fresh, source.fetch(fresh)


def _fresh_link(item: OrderItem, open_channel: Opener, *, had_one: bool, clock: Clock) -> str:
    """Ask Amazon for the order again. Raises NotFound where no link comes with it."""
    account = item.order.store.account
    if account is None:
        raise NotFound(REPORT_EXPIRED, code="customization_expired")
    if account.status != SellerAccount.Status.ACTIVE:
        raise TemporaryError(NOT_CONNECTED, code="not_connected")
    try:
        order = open_channel(account).fetch_order(item.order.external_id)
    except BadCredentials as error:
        end_authorization(account, error, now=clock())
        raise TemporaryError(NOT_CONNECTED, code="not_connected") from error
    found = (line for line in order.items if line.external_id == item.external_id)
    link = next((line.notes.customization_url for line in found), "")
    if not link:
        text = LINK_EXPIRED if had_one else NO_LINK
        raise NotFound(text, code="customization_expired" if had_one else "customization_no_link")
    return link


@transaction.atomic
def _keep(
    claimed: Customization, item: OrderItem, link: str, reading: Reading, *, now: datetime
) -> None:
    """Seal what was read, unless the buyer's data ended or another worker was first.

    `link` is a new one, to be kept beside what the notes say by now; empty where there is none.
    """
    order = Order.objects.select_for_update(of=("self",)).select_related("key__parent").get(
        pk=item.order_id
    )  # fmt: skip
    key = opened_if_alive(order.key)
    if key is None or order.key_id != item.order.key_id:
        return
    kept = _mine(claimed).update(
        state=State.FETCHED,
        next_try_at=None,
        problem=None,
        fetched_at=now,
        details=seal_details(reading.details, key),
    )
    if not kept:
        return
    row = OrderItem.objects.get(pk=item.pk)
    notes: ItemNotes | None = reveal(row, "notes", order.key)
    if link and notes is not None:
        row.notes = seal_notes(replace(notes, customization_url=link), key)
        row.save(update_fields=["notes"])
    CustomPicture.objects.filter(customization_id=claimed.pk).delete()
    CustomPicture.objects.bulk_create(
        _row(claimed, place, picture, seal_picture(picture.content, key))
        for place, picture in enumerate(reading.pictures)
    )
    _record("customization.fetched", order, item, now=now)


def _row(claimed: Customization, place: int, picture: Picture, content: object) -> CustomPicture:
    return CustomPicture(
        customization_id=claimed.pk,
        position=place,
        width=picture.width,
        height=picture.height,
        is_preview=picture.is_preview,
        content=content,
    )


@transaction.atomic
def _note(claimed: Customization, item: OrderItem, error: RemoteError, *, now: datetime) -> None:
    """Note why it failed, and when it is tried again: never where a person must act."""
    may_come = not isinstance(error, Rejected) and claimed.tries < MOST_TRIES
    state = State.EXPIRED if isinstance(error, NotFound) else State.FAILED
    noted = _mine(claimed).update(
        state=State.WAITING if may_come else state,
        next_try_at=now + _wait(claimed.tries, error) if may_come else None,
        problem=sentence_json(error),
    )
    if noted and not may_come:
        _record("customization.failed", item.order, item, now=now)


def _wait(tries: int, error: RemoteError) -> timedelta:
    asked = error.retry_after if isinstance(error, TemporaryError) else None
    return max(FIRST_WAIT * int(4 ** (tries - 1)), timedelta(seconds=asked or 0))


def _mine(claimed: Customization) -> QuerySet[Customization]:
    """The row, while the claim on it is ours."""
    return Customization.objects.filter(pk=claimed.pk, next_try_at=claimed.next_try_at)


def _record(name: str, order: Order, item: OrderItem, *, now: datetime) -> None:
    record(name, order.workspace_id, actor=ACTOR, now=now, order_id=order.pk, item_id=item.pk)
