"""Opening what buyers chose: for pages, papers and files. Whoever shows it records the look."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch

from packbench.channels.customizations import Details
from packbench.orders.customizations import Customization, CustomPicture
from packbench.orders.models import Order, OrderItem
from packbench.privacy.revealing import reveal

FIELD = "customization"  # as it is recorded in a Disclosure
WITHOUT_CONTENT = CustomPicture.objects.defer("content").order_by("position")


@dataclass(frozen=True, slots=True)
class Customized:
    """One item and what was chosen for it; `details` is None where it is not here."""

    item: OrderItem
    row: Customization | None
    details: Details | None
    pictures: tuple[CustomPicture, ...] = ()

    @property
    def order(self) -> Order:
        return self.item.order

    def picture(self, position: int | None) -> CustomPicture | None:
        """The row of a picture that the details count by its place, without its content."""
        found = (row for row in self.pictures if row.position == position)
        return next(found, None)

    def __repr__(self) -> str:
        return f"Customized({self.item.pk})"


def open_customizations(orders: Iterable[Order]) -> list[Customized]:
    """Return the customized items of these orders, opened, in the order given.

    Pictures come without their contents: `open_picture` opens one.
    """
    wanted = list(orders)
    places = {order.pk: place for place, order in enumerate(wanted)}
    items = (
        OrderItem.objects.filter(order__in=wanted, is_customized=True)
        .select_related("order__store", "order__key__parent", "product", "customization")
        .prefetch_related(Prefetch("customization__pictures", WITHOUT_CONTENT))
    )
    rows = sorted(items, key=lambda item: (places[item.order_id], item.position, item.pk))
    return [_opened(item) for item in rows]


def open_picture(picture: CustomPicture, order: Order) -> bytes | None:
    """The WebP of a picture; None where the buyer's data was erased."""
    content: bytes | None = reveal(picture, "content", order.key)
    return content


def _opened(item: OrderItem) -> Customized:
    row: Customization | None = getattr(item, "customization", None)
    if row is None or item.order.erased_at is not None:
        return Customized(item, row, None)
    details: Details | None = reveal(row, "details", item.order.key)
    return Customized(item, row, details, tuple(row.pictures.all()) if details else ())
