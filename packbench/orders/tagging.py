"""Tagging: marks and the person in charge, given to orders. Rules leave what people decided."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from packbench.accounts.models import Member, Workspace
from packbench.events.recording import event, record, record_all
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.models import Order
from packbench.rules.models import Tag

MOST_TAGS = 100  # of a workspace
MOST_ON_ORDER = 20
NO_NAME = marked("Give the tag a name.")
NAME_TAKEN = marked("There is a tag %(name)s already.")
TOO_MANY = marked("There are %(most)s tags already. Take one away first.")
NOBODY = marked("This person does not work here any more. Choose another one.")
ASSIGNEE, HELD = "assignee", "hold"  # in `Order.decided`
DECIDE = """
update orders_order set decided = array_append(decided, %s)
where id = any(%s) and not %s = any(decided)
"""
# By id, as imports lock them too: nobody waits for somebody who waits for them.
TAKE_OFF = """
update orders_order set tags = array_remove(tags, %s), decided = array_remove(decided, %s)
where id in (
    select id from orders_order
    where workspace_id = %s and (tags @> array[%s]::varchar[] or decided @> array[%s]::varchar[])
    order by id for update)
"""


def decided_tag(tag_id: str) -> str:
    """What stands in `Order.decided` where a person gave or took the tag."""
    return f"tag:{tag_id}"


@transaction.atomic
def save_tag(
    workspace: Workspace, tag: Tag | None, *, name: str, color: str, actor: str, now: datetime
) -> Tag:
    """Make a tag, or change one. Raises Rejected."""
    name = " ".join(name.replace("\0", "").split())[:40]
    if not name:
        raise Rejected(NO_NAME, code="no_name")
    if tag is None and workspace.tags.count() >= MOST_TAGS:
        raise Rejected(TOO_MANY, code="too_many_tags", most=MOST_TAGS)
    row = tag or Tag(workspace=workspace)
    row.name, row.color = name, Tag.Color(color)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Rejected(NAME_TAKEN, code="tag_taken", name=name) from error
    record("tag.saved", workspace.pk, actor=actor, now=now, tag_id=row.pk)
    return row


@transaction.atomic
def remove_tag(tag: Tag, *, actor: str, now: datetime) -> int:
    """Take the tag off all orders and out of the list. Returns how many orders had it.

    Rules that name it stay, and no longer hold or do anything for its sake.
    """
    key = decided_tag(tag.pk)
    tagged = Order.objects.filter(workspace_id=tag.workspace_id, tags__contains=[tag.pk]).count()
    with connection.cursor() as cursor:
        cursor.execute(TAKE_OFF, [tag.pk, key, tag.workspace_id, tag.pk, key])
    if Tag.objects.filter(pk=tag.pk).delete()[0]:
        record("tag.removed", tag.workspace_id, actor=actor, now=now, tag_id=tag.pk)
    return tagged


@transaction.atomic
def tag_orders(orders: Iterable[Order], tag: Tag, *, is_on: bool, actor: str, now: datetime) -> int:
    """Give orders the tag, or take it from them. Returns how many are other than before.

    Safe to run again. Raises Rejected where an order has too many already.
    """

    def change(row: Order) -> bool:
        if (tag.pk in row.tags) == is_on:
            return False
        row.tags = _with(row.tags, tag.pk) if is_on else [pk for pk in row.tags if pk != tag.pk]
        return True

    name = "order.tagged" if is_on else "order.untagged"
    key = decided_tag(tag.pk)
    return _decide(orders, key, "tags", change, name, actor=actor, now=now, tag_id=tag.pk)


@transaction.atomic
def assign_orders(
    orders: Iterable[Order], member: Member | None, *, actor: str, now: datetime
) -> int:
    """Give orders to a person of the workspace, or to nobody. Returns how many have another one.

    Raises Rejected for somebody of elsewhere.
    """
    person_id = member.person_id if member else None
    rows = list(orders)
    if member and any(row.workspace_id != member.workspace_id for row in rows):
        raise Rejected(NOBODY, code="nobody")

    def change(row: Order) -> bool:
        if row.assignee_id == person_id:
            return False
        row.assignee_id = person_id
        return True

    name = "order.assigned" if member else "order.unassigned"
    return _decide(
        rows, ASSIGNEE, "assignee", change, name, actor=actor, now=now, person_id=person_id or ""
    )


def tagged(tag_ids: Iterable[str]) -> Q:
    """Orders that carry any of these tags; an index serves it."""
    return Q(tags__overlap=list(tag_ids))


def decide(row: Order, what: str) -> None:
    """Note that a person decided this of the order; rules leave it from then on."""
    row.decided = sorted({*row.decided, what})


def decide_orders(order_ids: Sequence[str], what: str) -> None:
    """Note the same for many orders; the caller holds their locks."""
    with connection.cursor() as cursor:
        cursor.execute(DECIDE, [what, list(order_ids), what])


def _decide(
    orders: Iterable[Order],
    what: str,
    field: str,
    change: Callable[[Order], bool],
    name: str,
    *,
    actor: str,
    now: datetime,
    **data: Any,
) -> int:
    """Change locked orders, remember that a person did, and leave an event for each."""
    ids = [order.pk for order in orders]
    rows = list(Order.objects.select_for_update().filter(pk__in=ids).order_by("id"))
    changed = [row for row in rows if change(row)]
    for row in rows:
        decide(row, what)
    Order.objects.bulk_update(rows, [field, "decided"], batch_size=500)
    record_all(
        event(
            name,
            row.workspace_id,
            actor=actor,
            now=now,
            order_id=row.pk,
            store_id=row.store_id,
            **data,
        )
        for row in changed
    )
    return len(changed)


def _with(tags: Sequence[str], tag_id: str) -> list[str]:
    if len(tags) >= MOST_ON_ORDER:
        raise Rejected(TOO_MANY, code="too_many_tags", most=MOST_ON_ORDER)
    return [*tags, tag_id]
