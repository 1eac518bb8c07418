"""Fetching: what Amazon says of products, asked and written down (SEED-31, SEED-56)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from packbench.accounts.models import Workspace
from packbench.channels.base import Channel, ChannelProduct
from packbench.channels.models import SellerAccount
from packbench.events.models import Event
from packbench.events.recording import event, record, record_all
from packbench.lib.errors import RemoteError
from packbench.lib.sentences import Sentence, marked
from packbench.products.models import CatalogPause, Product

FETCH_EVERY = timedelta(days=1)
ACTOR = "import"
NO_LISTING = marked(
    "Amazon has no listing with this SKU in this store, and no product with its ASIN."
)
AMAZONS = (
    "asin",
    "amazon_title",
    "amazon_weight_g",
    "item_weight_g",
    "amazon_length_mm",
    "amazon_width_mm",
    "amazon_height_mm",
    "product_type",
    "stock_quantity",
    "stock_at",
    "fetched_at",
    "next_fetch_at",
    "is_fetch_asked",
    "fetch_error",
    "image_url",
    "next_image_at",
    "image_tries",
    "image_error",
)


@dataclass(slots=True)
class Found:
    """What Amazon said of some products, by their ids. `error` is what stopped it on the way."""

    listings: dict[str, ChannelProduct] = field(default_factory=dict)
    catalog: dict[str, ChannelProduct] = field(default_factory=dict)
    unasked: set[str] = field(default_factory=set)
    error: RemoteError | None = None


def look_up(channel: Channel, marketplace_id: str, products: Sequence[Product]) -> Found:
    """Ask for at most 20 products: their listings in one call, the catalog for what these lack.

    Raises RemoteError where not even the listings came.
    """
    by_sku = {
        listing.sku: listing
        for listing in channel.fetch_listings(marketplace_id, tuple(row.sku for row in products))
    }
    found = Found({row.pk: by_sku[row.sku] for row in products if row.sku in by_sku})
    asins = {
        row.pk: asin
        for row in products
        if _lacks(found.listings.get(row.pk)) and (asin := _asin(row, found.listings))
    }
    if not asins:
        return found
    try:
        known = channel.fetch_catalog(marketplace_id, tuple(dict.fromkeys(asins.values())))
    except RemoteError as error:
        found.unasked, found.error = set(asins), error
        return found
    by_asin = {item.asin: item for item in known}
    found.catalog = {pk: by_asin[asin] for pk, asin in asins.items() if asin in by_asin}
    return found


def write_down(products: Iterable[Product], found: Found, *, now: datetime) -> list[Product]:
    """Keep what was found, within the caller's transaction; return those that weigh otherwise
    now, or may do so by another default weight.

    What Amazon does not say today is not forgotten: it may have been withheld.
    """
    ids = [product.pk for product in products]
    rows = list(Product.objects.filter(pk__in=ids).select_for_update().order_by("pk"))
    before = {row.pk: row.amazon_weight_g for row in rows}
    types = {row.pk: row.product_type for row in rows}
    for row in rows:
        _fill(row, found, now=now)
    Product.objects.bulk_update(rows, AMAZONS)
    changed = [row for row in rows if row.amazon_weight_g != before[row.pk]]
    record_all(_weighed(row, now=now) for row in changed)
    return [row for row in rows if row in changed or row.product_type != types[row.pk]]


@transaction.atomic
def pause(account: SellerAccount, error: RemoteError, *, wait: timedelta, now: datetime) -> None:
    """Ask the account for no products for a while. That a role is missing is recorded once."""
    reason = {**error.sentence.as_json(), "code": error.code, "request_id": error.request_id}
    known = CatalogPause.objects.filter(account=account).first()
    if lacks_role(error.code) and not (known and lacks_role(str(known.reason["code"]))):
        record(
            "catalog.refused",
            account.workspace_id,
            actor=ACTOR,
            now=now,
            account_id=account.pk,
            request_id=error.request_id,
        )
    CatalogPause.objects.update_or_create(
        account=account, defaults={"begun_at": now, "until": now + wait, "reason": reason}
    )


def refusals(workspace: Workspace, *, now: datetime) -> list[CatalogPause]:
    """The accounts whose products Amazon withholds for want of a role, with what it said."""
    pauses = CatalogPause.objects.filter(
        account__workspace=workspace, until__gt=now, begun_at__gte=F("account__authorized_at")
    )
    rows = pauses.select_related("account").order_by("account_id")
    return [row for row in rows if lacks_role(str(row.reason["code"]))]


def lacks_role(code: str) -> bool:
    return code.startswith("role_missing")


def _asin(product: Product, listings: dict[str, ChannelProduct]) -> str:
    listing = listings.get(product.pk)
    return (listing.asin if listing else "") or product.asin


def _lacks(listing: ChannelProduct | None) -> bool:
    """Whether the catalog may know more than the listing."""
    return listing is None or not (
        listing.package_weight_g and listing.package_mm and listing.image_url and listing.title
    )


def _fill(row: Product, found: Found, *, now: datetime) -> None:
    listing, item = found.listings.get(row.pk), found.catalog.get(row.pk)
    for said in (item, listing):  # the seller's own words last: they count
        if said:
            _take(row, said)
    if listing:
        row.stock_quantity, row.stock_at = listing.quantity, now
    if row.pk in found.unasked:
        row.next_fetch_at = now
        return
    is_known = bool(listing or item)
    row.fetch_error = None if is_known else {**Sentence(NO_LISTING).as_json(), "code": "no_listing"}
    row.fetched_at, row.next_fetch_at, row.is_fetch_asked = now, now + FETCH_EVERY, False
    _want_image(row, listing, item, now=now)


def _want_image(
    row: Product, listing: ChannelProduct | None, item: ChannelProduct | None, *, now: datetime
) -> None:
    """Let the picture be fetched where it is another one than ours, or we have none yet."""
    told = [said.image_url for said in (listing, item) if said and said.image_url]
    url = _text(told[0], 500) if told else row.image_url
    is_new = url != row.image_url
    if is_new or (url and not row.image_version and row.next_image_at is None):
        row.image_url, row.next_image_at = url, now
        row.image_tries, row.image_error = 0, None


def _take(row: Product, said: ChannelProduct) -> None:
    row.asin = row.asin or _text(said.asin, 20)
    row.amazon_title = _text(said.title, 500) or row.amazon_title
    row.product_type = _text(said.product_type, 100) or row.product_type
    row.amazon_weight_g = said.package_weight_g or row.amazon_weight_g
    row.item_weight_g = said.item_weight_g or row.item_weight_g
    if said.package_mm:
        row.amazon_length_mm, row.amazon_width_mm, row.amazon_height_mm = said.package_mm


def _text(given: str, longest: int) -> str:
    return given.replace("\0", "")[:longest]


def _weighed(row: Product, *, now: datetime) -> Event:
    return event(
        "product.weighed",
        row.workspace_id,
        actor=ACTOR,
        now=now,
        product_id=row.pk,
        weight_g=row.amazon_weight_g,
    )
