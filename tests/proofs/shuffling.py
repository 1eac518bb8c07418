"""Deliver the same histories in order, and then shuffled, repeated, through polls that fail.

Both go through the real import into the database; what is there at the end must be the same.
"""

import random
from collections import defaultdict
from datetime import timedelta

from django.db.models import Count

from packbench.accounts.joining import open_workspace
from packbench.channels.base import OrdersPage
from packbench.channels.models import SellerAccount, Store
from packbench.events.models import Event
from packbench.lib.errors import OutcomeUnknown, TemporaryError, Throttled
from packbench.lib.sentences import marked
from packbench.orders.addressing import enter_address
from packbench.orders.holding import hold_order
from packbench.orders.importing import import_orders
from packbench.orders.models import Order, OrderNote, Status
from packbench.orders.noting import write_note
from packbench.orders.waiving import waive_problem
from packbench.orders.weighing import weigh_order, weigh_products
from packbench.privacy.fields import SealedField
from packbench.privacy.revealing import reveal
from tests.making import make_account, make_address, make_store
from tests.proofs.histories import BEGAN, SKUS

PAGE = 40
REPEATED, FAILING = 0.3, 0.1
NOW = BEGAN + timedelta(days=30)
# Ids and keys are other ones in each run, and so is what follows from them alone.
OWN = {"id", "workspace", "store", "key", "order", "product", "customer", "custom_field1"}
FAULTS = (
    lambda: TemporaryError(marked("Try again."), code="remote"),
    lambda: Throttled(marked("Try again."), code="throttled", retry_after=1),
    lambda: OutcomeUnknown(marked("Who knows?"), code="lost"),
)


class Amazon:
    """A store that shows the pages of a poll, and now and then fails before it does."""

    def __init__(self, polls, dice=None):
        self.polls, self.dice = list(polls), dice
        self.failed = 0

    def fetch_orders(self, query):
        if self.dice and self.dice.random() < FAILING:
            self.failed += 1
            raise self.dice.choice(FAULTS)()
        place = int(query.page_token or 0)
        pages = self.polls[0]
        has_more = place + 1 < len(pages)
        if not has_more:
            self.polls.pop(0)
        return OrdersPage(
            orders=tuple(pages[place]), next_page_token=str(place + 1) if has_more else ""
        )


def compare(histories, seed):
    """Run both and return (in order, shuffled): what each left behind, and the failed polls."""
    expected, _ = run(histories, random.Random(seed), is_shuffled=False)
    found, failed = run(histories, random.Random(seed), is_shuffled=True)
    return expected, found, failed


def run(histories, dice, *, is_shuffled):
    """Import the first halves of all histories, let people work, import what came after."""
    store = _shop()
    halves = [[], []]
    for states in histories:
        half = len(states) // 2 + 1
        halves[0].append(states[:half])
        halves[1].append(states[half:])
    seen, failed = [], 0
    for number, half in enumerate(halves):
        states = [state for states in half for state in states]
        if is_shuffled:
            late = dice.sample(seen, len(seen) // 5)
            failed += _deliver(store, _shuffled(states + late, dice), dice)
        else:
            _deliver(store, _ordered(half))
        if number == 0:
            work(store, NOW)
        seen += states
    _check_quiet(store, histories)
    return picture(store), failed


def _check_quiet(store, histories):
    """A state that comes again leaves no event: there are never more changes than states."""
    counts = dict(
        Event.objects.filter(
            workspace_id=store.workspace_id, name__in=("order.changed", "order.cancelled")
        )
        .values_list("order_id")
        .annotate(count=Count("id"))
    )
    states = {states[0].external_id: len(states) for states in histories}
    for pk, number in Order.objects.filter(store=store).values_list("pk", "external_id"):
        assert counts.get(pk, 0) < states[number], number


def work(store, now):
    """What people do, the same in both runs: chosen by the orders' numbers."""
    weigh_products(store.workspace, dict.fromkeys(SKUS[:8], 300), actor="ines", now=now)
    waiting = Order.objects.filter(store=store).exclude(status=Status.PENDING_FULFILLMENT)
    for row in waiting.order_by("external_id"):
        chance = random.Random(row.external_id)
        if chance.random() < 0.06:
            hold_order(row, reason="Look at it", actor="ines", now=now)
        if chance.random() < 0.06:
            weigh_order(row, 777, actor="ines", now=now)
        if chance.random() < 0.3 and "cancel_requested" in row.problems:
            waive_problem(row, "cancel_requested", actor="ines", now=now)
        if chance.random() < 0.1 and row.has_address:
            _move(row, now)
        if chance.random() < 0.05:
            write_note(row, "Ring first", kind=OrderNote.Kind.INTERNAL, actor="ines", now=now)


def picture(store):
    """All that is there of a store, by the store's own numbers; sealed columns are opened."""
    rows = (
        Order.objects.filter(store=store)
        .select_related("key__parent")
        .prefetch_related("items__product", "notes")
    )
    skips = dict(store.account.skips.values_list("external_id", "reason"))
    orders = {row.external_id: row for row in rows if not _is_let_go(row, skips)}
    happened = defaultdict(list)
    for event in Event.objects.filter(workspace_id=store.workspace_id).order_by("id"):
        happened[event.order_id].append(event)
    return {
        "orders": {
            number: _columns(row, row.key) | {"items": _items(row), "notes": _notes(row)}
            for number, row in orders.items()
        },
        "skips": {number: reason for number, reason in skips.items() if number not in orders},
        "events": {number: _events(row, happened[row.pk]) for number, row in orders.items()},
    }


def _is_let_go(row, skips):
    """Digital, but unpaid when it was first seen: whether there is a row depends on that alone."""
    return row.status == Status.PENDING_FULFILLMENT and skips.get(row.external_id) == "digital"


def _columns(row, key):
    columns = {}
    for field in row._meta.concrete_fields:
        if field.name in OWN:
            continue
        is_sealed = isinstance(field, SealedField)
        columns[field.name] = (
            reveal(row, field.name, key) if is_sealed else row.__dict__[field.attname]
        )
    return columns


def _items(row):
    return {
        item.external_id: _columns(item, row.key) | {"product": item.product and item.product.sku}
        for item in row.items.all()
    }


def _notes(row):
    return sorted((note.kind, reveal(note, "text", row.key)) for note in row.notes.all())


def _events(row, events):
    """Each order came in once, was cancelled if it is, and what people did is there once.

    A wish to cancel that was taken back may never have been seen; one that stands was told.
    """
    names = [event.name for event in events]
    was_cancelled = "order.cancelled" in names or events[0].data.get("status") == "CANCELLED"
    return {
        "imported": names.count("order.imported"),
        "cancelled": was_cancelled,
        "asked_to_cancel": row.is_cancel_requested and "order.recalled" in names,
        "by_people": sorted(event.name for event in events if event.actor == "ines"),
    }


def _move(row, now):
    from packbench.lib.errors import Rejected

    try:
        enter_address(row, make_address(line1="Plaza Nueva 1"), actor="ines", now=now)
    except Rejected:
        return  # it does not wait any more


def _shop():
    account = make_account(open_workspace("Proof", now=BEGAN))
    store = make_store(account)
    Store.objects.filter(pk=store.pk).update(has_amazon_fulfilled=True, backfilled_at=BEGAN)
    return Store.objects.select_related("account", "workspace").get(pk=store.pk)


def _deliver(store, polls, dice=None):
    """Poll until everything came; returns how many polls failed."""
    amazon = Amazon(polls, dice)
    for _ in range(100 * (len(polls) + 1)):
        if not amazon.polls:
            return amazon.failed
        account = SellerAccount.objects.select_related("application", "workspace__key").get(
            pk=store.account_id
        )
        try:
            import_orders(account, amazon, clock=lambda: NOW)
        except (TemporaryError, OutcomeUnknown):
            continue
    raise AssertionError("the polls never ended")


def _ordered(histories):
    """Page after page, each order once on a page: its states in the order that they came about."""
    longest = max((len(states) for states in histories), default=0)
    waves = ([states[n] for states in histories if n < len(states)] for n in range(longest))
    return [_pages(wave) for wave in waves]


def _shuffled(states, dice):
    """Everything in any order, a part of it twice, in polls of several pages."""
    shown = [*states, *dice.sample(states, int(len(states) * REPEATED))]
    dice.shuffle(shown)
    pages = _pages(shown)
    polls = []
    while pages:
        size = dice.randint(1, 3)
        polls.append(pages[:size])
        pages = pages[size:]
    return polls


def _pages(states):
    return [states[start : start + PAGE] for start in range(0, len(states), PAGE)]
