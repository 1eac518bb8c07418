"""Slips and gift cards: papers that go into the parcel, in the language of where it goes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext

from packbench.carriers.models import Warehouse
from packbench.channels.models import Store
from packbench.labels.drawing import Material, draw_blocks
from packbench.labels.models import Kind, StorePapers
from packbench.labels.papers import A4, LETTER, MARGIN, Paper
from packbench.labels.sheets import SHEETS
from packbench.labels.slip_values import (
    Packed,
    gift_messages,
    language_of,
    samples,
    values_of,
)
from packbench.labels.templating import BrokenTemplate, fill_template
from packbench.lib import fonts
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.customized import Customized, open_customizations
from packbench.orders.models import Order
from packbench.shipments.models import Shipment, ShipmentItem

TEMPLATES = Path(__file__).parent / "templates/labels"
SIZES = {"a4": A4, "letter": LETTER, "4x6in": SHEETS["4x6in"].size, "a6": SHEETS["a6"].size}
SMALL = frozenset({"4x6in", "a6"})
SMALL_MARGIN, SMALL_SCALE = 12.0, 0.8

ERASED = marked(
    "The buyer's data of order %(number)s was erased: its papers cannot be printed any more."
)
AT_ORDER = marked("%(store)s: %(why)s Change the template in Settings › Documents, or reset it.")


class PageRange(NamedTuple):
    """Pages of one paper, counted from 0."""

    first: int
    length: int


@dataclass(slots=True)
class Slips:
    """Slips of many parcels as one document, and which pages belong to whom. Holds buyers' data."""

    content: bytes = b""
    pages: dict[tuple[str, str], PageRange] = field(default_factory=dict)  # (shipment, kind)

    def __repr__(self) -> str:
        return f"Slips({len(self.pages)})"


def pack(shipments: Sequence[Shipment]) -> list[Packed]:
    """Return the parcels with what is in them, in the order given."""
    rows = (
        ShipmentItem.objects.filter(shipment__in=shipments)
        .select_related("order_item__product", "order_item__order__key__parent")
        .select_related("order_item__order__store")
        .defer("order_item__order__store__brand_logo")
        .order_by("order_item__order", "order_item__position", "pk")
    )
    items: dict[str, list[ShipmentItem]] = {}
    for row in rows:
        items.setdefault(row.shipment_id, []).append(row)
    return [_packed(shipment, items.get(shipment.pk, [])) for shipment in shipments]


def pack_orders(orders: Sequence[Order], *, warehouse: Warehouse | None) -> list[Packed]:
    """Return the parcels of these orders, in their order; of what has none yet, all that is left.

    Without a warehouse only orders with a shipment are packed.
    """
    ids = [order.pk for order in orders]
    rows = Shipment.objects.of_orders(ids).live().with_order().order_by("created_at", "pk")
    planned: dict[str, list[Packed]] = {}
    for packed in pack(list(rows)):
        for order in packed.orders:
            planned.setdefault(order.pk, []).append(packed)
    found: dict[str, Packed] = {}
    for order in orders:
        unplanned = [_unplanned(order, warehouse)] if warehouse else []
        for packed in planned.get(order.pk, unplanned):
            found.setdefault(packed.shipment.pk, packed)
    return list(found.values())


def _unplanned(order: Order, warehouse: Warehouse) -> Packed:
    """A parcel with all of the order, which nobody planned yet; it is not saved."""
    shipment = Shipment(
        workspace_id=order.workspace_id,
        order=order,
        warehouse=warehouse,
        weight_g=order.weight_g or 0,
        created_at=order.imported_at,
    )
    items = []
    for line in order.items.all():
        line.order = order
        left = line.quantity - line.quantity_told - line.quantity_elsewhere
        if left > 0:
            items.append(ShipmentItem(shipment=shipment, order_item=line, quantity=left))
    return Packed(shipment, tuple(items), (order,))


def draw_slips(
    parcels: Iterable[Packed], kinds: Sequence[str], settings: dict[str, StorePapers], *, paper: str
) -> Slips:
    """Draw the slips and gift cards of the parcels on that paper, those that their stores have.

    Raises Rejected naming the order that was erased, and the store whose template is broken.
    """
    wanted = [kind for kind in (Kind.SLIP, Kind.GIFT_CARD) if kind in kinds]
    drawn = Slips()
    with fonts.lock:
        sheet = new_paper(paper, gettext("Packing slips"))
        for packed in parcels:
            of_store = settings[packed.order.store_id]
            customized = _customized(packed)
            for kind in wanted:
                if is_due(packed, kind, of_store):
                    first = sheet.pages
                    _draw(sheet, packed, kind, of_store, customized)
                    place = PageRange(first, sheet.pages - first)
                    drawn.pages[packed.shipment.pk, kind.value] = place
        if drawn.pages:
            drawn.content = sheet.finish()
    return drawn


def is_due(packed: Packed, kind: str, settings: StorePapers) -> bool:
    """Whether the parcel gets such a paper."""
    if kind == Kind.SLIP:
        return settings.has_slips
    is_gift = any(item.order_item.is_gift for item in packed.items)
    return settings.has_gift_cards and is_gift and bool(gift_messages(packed))


def draw_sample(store: Store, kind: str, template: str, *, paper: str, language: str) -> bytes:
    """Draw the template with an order that never was. Raises BrokenTemplate."""
    blocks = fill_template(template, samples(language), language=language)
    with fonts.lock:
        sheet = new_paper(paper, gettext("Sample"))
        draw_blocks(sheet, blocks, Material("402-0000001-0000001", _pictures(store)))
        return sheet.finish()


def template_of(settings: StorePapers, kind: str) -> str:
    """The store's own template, else ours."""
    own = settings.slip_template if kind == Kind.SLIP else settings.card_template
    return own or our_template(kind)


@cache
def our_template(kind: str) -> str:
    return (TEMPLATES / f"{Kind(kind).value}.html").read_text()


def new_paper(paper: str, title: str) -> Paper:
    """An empty paper of that size, with type that suits it."""
    if paper in SMALL:
        return Paper(SIZES[paper], title, margin=SMALL_MARGIN, scale=SMALL_SCALE)
    return Paper(SIZES[paper], title, margin=MARGIN)


def _packed(shipment: Shipment, items: Sequence[ShipmentItem]) -> Packed:
    orders: dict[str, Order] = {shipment.order_id: shipment.order}
    for item in items:
        if item.order_item.order_id == shipment.order_id:
            item.order_item.order = shipment.order
        orders.setdefault(item.order_item.order_id, item.order_item.order)
    return Packed(shipment, tuple(items), tuple(orders.values()))


def _draw(
    sheet: Paper,
    packed: Packed,
    kind: Kind,
    settings: StorePapers,
    customized: Sequence[Customized],
) -> None:
    order = packed.order
    if any(each.erased_at is not None for each in packed.orders):
        raise Rejected(ERASED, code="erased", number=order.external_id)
    language = language_of(order.ship_to_country)
    values = values_of(packed, shows_prices=settings.shows_prices, language=language)
    try:
        blocks = fill_template(template_of(settings, kind), values, language=language)
    except BrokenTemplate as error:
        raise Rejected(
            AT_ORDER, code="template_broken", store=order.store.name, why=str(error.sentence)
        ) from None
    draw_blocks(sheet, blocks, Material(order.external_id, _pictures(order.store), customized))


def _customized(packed: Packed) -> list[Customized]:
    """What was chosen for the items of the parcel alone."""
    lines = {item.order_item_id for item in packed.items if item.order_item.is_customized}
    if not lines:
        return []
    return [each for each in open_customizations(packed.orders) if each.item.pk in lines]


def _pictures(store: Store) -> dict[str, bytes]:
    return {"logo": bytes(store.brand_logo)} if store.brand_logo else {}
