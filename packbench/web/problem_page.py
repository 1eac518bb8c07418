"""What the page of problems shows: causes with counts, the products and orders behind one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from packbench.accounts.models import Workspace
from packbench.channels.models import Store
from packbench.orders.counting import CAP
from packbench.orders.following import left_to_follow
from packbench.orders.models import Order, OrderItem
from packbench.orders.surveying import (
    BY_PRODUCT,
    Behind,
    contents_of,
    count_causes,
    page_with,
    products_behind,
)
from packbench.orders.waiving import WAIVABLE
from packbench.products.learning import offer_of
from packbench.products.models import Product
from packbench.web import saying
from packbench.web.picture_urls import image_url
from packbench.web.rows import PROBLEM_WORDS, store_code

FETCHED_AGAIN = ("missing_address", "missing_role")
HELD = ("cancel_requested",)  # may be put on hold while one asks
MOST_FOLLOWED = 20
FIELD_WORDS = {
    "hs_code": _("HS code"),
    "country_of_origin": _("Country of origin"),
    "customs_value": _("Customs value"),
}


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason why orders wait, with how many do."""

    code: str
    word: Any
    count: str
    url: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class ProductBehind:
    """A product that orders wait for. `offer` is the weight that its parcels showed."""

    product: Product
    known_by: str
    orders: int
    lacks: tuple[str, ...]
    image: str
    offer: int | None
    values: Mapping[str, str]
    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OrderBehind:
    """An order that waits, and what may be done here."""

    order: Order
    store: Store
    code: str
    items: str
    place: str
    due: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """What a form of a product could not take: values and reasons by field."""

    product_id: str
    values: Mapping[str, str]
    errors: Mapping[str, str]


NOTHING = Refused("", {}, {})


def problem_context(
    workspace: Workspace,
    stores: Sequence[Store],
    *,
    chosen: str,
    after: str = "",
    refused: Refused = NOTHING,
    now: datetime,
) -> dict[str, Any]:
    counts = count_causes(workspace)
    here = chosen if chosen in counts else next(iter(counts), "")
    shown: dict[str, Any] = {
        "causes": [_cause(code, count, here) for code, count in counts.items()],
        "here": here,
        "chosen": chosen,
        "is_mended": bool(chosen and chosen not in counts),
        "after": after,
    }
    if not here:
        return shown | following_context(workspace, stores)
    survey = products_behind(workspace, here)
    orders, next_after = page_with(workspace, here, after)
    by_id = {store.pk: store for store in stores}
    return (
        shown
        | following_context(workspace, stores)
        | {
            "survey": survey,
            "products": [_behind(row, refused) for row in survey.products],
            "orders": _order_rows(orders, by_id, now=now),
            "next_url": _url(here, next_after) if next_after else "",
            "first_url": _url(here),
            "is_by_product": here in BY_PRODUCT,
            "can_waive": here in WAIVABLE,
            "can_hold": here in HELD,
            "can_fetch": here in FETCHED_AGAIN,
        }
    )


def following_context(workspace: Workspace, stores: Iterable[Store]) -> dict[str, Any]:
    """What still takes over what was mended: products with the orders that are left, stores."""
    products = workspace.products.filter(orders_follow_to__isnull=False).order_by("sku")
    return {
        "followed": [
            (product, _count(left_to_follow(workspace, product)))
            for product in products[:MOST_FOLLOWED]
        ],
        "matched": [store for store in stores if store.products_matched_to is not None],
    }


def _cause(code: str, count: int, here: str) -> Cause:
    return Cause(code, PROBLEM_WORDS.get(code, code), _count(count), _url(code), code == here)


def _url(code: str, after: str = "") -> str:
    return f"{reverse('problems')}?cause={code}" + (f"&after={after}" if after else "")


def _count(count: int) -> str:
    """The count in the reader's own digits, with a plus where counting stopped."""
    if count <= CAP:
        return number_format(count, force_grouping=True)
    return f"{number_format(CAP, force_grouping=True)}+"


def _behind(row: Behind, refused: Refused) -> ProductBehind:
    product = row.product
    is_refused = product.pk == refused.product_id
    known = {name: str(getattr(product, name) or "") for name in FIELD_WORDS}
    return ProductBehind(
        product=product,
        known_by=product.sku,
        orders=row.orders,
        lacks=row.lacks,
        image=image_url(product.pk, product.image_version),
        offer=offer_of(product),
        values=known | dict(refused.values) if is_refused else known,
        errors=refused.errors if is_refused else {},
    )


def _order_rows(
    orders: Sequence[Order], stores: Mapping[str, Store], *, now: datetime
) -> list[OrderBehind]:
    contents = contents_of(orders)
    return [
        OrderBehind(
            order=order,
            store=stores[order.store_id],
            code=store_code(stores[order.store_id]),
            items=_items(contents.get(order.pk, [])),
            place=saying.place(
                order.ship_to_city,
                order.ship_to_state,
                order.ship_to_postal_code,
                order.ship_to_country,
            ),
            due=_due(order, now=now),
            is_late=order.ship_by_at is not None and order.ship_by_at < now,
        )
        for order in orders
    ]


def _items(items: Sequence[OrderItem]) -> str:
    """The first line in words, and how many more there are."""
    if not items:
        return ""
    first = f"{items[0].quantity} × {items[0].title or items[0].sku}"
    return f"{first} +{len(items) - 1}" if len(items) > 1 else first


def _due(order: Order, *, now: datetime) -> str:
    if order.ship_by_at is None:
        return gettext("No date")
    span = saying.span(order.ship_by_at - now)
    late = order.ship_by_at < now
    return (gettext("%(span)s late") if late else gettext("%(span)s left")) % {"span": span}
