"""What a person chose to see of the orders, as the address of the grid holds it."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Self
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from packbench.orders.models import WORK, Status

LONGEST = 60  # letters of a text in an address
MOST_CHOSEN = 40  # values of one filter
HEAVIEST_G = 9_999_999
FIRST_YEAR, LAST_YEAR = 1999, 2200


@dataclass(frozen=True, slots=True)
class Tab:
    """One stage of the work. No statuses: all of them."""

    key: str
    word: Any
    statuses: tuple[str, ...] = ()
    sort: str = "newest"


@dataclass(frozen=True, slots=True)
class Sort:
    """A column to sort by. Its index decides in which direction ids break a tie."""

    word: Any
    column: str
    is_descending: bool = False
    are_ids_descending: bool = False

    @property
    def order(self) -> tuple[str, str]:
        return (
            f"-{self.column}" if self.is_descending else self.column,
            "-pk" if self.are_ids_descending else "pk",
        )


TABS = {
    tab.key: tab
    for tab in (
        Tab("awaiting", _("Awaiting shipment"), WORK, "due"),
        Tab("hold", _("On hold"), (Status.ON_HOLD,), "due"),
        Tab("problems", _("Problems"), WORK, "due"),
        Tab("shipped", _("Shipped"), (Status.SHIPPED,)),
        Tab("cancelled", _("Cancelled"), (Status.CANCELLED,)),
        Tab("all", _("All")),
    )
}
DUE = {
    "overdue": _("Overdue"),
    "risk": _("Late risk"),
    "today": _("Ship today"),
    "soon": _("Next 24 hours"),
}
MARKS: dict[str, tuple[Any, str, Q]] = {
    "prime": (_("Prime"), "prime", Q(programs__contains=["PRIME"])),
    "business": (_("Business"), "business", Q(programs__contains=["AMAZON_BUSINESS"])),
    "gift": (_("Gift"), "gift", Q(is_gift=True)),
    "custom": (_("Custom"), "custom", Q(is_customized=True)),
}
LABELS = {"none": _("No label"), "labeled": _("Has a label"), "unprinted": _("Not printed")}
SORTS = {
    "due": Sort(_("Ship by"), "due_at"),
    "due_last": Sort(_("Ship by, last first"), "due_at", True, True),
    "newest": Sort(_("Newest"), "placed_at", True),
    "oldest": Sort(_("Oldest"), "placed_at", False, True),
    "number": Sort(_("Order number"), "external_id"),
}
SHOWN_SORTS = ("due", "newest")  # at a click; the others in the menu of filters
KNOWN: dict[str, Iterable[str]] = {
    "tab": TABS,
    "due": DUE,
    "mark": MARKS,
    "label": LABELS,
    "sort": SORTS,
    "status": Status.values,
}
DAYS = ("placed_from", "placed_to", "due_from", "due_to")
GRAMS = ("weight_from", "weight_to")
# Filters of the menu, which together count as one number beside it.
IN_MENU = (
    "country",
    "service",
    "status",
    "tag",
    "assignee",
    "sku",
    *GRAMS,
    *DAYS,
    "custom_field1",
    "custom_field2",
    "custom_field3",
)
NOT_NARROWING = ("tab", "sort", "after", "view")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose to see. Unknown words in an address are taken for none.

    `q` is a text that names nobody, `s` the id of one that may; tuples hold one or more values,
    of which an order has any.
    """

    tab: str = "awaiting"
    q: str = ""
    s: str = ""
    view: str = ""
    store: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    mark: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    assignee: tuple[str, ...] = ()
    due: str = ""
    label: str = ""
    sku: str = ""
    weight_from: str = ""
    weight_to: str = ""
    placed_from: str = ""
    placed_to: str = ""
    due_from: str = ""
    due_to: str = ""
    custom_field1: str = ""
    custom_field2: str = ""
    custom_field3: str = ""
    sort: str = ""
    after: str = ""

    @classmethod
    def read(cls, params: QueryDict) -> Self:
        chosen: dict[str, Any] = {}
        for field in fields(cls):
            values = [value for given in params.getlist(field.name) if (value := _plain(given))]
            values = [value for value in values if _is_known(field.name, value)]
            if values:
                is_many = isinstance(field.default, tuple)
                chosen[field.name] = (
                    tuple(dict.fromkeys(values))[:MOST_CHOSEN] if is_many else values[-1]
                )
        return cls(**chosen)

    @property
    def sorted_by(self) -> Sort:
        return SORTS[self.sort_key]

    @property
    def sort_key(self) -> str:
        return self.sort or TABS[self.tab].sort

    @property
    def is_narrowed(self) -> bool:
        return any(
            getattr(self, field.name) != field.default
            for field in fields(self)
            if field.name not in NOT_NARROWING
        )

    @property
    def in_menu(self) -> int:
        """How many filters of the menu are set; a range from and to is one."""
        set_ones = {
            name.removesuffix("_to").removesuffix("_from")
            for name in IN_MENU
            if getattr(self, name)
        }
        return len(set_ones)

    def url(self, **changes: Any) -> str:
        """The address of the same choice with something changed, at its first page."""
        query = self.query(**changes)
        return f"{reverse('orders')}?{query}" if query else reverse("orders")

    def query(self, **changes: Any) -> str:
        chosen = replace(self, **{"after": "", **changes})
        words = {
            field.name: getattr(chosen, field.name)
            for field in fields(chosen)
            if getattr(chosen, field.name) not in ("", field.default)
        }
        return urlencode(words, doseq=True)

    def toggled(self, name: str, value: str) -> str:
        """The address with one value of a filter of several put in or taken out."""
        chosen: tuple[str, ...] = getattr(self, name)
        others = tuple(each for each in chosen if each != value)
        return self.url(**{name: others if value in chosen else (*chosen, value)})


def _plain(text: str) -> str:
    return text.replace("\x00", "").strip()[:LONGEST]


def _is_known(name: str, value: str) -> bool:
    if name in KNOWN:
        return value in KNOWN[name]
    if name in DAYS:
        return _is_day(value)
    if name in GRAMS:
        return value.isascii() and value.isdecimal() and int(value) <= HEAVIEST_G
    return True


def _is_day(text: str) -> bool:
    try:
        return FIRST_YEAR < date.fromisoformat(text).year < LAST_YEAR
    except ValueError:
        return False
