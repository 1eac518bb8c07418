"""Naming: the other names of a product, and two products that are one (SEED-21).

Open orders follow new names by a job for each store; those that went keep the product they had.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError, transaction

from packbench.accounts.models import Workspace
from packbench.channels.models import Store
from packbench.channels.settling import match_products_again
from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.gtin import read_gtin, show_gtin
from packbench.lib.sentences import marked
from packbench.products.describing import FIELDS, empty_of
from packbench.products.models import Alias, Product

Kind = Alias.Kind
BETWEEN = "|"  # several names in one cell of a table
AT = " @ "  # before the name of a store
LONGEST = {Kind.SKU: 100, Kind.ASIN: 20}
MOST_NAMES = 100

NO_NAME = marked("Enter the SKU, the ASIN or the barcode.")
TOO_LONG = marked("“%(given)s…” is longer than %(most)s characters.")
TOO_MANY = marked("A product has at most %(most)s other names.")
NO_BARCODE = marked(
    "“%(given)s” is no EAN, UPC or GTIN: it has 8, 12, 13 or 14 digits, and the last one checks "
    "the others."
)
NO_STORE = marked("There is no store “%(given)s”.")
OWN_NAME = marked("“%(value)s” is the product's own SKU already.")
TAKEN = marked("“%(value)s” belongs to the product %(sku)s already.")
IS_PRODUCT = marked("“%(value)s” is a product of its own. Merge it into this one instead.")
WITH_ITSELF = marked("Choose another product: this one cannot be merged into itself.")
IS_MERGED = marked("%(sku)s was merged into another product. Choose that one.")
NOT_MERGED = marked("%(sku)s stands for itself already.")


class Name(NamedTuple):
    """A SKU, ASIN or barcode; a barcode as 14 digits. Without store it holds in all of them."""

    kind: str
    value: str
    store: Store | None = None


def read_name(kind: str, text: str, store: Store | None = None) -> Name:
    """The name that was typed or scanned. Raises Rejected."""
    value = text.replace("\0", "").strip()
    if not value:
        raise Rejected(NO_NAME, code="no_name")
    if kind == Kind.BARCODE:
        gtin = read_gtin(value)
        if not gtin:
            raise Rejected(NO_BARCODE, code="no_barcode", given=value[:20])
        return Name(kind, gtin)
    most = LONGEST[Kind(kind)]
    if len(value) > most:
        raise Rejected(TOO_LONG, code="text_too_long", given=value[:20], most=most)
    return Name(kind, value, store)


def read_names(text: str, stores: Iterable[Store]) -> list[Name]:
    """The names of a cell such as “sku:MUG-OLD | asin:B0BLUEMUG1 @ Amazon DE”. Raises Rejected."""
    by_name = {store.name: store for store in stores}
    names = []
    for entry in filter(None, (part.strip() for part in text.split(BETWEEN))):
        given, at, store_name = entry.rpartition(AT)
        if not at:
            given, store_name = entry, ""
        if store_name and store_name not in by_name:
            raise Rejected(NO_STORE, code="no_store", given=store_name[:40])
        kind, colon, value = given.partition(":")
        if not colon or kind.strip().lower() not in (Kind.SKU, Kind.ASIN):
            kind, value = Kind.SKU, given
        names.append(read_name(kind.strip().lower(), value, by_name.get(store_name)))
    return _few(names)


def read_barcodes(text: str) -> list[Name]:
    """The barcodes of a cell, with “|” or commas between them. Raises Rejected."""
    parts = text.replace(",", BETWEEN).split(BETWEEN)
    return _few([read_name(Kind.BARCODE, part) for part in parts if part.strip()])


def show_names(aliases: Iterable[Alias]) -> str:
    """The cell that is read as these SKUs and ASINs; `store` is at hand."""
    return f" {BETWEEN} ".join(
        f"{alias.kind}:{alias.value}{AT + alias.store.name if alias.store else ''}"
        for alias in aliases
        if alias.kind != Kind.BARCODE
    )


def show_barcodes(aliases: Iterable[Alias]) -> str:
    codes = [show_gtin(alias.value) for alias in aliases if alias.kind == Kind.BARCODE]
    return f" {BETWEEN} ".join(codes)


def find_by_barcode(workspace: Workspace, scanned: str) -> Product | None:
    """The product with this EAN, UPC or GTIN; None for any other text."""
    gtin = read_gtin(scanned)
    aliases = workspace.product_aliases.filter(kind=Kind.BARCODE, value=gtin)
    found = aliases.select_related("product__merged_into").first() if gtin else None
    return (found.product.merged_into or found.product) if found else None


@transaction.atomic
def add_name(product: Product, name: Name, *, actor: str, now: datetime) -> None:
    """Give the product another name. Safe to run again. Raises Rejected where it is taken."""
    row = Product.objects.select_for_update(no_key=True).get(pk=product.pk)
    have = list(row.aliases.select_related("store"))
    if _key(name) in {_key_of(alias) for alias in have}:
        return
    _check_count(len(have) + 1)
    check_name(row, name)
    try:
        with transaction.atomic():
            _keep(row, [name], now=now)
    except IntegrityError:  # somebody gave it to another product just now
        check_name(row, name)
        raise
    _changed(row, actor=actor, now=now)
    _follow(row, [name])


@transaction.atomic
def remove_name(alias: Alias, *, actor: str, now: datetime) -> None:
    """Take a name away again; open orders under it go back to a product of their own."""
    product = alias.product
    if not Alias.objects.filter(pk=alias.pk).delete()[0]:
        return
    _changed(product, actor=actor, now=now)
    _follow(product, [Name(alias.kind, alias.value)])


def set_names(
    product: Product, kinds: Iterable[str], names: Iterable[Name], *, now: datetime
) -> bool:
    """Let the product have these names of the kinds and no others; return whether that is news.

    Part of the caller's transaction, which records it and calls match_products_again.
    """
    wanted = {_key(name): name for name in names}
    have = {_key_of(alias): alias for alias in product.aliases.filter(kind__in=list(kinds))}
    gone = [alias.pk for key, alias in have.items() if key not in wanted]
    new = [name for key, name in wanted.items() if key not in have]
    Alias.objects.filter(pk__in=gone).delete()
    _keep(product, new, now=now)
    return bool(gone or new)


def check_name(product: Product, name: Name) -> None:
    """Raise Rejected where the name belongs to another product, or is one."""
    if name.kind == Kind.SKU and name.store is None:
        if name.value == product.sku:
            raise Rejected(OWN_NAME, code="own_name", value=name.value)
        same = Product.objects.filter(workspace_id=product.workspace_id, sku=name.value)
        if same.exists():
            raise Rejected(IS_PRODUCT, code="is_product", value=name.value)
    others = Alias.objects.filter(
        workspace_id=product.workspace_id, kind=name.kind, value=name.value, store=name.store
    ).exclude(product=product)
    other = others.select_related("product").first()
    if other:
        shown = show_gtin(name.value) if name.kind == Kind.BARCODE else name.value
        raise Rejected(TAKEN, code="name_taken_by", value=shown, sku=other.product.sku)


@transaction.atomic
def merge_products(product: Product, into: Product, *, actor: str, now: datetime) -> list[str]:
    """Let `into` stand for the product from now on; return the fields that it takes over.

    It takes what it lacks itself. The product's row stays for the orders that went, and to be
    split off again. Raises Rejected.
    """
    if product.pk == into.pk:
        raise Rejected(WITH_ITSELF, code="with_itself")
    locked = Product.objects.select_for_update(no_key=True).filter(pk__in=[product.pk, into.pk])
    rows = {row.pk: row for row in locked.order_by("pk")}
    row, target = rows[product.pk], rows[into.pk]
    for each in (row, target):
        if each.merged_into_id:
            raise Rejected(IS_MERGED, code="is_merged", sku=each.sku)
    taken = [name for name in FIELDS if _is_empty(target, name) and not _is_empty(row, name)]
    for name in taken:
        setattr(target, name, getattr(row, name))
    target.save(update_fields=taken)
    Product.objects.filter(merged_into=row).update(merged_into=target)
    Product.objects.filter(pk=row.pk).update(merged_into=target, orders_follow_to=None)
    record(
        "product.merged",
        row.workspace_id,
        actor=actor,
        now=now,
        product_id=row.pk,
        into_id=target.pk,
        fields=taken,
    )
    match_products_again(row.workspace_id)
    return taken


@transaction.atomic
def split_product(product: Product, *, actor: str, now: datetime) -> None:
    """Let a merged product stand for itself again. Raises Rejected where it does already."""
    merged = Product.objects.filter(pk=product.pk, merged_into__isnull=False)
    if not merged.update(merged_into=None):
        raise Rejected(NOT_MERGED, code="not_merged", sku=product.sku)
    record("product.split", product.workspace_id, actor=actor, now=now, product_id=product.pk)
    match_products_again(product.workspace_id)


def _is_empty(product: Product, name: str) -> bool:
    return bool(getattr(product, name) == empty_of(name))


def _few(names: list[Name]) -> list[Name]:
    _check_count(len(names))
    return names


def _check_count(count: int) -> None:
    if count > MOST_NAMES:
        raise Rejected(TOO_MANY, code="too_many_names", most=MOST_NAMES)


def _keep(product: Product, names: Iterable[Name], *, now: datetime) -> None:
    Alias.objects.bulk_create(
        Alias(
            workspace_id=product.workspace_id,
            product=product,
            store=name.store,
            kind=name.kind,
            value=name.value,
            created_at=now,
        )
        for name in names
    )


def _key(name: Name) -> tuple[str, str, str | None]:
    return (name.kind, name.value, name.store.pk if name.store else None)


def _key_of(alias: Alias) -> tuple[str, str, str | None]:
    return (alias.kind, alias.value, alias.store_id)


def _changed(product: Product, *, actor: str, now: datetime) -> None:
    record(
        "product.changed",
        product.workspace_id,
        actor=actor,
        now=now,
        product_id=product.pk,
        fields=["aliases"],
    )


def _follow(product: Product, names: Iterable[Name]) -> None:
    """Barcodes are for scanning: no line of an order is matched by them."""
    if any(name.kind != Kind.BARCODE for name in names):
        match_products_again(product.workspace_id)
