"""What the page of an order shows of its customized items."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from packbench.accounts.models import Member
from packbench.channels.customizations import LEFT_OUT, Choice, Surface
from packbench.orders.customizations import CustomPicture
from packbench.orders.customized import FIELD, Customized, open_customizations
from packbench.orders.models import Order, OrderItem
from packbench.privacy.redacting import redacted
from packbench.privacy.revealing import record_disclosure, reveal

MOST_TEXT = 600  # more is folded


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture of ours, at its guarded address."""

    url: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ShownChoice:
    """One choice and its picture, if it is one."""

    choice: Choice
    picture: ShownPicture | None

    @property
    def is_long(self) -> bool:
        return len(self.choice.text) > MOST_TEXT


@dataclass(frozen=True, slots=True)
class ShownSurface:
    name: str
    previews: list[ShownPicture]
    choices: list[ShownChoice]


@dataclass(frozen=True, slots=True)
class ShownCustomization:
    """The customization of an item: what is known, and how far fetching it has come."""

    item_id: str
    state: str
    problem: Any
    is_here: bool
    surfaces: list[ShownSurface]
    others: list[ShownPicture]
    notes: list[str]
    can_fetch: bool

    @property
    def is_waiting(self) -> bool:
        return self.state == "waiting"

    @property
    def is_soon_here(self) -> bool:
        """Whether the page may wait for it: it was never refused yet."""
        return self.is_waiting and self.problem is None


def shown_customizations(order: Order) -> dict[str, ShownCustomization]:
    """What was chosen for the items of an order, by item; the caller records the look."""
    if not order.is_customized:
        return {}
    return {each.item.pk: _shown(order, each) for each in open_customizations([order])}


def hidden_customizations(order: Order) -> dict[str, ShownCustomization]:
    """Only how far fetching has come, for those who may not see what buyers wrote."""
    if not order.is_customized:
        return {}
    return {each.item.pk: _bare(each) for each in open_customizations([order])}


def item_context(order: Order, item: OrderItem, member: Member, *, now: datetime) -> dict[str, Any]:
    """The part of the page that is about one item's customization, on the record."""
    is_shown = member.can_see_buyers and order.erased_at is None
    found = (shown_customizations if is_shown else hidden_customizations)(order)
    custom = found.get(item.pk)
    if custom and custom.is_here:
        record_disclosure(
            order.workspace_id, [order.pk], [FIELD], actor=member.person_id, reason="order", now=now
        )
    return {
        "order": order,
        "item": item,
        "custom": custom,
        "notes": reveal(item, "notes", order.key) if is_shown else None,
        "is_redacted": order.erased_at is not None,
        "redacted": redacted(),
    }


def _shown(order: Order, each: Customized) -> ShownCustomization:
    bare = _bare(each)
    if each.details is None:
        return bare
    at = {row.position: _picture(order, row) for row in each.pictures}
    spoken = {place for surface in each.details.surfaces for place in _places(surface)}
    return ShownCustomization(
        item_id=bare.item_id,
        state=bare.state,
        problem=bare.problem,
        is_here=True,
        surfaces=[_surface(surface, at) for surface in each.details.surfaces],
        others=[picture for place, picture in at.items() if place not in spoken],
        notes=_notes(each),
        can_fetch=bare.can_fetch,
    )


def _bare(each: Customized) -> ShownCustomization:
    state = each.row.state if each.row else "none"
    problem = each.row.problem if each.row else None
    can_fetch = state != "waiting" or problem is not None
    is_gone = each.order.erased_at is not None
    return ShownCustomization(
        each.item.pk, state, problem, False, [], [], [], can_fetch and not is_gone
    )


def _surface(surface: Surface, at: dict[int, ShownPicture]) -> ShownSurface:
    return ShownSurface(
        surface.name,
        [at[place] for place in surface.previews if place in at],
        [
            ShownChoice(choice, at.get(choice.picture) if choice.picture is not None else None)
            for choice in surface.choices
        ],
    )


def _places(surface: Surface) -> set[int]:
    chosen = {choice.picture for choice in surface.choices if choice.picture is not None}
    return chosen | set(surface.previews)


def _picture(order: Order, row: CustomPicture) -> ShownPicture:
    return ShownPicture(reverse("custom_picture", args=[order.pk, row.pk]), row.width, row.height)


def _notes(each: Customized) -> list[str]:
    details = each.details
    left_out = dict.fromkeys(details.left_out) if details else {}
    notes = [gettext(LEFT_OUT[code]) for code in left_out if code in LEFT_OUT]
    if details and details.is_cut:
        notes.append(gettext("There is more than is shown here. Open the order in Seller Central."))
    return notes
