"""The form of an order that is made by hand, and what it makes of an order that is here."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from packbench.channels.base import Buyer, ChannelItem, ChannelOrder, ItemNotes, OrderStatus
from packbench.channels.models import Store
from packbench.channels.tables import Field
from packbench.lib.addresses import Address
from packbench.lib.money import Money
from packbench.orders.composing import Told
from packbench.products.describing import MOST_G
from packbench.web.forms.fields import CountryField, postal_problem
from packbench.web.forms.tables import CURRENCIES
from packbench.web.saying import SERVICE_WORDS

BLANK_ROWS = 3
MOST_ROWS = 100
END_OF_DAY = time(23, 59, 59)
LEVELS = ("STANDARD", "EXPEDITED", "PRIORITY", "NEXT_DAY", "SECOND_DAY", "SAME_DAY", "SCHEDULED")
# What the form does not show stays as a file said it.
SPOKEN_OF = frozenset(Field) - {
    *(Field.STATUS, Field.PLACED_AT, Field.DELIVER_BY, Field.LINE3),
    *(Field.PURCHASE_ORDER, Field.GIFT_MESSAGE),
}
ADDRESS = ("name", "company", "line1", "line2", "postal_code", "city", "state", "country", "phone")


def _text(label: Any, most: int, *, hint: Any = "", needed: bool = False, auto: str = "off") -> Any:
    return forms.CharField(
        label=label,
        max_length=most,
        required=needed,
        help_text=hint,
        widget=forms.TextInput(attrs={"autocomplete": auto}),
    )


class OrderForm(forms.Form):
    """Who gets it, how it goes and what it is worth; the items are forms of their own."""

    store = forms.ChoiceField(label=_("Shop"))
    number = _text(
        _("Order number"), 50, hint=_("Leave it empty and it gets the next free number.")
    )
    name = _text(_("Name"), 100)
    company = _text(_("Company"), 100)
    line1 = _text(_("Street and number"), 200, needed=True)
    line2 = _text(_("Address line 2"), 200)
    postal_code = _text(_("Postal code"), 30)
    city = _text(_("City"), 120)
    state = _text(_("State or region"), 120)
    country = CountryField()
    phone = _text(_("Phone"), 40)
    email = forms.EmailField(label=_("E-mail address"), max_length=200, required=False)
    instructions = _text(_("Delivery instructions"), 300)
    ship_by = forms.DateField(
        label=_("Ship by"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Enter the day as year, month and day.")},
    )
    service_level = forms.ChoiceField(label=_("Service level"), required=False)
    weight_g = forms.IntegerField(
        label=_("Weight (g)"),
        min_value=1,
        max_value=MOST_G,
        required=False,
        help_text=_("With packaging. Empty: the sum of its products."),
        error_messages={"invalid": _("Enter the weight as a whole number of grams.")},
    )
    currency = forms.ChoiceField(label=_("Currency"), required=False)
    total = forms.DecimalField(
        label=_("Order total"),
        max_digits=12,
        decimal_places=2,
        min_value=0,
        required=False,
        help_text=_("Empty: the sum of its items."),
        widget=forms.NumberInput(attrs={"step": "0.01"}),
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, shops: Iterable[Store], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        own = {shop.pk: shop for shop in shops}
        self.shops = own
        given = str(self.initial.get("service_level", ""))
        levels = [(level, SERVICE_WORDS[level]) for level in LEVELS]
        other = [(given, given)] if given and given not in LEVELS else []
        self._choose("store", [(shop.pk, shop.name) for shop in own.values()])
        self._choose("service_level", [("", _("None")), *levels, *other])
        self._choose("currency", [("", _("The shop's")), *((code, code) for code in CURRENCIES)])

    def _choose(self, name: str, choices: list[Any]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean_number(self) -> str:
        return " ".join(str(self.cleaned_data["number"]).split())

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not (given.get("name") or given.get("company")):
            self.add_error("name", _("Enter a name or a company."))
        if given.get("country"):
            problem = postal_problem(given["country"], given.get("postal_code", ""))
            if problem:
                self.add_error("postal_code", problem)
        return given

    @property
    def shop(self) -> Store:
        return self.shops[self.cleaned_data["store"]]

    def told(self, items: "ItemForms", number: str, now: datetime) -> Told:
        """The order as it was entered."""
        given, currency = self.cleaned_data, self.cleaned_data["currency"] or self.shop.currency
        made = items.items(currency)
        total = given["total"]
        order = ChannelOrder(
            external_id=number,
            marketplace_id="",
            status=OrderStatus.AWAITING_SHIPMENT,
            remote_status="",
            created_at=now,
            updated_at=now,
            service_level=given["service_level"],
            ship_by_at=_end_of(given["ship_by"], self.shop),
            replaces=str(self.initial.get("replaces", "")),
            total=Money(total, currency) if total is not None else _sum(made, currency),
            buyer=Buyer(
                email=given["email"],
                note=given["note"].strip(),
                purchase_order_number=str(self.initial.get("purchase_order_number", "")),
            ),
            recipient=Address(
                **{name: given[name] for name in ADDRESS}, instructions=given["instructions"]
            ),
            items=made,
        )
        return Told(order, given["weight_g"], SPOKEN_OF)


class ItemForm(forms.Form):
    external_id = forms.CharField(max_length=50, required=False, widget=forms.HiddenInput())
    sku = forms.CharField(
        label=_("SKU"),
        max_length=100,
        required=False,
        widget=forms.TextInput(
            attrs={"list": "known-items", "autocomplete": "off", "class": "input"}
        ),
    )
    title = forms.CharField(
        label=_("Item"),
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "input"}),
    )
    quantity = forms.IntegerField(
        label=_("Quantity"),
        min_value=1,
        max_value=1_000_000,
        required=False,
        widget=forms.NumberInput(attrs={"class": "input"}),
    )
    price = forms.DecimalField(
        label=_("Price of one piece"),
        max_digits=12,
        decimal_places=4,
        required=False,
        widget=forms.NumberInput(attrs={"class": "input", "step": "any"}),
    )

    @property
    def is_filled(self) -> bool:
        given = self.cleaned_data
        return bool(given.get("sku") or given.get("title"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        is_named = given.get("sku") or given.get("title")
        if not is_named and (given.get("quantity") or given.get("price") is not None):
            self.add_error("sku", _("Enter the SKU or say what it is."))
        return given


class ItemForms(forms.BaseFormSet):  # type: ignore[type-arg]
    """The items of an order: blank rows are none."""

    def clean(self) -> None:
        if not any(self.errors) and not any(form.is_filled for form in self.forms):
            raise forms.ValidationError(_("Enter at least one item."))

    def items(self, currency: str) -> tuple[ChannelItem, ...]:
        """The items with an id each: those that are known keep theirs."""
        filled = [form.cleaned_data for form in self.forms if form.is_filled]
        seen = {given["external_id"] for given in filled if given["external_id"]}
        return tuple([_item(given, currency, seen) for given in filled])


def item_forms(data: Any = None, initial: list[dict[str, Any]] | None = None) -> ItemForms:
    made = forms.formset_factory(
        ItemForm, formset=ItemForms, extra=BLANK_ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS
    )
    return made(data, initial=initial or [], prefix="item")  # type: ignore[return-value]


def rows_sent(data: Any) -> list[dict[str, Any]]:
    """The rows as they were sent, to be shown again with more of them."""
    said = data.get("item-TOTAL_FORMS", "")
    count = min(int(said), MOST_ROWS) if said.isascii() and said.isdigit() and len(said) < 5 else 0
    rows = [
        {name: data.get(f"item-{place}-{name}", "") for name in ItemForm.base_fields}
        for place in range(count)
    ]
    return [row for row in rows if any(row.values())]


def initial_of(order: ChannelOrder, store: Store) -> dict[str, Any]:
    """What the form shows of an order that is here."""
    place = order.recipient or Address()
    day = (
        order.ship_by_at.astimezone(ZoneInfo(store.time_zone)).date() if order.ship_by_at else None
    )
    return {
        "store": store.pk,
        "number": order.external_id,
        **{name: getattr(place, name) for name in ADDRESS},
        "instructions": place.instructions,
        "email": order.buyer.email,
        "note": order.buyer.note,
        "purchase_order_number": order.buyer.purchase_order_number,
        "ship_by": day,
        "service_level": order.service_level,
        "currency": order.total.currency if order.total else "",
        "total": order.total.amount.quantize(Decimal("0.01")) if order.total else None,
        "replaces": order.replaces,
    }


def items_initial(order: ChannelOrder) -> list[dict[str, Any]]:
    return [
        {
            "external_id": item.external_id,
            "sku": item.sku,
            "title": item.title,
            "quantity": item.quantity,
            "price": item.unit_price.amount.normalize() + 0 if item.unit_price else None,
        }
        for item in order.items
    ]


def _item(given: dict[str, Any], currency: str, seen: set[str]) -> ChannelItem:
    price = given["price"]
    return ChannelItem(
        external_id=given["external_id"] or _free_id(given["sku"] or given["title"], seen),
        sku=given["sku"],
        title=given["title"],
        quantity=given["quantity"] or 1,
        unit_price=Money(price, currency) if price is not None else None,
        notes=ItemNotes(),
    )


def _free_id(name: str, seen: set[str]) -> str:
    """As files name their items: by SKU or title, so that a file may follow."""
    base = name[:40]
    tries = (base, *(f"{base} #{number}" for number in range(2, MOST_ROWS + 2)))
    found = next(each for each in tries if each not in seen)
    seen.add(found)
    return found


def _end_of(day: Any, store: Store) -> datetime | None:
    if day is None:
        return None
    there = datetime.combine(day, END_OF_DAY, tzinfo=ZoneInfo(store.time_zone))
    return there.astimezone(UTC)


def _sum(items: Iterable[ChannelItem], currency: str) -> Money | None:
    prices = [item.unit_price.amount * item.quantity for item in items if item.unit_price]
    return Money(sum(prices, Decimal()), currency) if prices else None


def tomorrow(now: datetime, store: Store) -> Any:
    """The day that a new order is to be shipped by, unless somebody says otherwise."""
    return now.astimezone(ZoneInfo(store.time_zone)).date() + timedelta(days=1)
