"""The columns of the grid: which there are, which a person sees, and what the plain ones say."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from packbench.accounts.models import Member
from packbench.channels.base import Buyer
from packbench.channels.models import Store
from packbench.lib.addresses import Address
from packbench.orders.models import Order
from packbench.orders.slotting import SLOT_FIELDS
from packbench.orders.standing import PROBLEMS
from packbench.privacy.redacting import redacted
from packbench.shipments.listing import Listed
from packbench.web import saying
from packbench.web.slots import slot_columns

FIRST = "order"  # the link to the order and its box stand here: it cannot be taken away
MOST = 16
# Pixels that a column needs at least, and the steps that the style sheet knows, in hundreds.
WIDTHS = {FIRST: 220, "due": 124, "item": 240, "to": 190, "weight": 92, "price": 92, "state": 186}
PLAIN_WIDTH = 120
NARROWEST, WIDEST = 8, 27


@dataclass(frozen=True, slots=True)
class Shown:
    """What a plain column may speak of. `place` and `buyer` are None where they are not shown.

    `names` are those of tags and people by their ids, where NAMED columns are shown.
    """

    listed: Listed
    store: Store
    place: Address | None
    buyer: Buyer | None
    names: Mapping[str, str]

    @property
    def order(self) -> Order:
        return self.listed.order


@dataclass(frozen=True, slots=True)
class Column:
    """A column. Without `say` the grid draws it in its own way.

    `discloses` names what it shows of a buyer: only for those who may see it, and on record.
    """

    key: str
    word: Any
    say: Callable[[Shown], str] | None = None
    discloses: str = ""

    @property
    def is_plain(self) -> bool:
        return self.say is not None


def _day(name: str) -> Callable[[Shown], str]:
    def say(shown: Shown) -> str:
        at: datetime | None = getattr(shown.order, name)
        there = ZoneInfo(shown.store.time_zone)
        return date_format(at.astimezone(there), "SHORT_DATETIME_FORMAT") if at else ""

    return say


def _of_order(name: str) -> Callable[[Shown], str]:
    return lambda shown: str(getattr(shown.order, name) or "")


def _of_items(place: int) -> Callable[[Shown], str]:
    """What the items have there, each once."""

    def say(shown: Shown) -> str:
        said = (str(item[place]) for item in shown.listed.items if item[place])
        return ", ".join(dict.fromkeys(said))

    return say


def _item_weights(shown: Shown) -> str:
    grams = (
        item[6] or (item[7] if shown.store.has_weights else None) for item in shown.listed.items
    )
    return ", ".join(saying.weight(each) or "–" for each in grams)


def _gift(shown: Shown) -> str:
    return gettext("Gift") if shown.order.is_gift else ""


def _problems(shown: Shown) -> str:
    return " ".join(gettext(PROBLEMS.get(code, code)) for code in shown.order.problems)


def _options(shown: Shown) -> str:
    return gettext("Amazon Custom") if shown.order.is_customized else ""


def _tags(shown: Shown) -> str:
    names = (shown.names.get(tag, "") for tag in shown.order.tags)
    return ", ".join(sorted(filter(None, names)))


def _discount(shown: Shown) -> str:
    off = shown.order.discount
    return saying.money(off.amount, off.currency) if off else ""


def _notes(shown: Shown) -> str:
    count = shown.order.note_count
    return ngettext("%(n)s note", "%(n)s notes", count) % {"n": count} if count else ""


def _of_buyer(name: str) -> Callable[[Shown], str]:
    def say(shown: Shown) -> str:
        if shown.order.erased_at:
            return redacted()
        return str(getattr(shown.buyer, name)) if shown.buyer else ""

    return say


def _of_place(name: str) -> Callable[[Shown], str]:
    def say(shown: Shown) -> str:
        if shown.order.erased_at:
            return redacted()
        return str(getattr(shown.place, name)) if shown.place else ""

    return say


DRAWN = (
    Column(FIRST, _("Order")),
    Column("due", _("Ship by")),
    Column("item", _("Items")),
    Column("to", _("Ship to")),
    Column("weight", _("Weight")),
    Column("price", _("Price")),
    Column("state", _("State")),
)
PLAIN = (
    Column("store", _("Store"), lambda shown: shown.store.name),
    Column("status", _("Status"), lambda shown: str(shown.order.get_status_display())),
    Column("remote_status", _("Status at Amazon"), _of_order("remote_status")),
    Column("service", _("Service"), lambda shown: saying.service_word(shown.order.service_level)),
    Column("quantity", _("Pieces"), _of_order("quantity")),
    Column("sku", _("SKUs"), _of_items(1)),
    Column("bin", _("Storage bin"), _of_items(5)),
    Column("item_weight", _("Weight of the items"), _item_weights),
    Column("options", _("Customization"), _options),
    Column("gift", _("Gift"), _gift),
    Column("tags", _("Tags"), _tags),
    Column(
        "assignee",
        _("In charge"),
        lambda shown: shown.names.get(shown.order.assignee_id or "", ""),
    ),
    Column("notes", _("Internal notes"), _notes),
    Column("payment", _("Payment"), lambda shown: ", ".join(shown.order.payment_methods)),
    Column("discount", _("Discount"), _discount),
    Column("problems", _("Problems"), _problems),
    Column("hold", _("Reason of the hold"), _of_order("hold_reason")),
    Column("seller_number", _("Your number"), _of_order("seller_order_id")),
    Column("placed", _("Placed"), _day("placed_at")),
    Column("imported", _("Imported"), _day("imported_at")),
    Column("ship_by", _("Ship-by date"), _day("ship_by_at")),
    Column("deliver_by", _("Deliver by"), _day("deliver_by_at")),
    Column("city", _("City"), _of_order("ship_to_city")),
    Column("state_of", _("State or region"), _of_order("ship_to_state")),
    Column("postal_code", _("Postal code"), _of_order("ship_to_postal_code")),
    Column("country", _("Country"), _of_order("ship_to_country")),
    Column("buyer", _("Buyer"), _of_buyer("name"), "buyer.name"),
    Column("email", _("E-mail of the buyer"), _of_buyer("email"), "buyer.email"),
    Column("company", _("Company"), _of_place("company"), "recipient.company"),
    Column("phone", _("Phone"), _of_place("phone"), "recipient.phone"),
    Column(
        "instructions", _("Notes of the buyer"), _of_place("instructions"), "recipient.instructions"
    ),
)
NAMED = {"tags", "assignee"}  # they say names of other tables
DEFAULT = (FIRST, "due", "item", "to", "weight", "price", *SLOT_FIELDS, "state")


def all_columns(stores: Iterable[Store], member: Member) -> dict[str, Column]:
    """Every column that there is for this member and these stores, by its key."""
    slots = [
        Column(slot.field, slot.word, lambda shown, slot=slot: slot.value(shown.order))  # type: ignore[misc]
        for slot in slot_columns(stores, member)
    ]
    known = {column.key: column for column in (*DRAWN, *PLAIN, *slots)}
    return {
        key: column
        for key, column in known.items()
        if not column.discloses or member.can_see_buyers
    }


def columns_of(wanted: Sequence[str], known: dict[str, Column]) -> list[Column]:
    """The wanted columns in their order, the order's own first; none wanted: the usual ones."""
    keys = list(dict.fromkeys([FIRST, *(wanted or DEFAULT)]))[:MOST]
    return [known[key] for key in keys if key in known]


def table_class(columns: Sequence[Column], *, is_chosen: bool) -> str:
    """The classes that give a table room for its columns: of custom fields, or of chosen ones."""
    plain = sum(column.is_plain for column in columns)
    if not is_chosen:
        return f"slots-{plain}" if plain else ""
    pixels = sum(WIDTHS.get(column.key, PLAIN_WIDTH) for column in columns)
    return f"chosen wide-{min(max(-(-pixels // 100), NARROWEST), WIDEST)}"


def cleaned(keys: Iterable[str]) -> list[str]:
    """What a person chose, of columns that exist; theirs and their stores' may be others later."""
    exist = {column.key for column in (*DRAWN, *PLAIN)} | set(SLOT_FIELDS)
    return [key for key in dict.fromkeys([FIRST, *keys]) if key in exist][:MOST]
