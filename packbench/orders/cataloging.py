"""Cataloging: asking Amazon about the products that are sold, and mending the orders that wait.

Claim, commit, call, record: a claimed product's `next_fetch_at` lies in the future, so that who
dies leaves it after the lease. What stops an account is kept in its CatalogPause.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery

from packbench.accounts.models import Workspace
from packbench.channels.base import PRODUCTS_AT_ONCE, Channel
from packbench.channels.ending import end_authorization
from packbench.channels.models import SellerAccount
from packbench.jobs import defer_once
from packbench.jobs.leasing import lease
from packbench.lib.errors import BadCredentials, Rejected, RemoteError, TemporaryError
from packbench.orders.models import OPEN, Order, OrderItem
from packbench.orders.weighing import mend_orders, reweigh_orders
from packbench.products.fetching import Found, lacks_role, look_up, pause, write_down
from packbench.products.models import CatalogPause, Product

JOB = "orders.fetch_products"
ACTOR = "import"
MOST = 100  # products a job claims: five calls for listings, five for the catalog
PLACED_AT_ONCE = 500
RETRY_AFTER = timedelta(minutes=1)
ASK_ROLE_AGAIN_AFTER = timedelta(days=1)
RECENT = timedelta(minutes=5)

Clock = Callable[[], datetime]


def fetch_products(account: SellerAccount, channel: Channel, *, clock: Clock) -> bool:
    """Fetch the account's next products, those of the newest open orders first.

    Returns whether there may be more to do at once. Safe to run again and at once elsewhere.
    Raises nothing of Amazon's: what stops it is kept, with when to go on.
    """
    now = clock()
    if CatalogPause.objects.filter(_in_force(account, now=now)).exists():
        return False
    claimed = _claim(account, now=now)
    left = {product.pk for product in claimed}
    try:
        for products in _batches(claimed):
            _fetch(account, channel, products, left, clock=clock)
    except RemoteError as error:
        _give_back(left, now=clock())
        _stop(account, error, now=clock())
        return False
    CatalogPause.objects.filter(account=account).delete()
    return len(claimed) == MOST


def accounts_to_ask(*, now: datetime) -> list[str]:
    """The ids of the accounts with products to ask about, and nothing against it."""
    due = Product.objects.due_for_fetching(now).filter(_is_running())
    ids = due.order_by().values_list("store__account_id", flat=True).distinct()
    accounts = SellerAccount.objects.filter(pk__in=ids).in_bulk()
    pauses = {row.account_id: row for row in CatalogPause.objects.filter(account__in=accounts)}
    return [
        pk for pk, account in accounts.items() if not _is_held(pauses.get(pk), account, now=now)
    ]


@transaction.atomic
def ask_about(workspace: Workspace, product_ids: Iterable[str]) -> int:
    """Let these products be fetched at once, before all others; returns how many can be.

    A pause for want of a role is tried anew: a person may have mended it.
    """
    place_products()
    products = workspace.products.filter(pk__in=list(product_ids)).filter(_is_running())
    accounts = set(products.values_list("store__account_id", flat=True))
    asked = products.update(next_fetch_at=None, is_fetch_asked=True)
    for row in CatalogPause.objects.filter(account__in=accounts):
        if lacks_role(str(row.reason["code"])):
            row.delete()
    for account_id in sorted(accounts):
        defer_once(JOB, account_id=str(account_id))
    return asked


@transaction.atomic
def place_products() -> int:
    """Note for products in which store they are sold: where their newest order came from.

    A store with an account at Amazon goes before one that lives on reports.
    """
    sold_at_amazon = OrderItem.objects.filter(
        product=OuterRef("pk"), order__store__account__isnull=False
    )
    sold = OrderItem.objects.filter(product=OuterRef("pk"))
    unplaced = Product.objects.filter(
        Q(Exists(sold), store__isnull=True) | Q(Exists(sold_at_amazon), store__account__isnull=True)
    )
    rows = {
        row.pk: row
        for row in unplaced.select_for_update(skip_locked=True, of=("self",))[:PLACED_AT_ONCE]
    }
    items = OrderItem.objects.filter(product__in=rows).order_by(
        "product_id", F("order__store__account_id").asc(nulls_last=True), "-order__placed_at"
    )
    for product_id, store_id in items.distinct("product_id").values_list(
        "product_id", "order__store_id"
    ):
        rows[product_id].store_id = store_id
    return Product.objects.bulk_update(rows.values(), ["store"])


@transaction.atomic
def mend_recent(*, now: datetime) -> int:
    """Weigh orders that came in while their products were being weighed, and so missed it."""
    unweighed = OrderItem.objects.filter(order=OuterRef("pk"), quantity__gt=0).filter(
        Q(product__isnull=True)
        | Q(product__weight_g__isnull=True, order__store__has_weights=False)
        | Q(product__weight_g__isnull=True, product__amazon_weight_g__isnull=True)
    )
    waiting = Order.objects.filter(
        ~Exists(unweighed),
        status__in=OPEN,
        weight_g__isnull=True,
        is_weight_given=False,
        imported_at__gte=now - RECENT,
    )
    rows = waiting.select_for_update(of=("self",)).order_by("id")[:PLACED_AT_ONCE]
    return reweigh_orders(rows, actor=ACTOR, now=now)


def _fetch(
    account: SellerAccount,
    channel: Channel,
    products: Sequence[Product],
    left: set[str],
    *,
    clock: Clock,
) -> None:
    """Fetch and record one batch; where one product spoils it, each alone. Raises RemoteError.

    What is done leaves `left` at once: a quota that ends on the way costs no product twice.
    """
    marketplace_id = products[0].store.marketplace_id if products[0].store else ""
    try:
        found = look_up(channel, marketplace_id, products)
    except Rejected as error:
        if lacks_role(error.code):
            raise
        if len(products) == 1:
            _refuse(products[0], error, now=clock())
            left.discard(products[0].pk)
            return
        for product in products:
            _fetch(account, channel, [product], left, clock=clock)
        return
    _record(account, products, found, now=clock())
    left -= {product.pk for product in products} - found.unasked
    if found.error is None:
        return
    if lacks_role(found.error.code) or not isinstance(found.error, Rejected):
        raise found.error
    unasked = [product for product in products if product.pk in found.unasked]
    if len(products) == 1:
        _refuse(products[0], found.error, now=clock())
        left.discard(products[0].pk)
        return
    for product in unasked:
        _fetch(account, channel, [product], left, clock=clock)


@transaction.atomic
def _record(
    account: SellerAccount, products: Sequence[Product], found: Found, *, now: datetime
) -> None:
    changed = write_down(products, found, now=now)
    if changed:
        mend_orders(account.workspace, changed, actor=ACTOR, now=now)


def _refuse(product: Product, error: Rejected, *, now: datetime) -> None:
    """Amazon refuses to speak of this product: note why, and ask again tomorrow."""
    Product.objects.filter(pk=product.pk).update(
        fetch_error={**error.sentence.as_json(), "code": error.code},
        next_fetch_at=now + timedelta(days=1),
        is_fetch_asked=False,
    )


@transaction.atomic
def _claim(account: SellerAccount, *, now: datetime) -> list[Product]:
    newest = OrderItem.objects.filter(product=OuterRef("pk"), order__status__in=OPEN)
    placed_at = newest.order_by("-order__placed_at").values("order__placed_at")[:1]
    due = (
        Product.objects.due_for_fetching(now)
        .filter(_is_running(), store__account=account)
        .select_related("store")
        .select_for_update(skip_locked=True, of=("self",))
        .annotate(wanted_at=Subquery(placed_at))
        .order_by(
            F("is_fetch_asked").desc(),
            F("wanted_at").desc(nulls_last=True),
            F("fetched_at").asc(nulls_first=True),
            "pk",
        )
    )
    rows = list(due[:MOST])
    mine = Product.objects.filter(pk__in=[row.pk for row in rows])
    mine.update(next_fetch_at=now + lease())
    return rows


def _batches(products: Iterable[Product]) -> Iterator[list[Product]]:
    """Twenty of one store at a time: a call is about one marketplace."""
    by_store: dict[str | None, list[Product]] = defaultdict(list)
    for product in products:
        by_store[product.store_id].append(product)
    for rows in by_store.values():
        for start in range(0, len(rows), PRODUCTS_AT_ONCE):
            yield rows[start : start + PRODUCTS_AT_ONCE]


def _give_back(ids: Iterable[str], *, now: datetime) -> None:
    Product.objects.filter(pk__in=list(ids)).update(next_fetch_at=now)


def _stop(account: SellerAccount, error: RemoteError, *, now: datetime) -> None:
    wait = RETRY_AFTER
    if isinstance(error, TemporaryError) and error.retry_after:
        wait = timedelta(seconds=error.retry_after)
    elif lacks_role(error.code):
        wait = ASK_ROLE_AGAIN_AFTER
    pause(account, error, wait=wait, now=now)
    if isinstance(error, BadCredentials):
        end_authorization(account, error, now=now)
    elif wait <= RETRY_AFTER:
        defer_once(JOB, at=now + wait, account_id=account.pk)


def _is_running() -> Q:
    return Q(
        store__account__status=SellerAccount.Status.ACTIVE,
        store__paused_at__isnull=True,
    )


def _is_held(row: CatalogPause | None, account: SellerAccount, *, now: datetime) -> bool:
    return row is not None and row.until > now and account.authorized_at <= row.begun_at


def _in_force(account: SellerAccount, *, now: datetime) -> Q:
    return Q(account=account, until__gt=now, begun_at__gte=account.authorized_at)
