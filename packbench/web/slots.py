"""The custom fields of orders as people see them: which are shown, under which words (SEED-39)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext

from packbench.accounts.models import Member
from packbench.channels.models import Store
from packbench.orders.models import Order
from packbench.orders.slotting import BUSINESS, SLOT_FIELDS
from packbench.privacy.redacting import redacted
from packbench.web.saying import service_word

Source = Store.CustomField
OF_BUYER = frozenset({Source.PURCHASE_ORDER_NUMBER})  # sealed with the buyer elsewhere
SOURCES: dict[str, Source] = {source.value: source for source in Source}


@dataclass(frozen=True, slots=True)
class Column:
    """A custom field that some store uses; `sources` are what fills it, by the store's id."""

    field: str
    word: str
    sources: Mapping[str, str]

    def value(self, order: Order) -> str:
        """What the order has there, in the reader's language; nothing where its store has none."""
        source = self.sources.get(order.store_id, "")
        if source in OF_BUYER and order.erased_at and order.is_business:
            return redacted()
        return say_slot(getattr(order, self.field), source) if source else ""


def slot_columns(stores: Iterable[Store], member: Member) -> list[Column]:
    """The custom fields that these stores use and that the member may see."""
    shown = list(stores)
    columns = []
    for place, field in enumerate(SLOT_FIELDS):
        by_store = {store.pk: store.slots[place] for store in shown}
        sources = {pk: source for pk, source in by_store.items() if _may_see(member, source)}
        if sources:
            words = dict.fromkeys(str(SOURCES[source].label) for source in sources.values())
            columns.append(Column(field, " / ".join(words), sources))
    return columns


def say_slot(value: str, source: str) -> str:
    if source == Source.SERVICE_LEVEL:
        return service_word(value)
    if source == Source.BUSINESS_ORDER and value == BUSINESS:
        return gettext("Business")
    return value


def _may_see(member: Member, source: str) -> bool:
    return bool(source) and (member.can_see_buyers or source not in OF_BUYER)
