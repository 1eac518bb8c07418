"""Settling: how a store looks, how it is imported, and what it is told (SEED-22)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from packbench.channels.connecting import NAME_TAKEN, drop_imports
from packbench.channels.models import SellerAccount, Store
from packbench.events.recording import record
from packbench.jobs import defer_once
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

MOST_HISTORY_DAYS = 90
MOST_HOURS = 72
# What the orders that are here already follow: how far they do, and the job that goes on with it.
FILLING = ("slots_filled_to", "orders.refill_slots")
MATCHING = ("products_matched_to", "orders.rematch_products")
JUDGING = ("addresses_judged_to", "orders.judge_addresses")
FOLLOWED_BY = {
    "address_checks": JUDGING,
    "custom_fields": FILLING,
    "product_identifier": MATCHING,
    "has_weights": MATCHING,
    "has_default_weights": MATCHING,
}
BAD_HISTORY = marked("Choose from 1 to %(most)s days of history, not %(given)s.")
BAD_HOURS = marked("Choose from 1 to %(most)s hours, not %(given)s.")
SOURCE_TWICE = marked(
    "Each custom field needs a source of its own. Choose another one, or nothing."
)
NOT_CONNECTED = marked(
    "Amazon does not accept this account's authorization. Connect the account again, then import."
)
IS_PAUSED = marked("All stores of this account are paused. Resume one, then import.")
NO_ACCOUNT = marked("This store lives on reports. Upload the report “Unshipped orders” instead.")


@dataclass(frozen=True, slots=True)
class Brand:
    """How a store looks. `brand_color` is one of branding.COLORS, `brand_logo` of logo_of."""

    name: str
    brand_name: str
    brand_color: str
    brand_email: str
    brand_logo: bytes | None


@dataclass(frozen=True, slots=True)
class Notifying:
    """Which Store.Notification are e-mailed to the owners."""

    notifications: list[str]


@dataclass(frozen=True, slots=True)
class ProductSettings:
    """How products are known, a Store.Identifier, and whether their weights come from Amazon.

    `has_default_weights`: the workspace's default weights fill in where nobody knows better.
    """

    product_identifier: str
    has_weights: bool
    has_default_weights: bool = True


@dataclass(frozen=True, slots=True)
class OrderSettings:
    """What is imported, and the sources (Store.CustomField or "") of the custom fields."""

    has_amazon_fulfilled: bool
    history_days: int
    custom_fields: list[str]


@dataclass(frozen=True, slots=True)
class AddressSettings:
    """Which lib.postal Check keep an order from a label; whether kanji are romanized unasked."""

    address_checks: list[str]
    romanizes: bool


@dataclass(frozen=True, slots=True)
class Telling:
    """When the store is told, a Store.Feedback; with first scan by so many hours before ship-by."""

    feedback: str
    confirm_hours_before: int


StoreSettings = Brand | Notifying | ProductSettings | OrderSettings | AddressSettings | Telling


@transaction.atomic
def change_store(store: Store, settings: StoreSettings, *, actor: str, now: datetime) -> list[str]:
    """Save one part of the settings and return the names of those that changed.

    Safe to run again. A longer history, or Amazon-fulfilled orders wanted from now on, let the
    history be read again; the orders that are here follow new custom fields and another product
    identifier by a job each. Raises Rejected.
    """
    row = _locked(store)
    _check(row, settings)
    changed = [name for name in settings.__slots__ if getattr(row, name) != getattr(settings, name)]
    if not changed:
        return []
    wants_more = _wants_more(row, settings)
    for name in changed:
        setattr(row, name, getattr(settings, name))
    row.save(update_fields=changed)
    if wants_more:
        _read_history_again(row, now=now)
    for kind in {FOLLOWED_BY[name] for name in changed if name in FOLLOWED_BY}:
        _follow(row.pk, kind)
    record("store.changed", row.workspace_id, actor=actor, now=now, store_id=row.pk, fields=changed)
    return changed


@transaction.atomic
def match_products_again(workspace_id: str) -> None:
    """Let the open orders of all stores follow their products anew, slice by slice."""
    stores = Store.objects.filter(workspace_id=workspace_id).order_by("pk")
    for store_id in stores.values_list("pk", flat=True):
        _follow(store_id, MATCHING)


@transaction.atomic
def pause_store(store: Store, *, actor: str, now: datetime) -> bool:
    """Import nothing more for this store until it is resumed. False: it was paused already."""
    if not Store.objects.filter(pk=store.pk, paused_at__isnull=True).update(paused_at=now):
        return False
    record("store.paused", store.workspace_id, actor=actor, now=now, store_id=store.pk)
    return True


@transaction.atomic
def resume_store(store: Store, *, actor: str, now: datetime) -> bool:
    """Import again, first what changed since the pause. False: it was not paused."""
    row = _locked(store)
    if row.paused_at is None:
        return False
    row.read_from = min(filter(None, [row.read_from, row.paused_at]))
    row.paused_at = None
    row.save(update_fields=["paused_at", "read_from"])
    _read_history_again(row, now=now)
    record("store.resumed", row.workspace_id, actor=actor, now=now, store_id=row.pk)
    return True


@transaction.atomic
def import_now(store: Store, *, now: datetime) -> None:
    """Let the store's account be polled at once. Safe to run again. Raises Rejected."""
    account = store.account
    if account is None:
        raise Rejected(NO_ACCOUNT, code="no_account")
    if account.status != SellerAccount.Status.ACTIVE:
        raise Rejected(NOT_CONNECTED, code="not_connected")
    if not account.stores.filter(paused_at__isnull=True).exists():
        raise Rejected(IS_PAUSED, code="store_paused")
    _poll_at_once(account.pk, now=now)


def _follow(store_id: str, kind: tuple[str, str]) -> None:
    """Note that none of the store's orders follows yet, and queue the job that goes on."""
    place, job = kind
    Store.objects.filter(pk=store_id).update(**{place: ""})
    defer_once(job, store_id=store_id)


def _locked(store: Store) -> Store:
    """The store as it is now, ours until the transaction ends; its account comes before it."""
    SellerAccount.objects.select_for_update(no_key=True).filter(pk=store.account_id).first()
    return Store.objects.select_for_update(no_key=True).get(pk=store.pk)


def _check(row: Store, settings: StoreSettings) -> None:
    match settings:
        case Brand():
            others = Store.objects.filter(workspace_id=row.workspace_id).exclude(pk=row.pk)
            if others.filter(name=settings.name).exists():
                raise Rejected(NAME_TAKEN, code="name_taken", name=settings.name)
        case OrderSettings():
            _check_orders(settings)
        case Telling() if not 1 <= settings.confirm_hours_before <= MOST_HOURS:
            raise Rejected(
                BAD_HOURS, code="bad_hours", most=MOST_HOURS, given=settings.confirm_hours_before
            )


def _check_orders(settings: OrderSettings) -> None:
    if not 1 <= settings.history_days <= MOST_HISTORY_DAYS:
        raise Rejected(
            BAD_HISTORY, code="bad_history", most=MOST_HISTORY_DAYS, given=settings.history_days
        )
    sources = [source for source in settings.custom_fields if source]
    if len(sources) != len(set(sources)):
        raise Rejected(SOURCE_TWICE, code="source_twice")


def _wants_more(row: Store, settings: StoreSettings) -> bool:
    """Whether orders are wanted that were passed over so far."""
    return isinstance(settings, OrderSettings) and (
        settings.history_days > row.history_days
        or (settings.has_amazon_fulfilled and not row.has_amazon_fulfilled)
    )


def _read_history_again(row: Store, *, now: datetime) -> None:
    """The next import reads the history, from its beginning, whatever an earlier one has left."""
    row.backfilled_at = None
    row.save(update_fields=["backfilled_at"])
    if row.account_id:
        drop_imports(row.account_id, now=now)
        _poll_at_once(row.account_id, now=now)


def _poll_at_once(account_id: str, *, now: datetime) -> None:
    SellerAccount.objects.filter(pk=account_id).update(next_import_at=now)
    defer_once("orders.import_account", account_id=account_id)
