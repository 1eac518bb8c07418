"""Sheets to work from: what the buyers of orders chose, with their texts and pictures (SEED-50).

A packing slip draws the same by `draw_customization`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from packbench.channels.customizations import Choice, Kind, Surface
from packbench.events.recording import event, record_all
from packbench.labels.papers import A4, ASCENT, GREY, Paper
from packbench.lib import fonts
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.customized import FIELD, Customized, open_customizations, open_picture
from packbench.orders.models import Order
from packbench.privacy.revealing import record_disclosure

MOST_ORDERS = 100
PREVIEW_WIDTH, PREVIEW_HEIGHT, GAP = 190.0, 230.0, 16.0
UPLOAD = (245.0, 200.0)
MOST_PREVIEWS = 3  # below each other; the others follow at the end
VALUE, CAPTION = 14.0, 8.0

NOTHING = marked("None of these orders has a customized item.")
TOO_MANY = marked("A sheet holds at most %(most)s orders. Choose fewer.")
NOT_HERE = marked("What the buyer chose is not here yet. Open the order to see why.")
ERASED = marked("What the buyer chose was erased with the buyer's data.")


@dataclass(frozen=True, slots=True)
class Sheets:
    """A PDF for the printer and the orders in it. Holds what buyers wrote."""

    content: bytes
    orders: tuple[Order, ...]

    def __repr__(self) -> str:
        return f"Sheets({len(self.orders)} orders)"


def print_customizations(
    orders: Sequence[Order], *, size: tuple[float, float] = A4, actor: str, now: datetime
) -> Sheets:
    """Draw what was chosen, order by order as given, and note who looked.

    Orders without customized items are left out. Safe to run again; nothing is stored. Raises
    Rejected where there is nothing to print.
    """
    if len(orders) > MOST_ORDERS:
        raise Rejected(TOO_MANY, code="too_many_orders", most=MOST_ORDERS)
    customized = open_customizations(orders)
    if not customized:
        raise Rejected(NOTHING, code="nothing_customized")
    shown = list(dict.fromkeys(item.order for item in customized))
    content = _drawn(shown, customized, size)
    _record(shown, customized, actor=actor, now=now)
    return Sheets(content, tuple(shown))


def draw_customization(paper: Paper, customized: Customized) -> None:
    """Draw what was chosen for one item below what is on the paper already."""
    if customized.details is None:
        is_erased = customized.order.erased_at is not None
        paper.write(gettext(ERASED if is_erased else NOT_HERE), size=11, is_bold=True)
        return
    drawn: set[int] = set()
    for surface in customized.details.surfaces:
        drawn |= _draw_surface(paper, customized, surface)
    _draw_rest(paper, customized, drawn)
    if customized.details.is_cut:
        more = gettext("There is more than fits here. Open the order in Seller Central.")
        paper.write(more, is_bold=True)


def _drawn(
    orders: Sequence[Order], customized: Sequence[Customized], size: tuple[float, float]
) -> bytes:
    with fonts.lock:
        paper = Paper(size, gettext("Customization sheet"))
        for order in orders:
            items = [each for each in customized if each.item.order_id == order.pk]
            _draw_order(paper, order, items)
        return paper.finish()


def _draw_order(paper: Paper, order: Order, items: Sequence[Customized]) -> None:
    paper.begin(order.external_id)
    paper.put_right(order.store.name, paper.y + ASCENT * 11, size=11)
    paper.write(order.external_id, width=paper.inner * 0.6, size=18, is_bold=True)
    if order.ship_by_at:
        there = order.ship_by_at.astimezone(ZoneInfo(order.store.time_zone))
        day = date_format(there, "D j M Y", use_l10n=True)
        paper.write(gettext("Ship by %(at)s") % {"at": f"{day}, {there:%H:%M}"}, color=GREY)
    paper.y += 6
    for customized in items:
        _draw_item(paper, customized)


def _draw_item(paper: Paper, customized: Customized) -> None:
    item = customized.item
    paper.need(90)
    paper.rule()
    paper.put_right(f"{item.quantity}×", paper.y + ASCENT * 18, size=18, is_bold=True)
    paper.write(item.title or item.sku, width=paper.inner - 70, size=12, is_bold=True)
    paper.write(item.sku, width=paper.inner - 70, size=9, color=GREY)
    if item.quantity > 1:
        text = ngettext(
            "%(n)s piece, made like this.", "%(n)s pieces, all made like this.", item.quantity
        )
        paper.write(text % {"n": item.quantity}, width=paper.inner - 70, size=9)
    paper.y += 8
    draw_customization(paper, customized)
    paper.y += 10


def _draw_surface(paper: Paper, customized: Customized, surface: Surface) -> set[int]:
    """The choices, with the preview to their right. Returns the pictures that were drawn."""
    drawn = [place for place in surface.previews if customized.picture(place)][:MOST_PREVIEWS]
    is_wide = paper.inner > 2 * PREVIEW_WIDTH  # text fits beside it
    paper.need(PREVIEW_HEIGHT * len(drawn) or 40)
    bottom = paper.y
    x = paper.width - paper.margin - PREVIEW_WIDTH if is_wide else paper.margin
    for place in drawn:
        box = (PREVIEW_WIDTH, PREVIEW_HEIGHT)
        bottom += _draw_picture(paper, customized, place, x, bottom, box)
    if not is_wide:
        paper.y = bottom
    width = paper.inner - (PREVIEW_WIDTH + GAP if drawn and is_wide else 0)
    if surface.name:
        paper.write(surface.name, width=width, size=10, is_bold=True, color=GREY)
        paper.y += 2
    pages = paper.pages
    for choice in surface.choices:
        _draw_choice(paper, choice, width)
    if paper.pages == pages:
        paper.y = max(paper.y, bottom)
    paper.y += 8
    return set(drawn)


def _draw_choice(paper: Paper, choice: Choice, width: float) -> None:
    paper.need(CAPTION * 2 + VALUE * 2)
    for text in _captions(choice):
        paper.write(text, width=width, size=CAPTION, color=GREY)
    value = choice.text or choice.font or ""
    if value:
        paper.write(value, width=width, size=VALUE, is_bold=choice.kind is Kind.TEXT)
    if choice.text and choice.font:
        paper.write(gettext("Font: %(font)s") % {"font": choice.font}, width=width, size=10)
    if choice.color or choice.color_name:
        _draw_color(paper, choice, width)
    paper.y += 5


def _captions(choice: Choice) -> Iterator[str]:
    words = " · ".join(filter(None, [choice.label, choice.price and f"+ {choice.price}"]))
    if words:
        yield words


def _draw_color(paper: Paper, choice: Choice, width: float) -> None:
    indent = 0.0
    if choice.color:
        paper.need(16)
        paper.swatch(choice.color, paper.margin, paper.y + 1, 12)
        indent = 18.0
    words = " ".join(filter(None, [choice.color_name, choice.color]))
    paper.write(words, x=paper.margin + indent, width=width - indent, size=11)


def _draw_rest(paper: Paper, customized: Customized, drawn: set[int]) -> None:
    """The buyer's own pictures, and those that the document does not speak of."""
    for picture in customized.pictures:
        if picture.position in drawn:
            continue
        paper.need(UPLOAD[1] + 10)
        height = _draw_picture(paper, customized, picture.position, paper.margin, paper.y, UPLOAD)
        paper.y += height + 10


def _draw_picture(
    paper: Paper,
    customized: Customized,
    place: int,
    x: float,
    top: float,
    box: tuple[float, float],
) -> float:
    row = customized.picture(place)
    content = open_picture(row, customized.order) if row else None
    return paper.picture(content, x, top, box) if content else 0.0


@transaction.atomic
def _record(
    orders: Sequence[Order], customized: Sequence[Customized], *, actor: str, now: datetime
) -> None:
    seen = {each.item.order_id for each in customized if each.details is not None}
    record_all(
        event(
            "customization.printed",
            order.workspace_id,
            actor=actor,
            now=now,
            order_id=order.pk,
            store_id=order.store_id,
        )
        for order in orders
        if order.pk in seen
    )
    record_disclosure(
        orders[0].workspace_id, sorted(seen), [FIELD], actor=actor, reason="print", now=now
    )
