"""Forms of one store and its files: each part of its settings is a form of its own (SEED-22)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from packbench.channels.branding import COLORS, MOST_BYTES, TOO_LARGE, logo_of
from packbench.channels.models import SLOTS, Store
from packbench.channels.settling import (
    MOST_HISTORY_DAYS,
    MOST_HOURS,
    AddressSettings,
    Brand,
    Notifying,
    OrderSettings,
    ProductSettings,
    StoreSettings,
    Telling,
)
from packbench.lib.errors import Rejected
from packbench.lib.postal.findings import Check
from packbench.lib.postal.romanizing import NOT_INSTALLED, can_romanize
from packbench.web.forms.fields import UploadField
from packbench.web.saying import say

Source = Store.CustomField
Feedback = Store.Feedback
# The columns that reports of Seller Central do not have.
NOT_IN_FILES = (Source.SELLER_ORDER_ID,)
COLOR_CHOICES = [("", _("None")), *((color, word) for color, (_name, word) in COLORS.items())]


CHECK_WORDS: dict[Check, Any] = {
    Check.PARTS: _("A part is missing: name, street, city, state or postal code"),
    Check.POSTAL_CODE: _("The postal code does not fit its country, state or city"),
    Check.STATE: _("The country has no such state"),
    Check.HOUSE_NUMBER: _("The house number seems to be missing"),
    Check.POST_NUMBER: _("A Packstation without the recipient's post number"),
    Check.PO_BOX: _("A PO box"),
    Check.PICKUP: _("A Packstation, parcel locker or pickup point"),
    Check.MILITARY: _("A military address"),
    Check.REMOTE: _("Territories, islands and remote areas"),
    Check.PHONE: _("No phone number, or one that does not exist"),
    Check.CHARACTERS: _("Other than Latin letters, or characters that nobody sees"),
    Check.LENGTH: _("Lines of more than 35 characters"),
}


class StoreSettingsForm(forms.Form):
    """One part of a store's settings: what it shows at first, and what is to be saved."""

    at_refusal: dict[str, str] = {}  # the field that a refusal's code is about

    def __init__(self, store: Store, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "initial": self.initial_of(store)})
        self.store = store

    @staticmethod
    def initial_of(store: Store) -> dict[str, Any]:
        raise NotImplementedError

    def settings(self) -> StoreSettings:
        raise NotImplementedError

    def refuse(self, error: Rejected) -> None:
        """Show why the settings were not taken, beside the field."""
        self.add_error(self.at_refusal.get(error.code), say(error.sentence))


class BrandForm(StoreSettingsForm):
    at_refusal = {"name_taken": "name"}

    name = forms.CharField(
        label=_("Store name"), max_length=60, help_text=_("What you call it here, on every page.")
    )
    brand_name = forms.CharField(
        label=_("Brand name"), max_length=80, required=False, help_text=_("What buyers know.")
    )
    brand_email = forms.EmailField(
        label=_("Sender of e-mails"),
        max_length=254,
        required=False,
        help_text=_("The address that buyers know you by, such as returns@example.com."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    brand_color = forms.ChoiceField(
        label=_("Color"), choices=COLOR_CHOICES, required=False, widget=forms.RadioSelect
    )
    logo = forms.FileField(
        label=_("Logo"),
        required=False,
        allow_empty_file=True,
        help_text=_("PNG, JPEG or WebP up to 2 MB. It is made to fit into 600 × 200."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    removes_logo = forms.BooleanField(label=_("Remove the logo"), required=False)

    @staticmethod
    def initial_of(store: Store) -> dict[str, Any]:
        return {
            "name": store.name,
            "brand_name": store.brand_name,
            "brand_email": store.brand_email,
            "brand_color": store.brand_color,
        }

    def clean_logo(self) -> bytes | None:
        """The logo as it is kept, or None where no file was chosen."""
        file = self.cleaned_data["logo"]
        if not file:
            return None
        if file.size > MOST_BYTES:
            raise forms.ValidationError(say({"text": TOO_LARGE}))
        try:
            return logo_of(file.read())
        except Rejected as error:
            raise forms.ValidationError(say(error.sentence)) from None

    def settings(self) -> Brand:
        given = self.cleaned_data
        kept = None if given["removes_logo"] else self.store.brand_logo
        return Brand(
            name=given["name"],
            brand_name=given["brand_name"],
            brand_color=given["brand_color"],
            brand_email=given["brand_email"],
            brand_logo=given["logo"] or (bytes(kept) if kept else None),
        )


class NotificationsForm(StoreSettingsForm):
    notifications = forms.MultipleChoiceField(
        label=_("E-mail the owners when"),
        choices=Store.Notification.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    @staticmethod
    def initial_of(store: Store) -> dict[str, Any]:
        return {"notifications": store.notifications}

    def settings(self) -> Notifying:
        wanted = self.cleaned_data["notifications"]
        return Notifying([each for each in Store.Notification.values if each in wanted])


class ProductsForm(StoreSettingsForm):
    product_identifier = forms.ChoiceField(
        label=_("Products are known by"),
        choices=Store.Identifier.choices,
        widget=forms.RadioSelect,
        help_text=_(
            "With ASIN all SKUs of one ASIN share a product and its weight. Open orders follow."
        ),
    )
    has_weights = forms.BooleanField(
        label=_("Import weights from Amazon"),
        required=False,
        help_text=_("For products that have no weight here. What you enter always counts."),
    )

    has_default_weights = forms.BooleanField(
        label=_("Use default weights"),
        required=False,
        help_text=_("Where neither you nor Amazon knows the weight of a product."),
    )

    def __init__(self, store: Store, *args: Any, **options: Any) -> None:
        super().__init__(store, *args, **options)
        if store.is_file_store:
            del self.fields["has_weights"]

    @staticmethod
    def initial_of(store: Store) -> dict[str, Any]:
        return {
            "product_identifier": store.product_identifier,
            "has_weights": store.has_weights,
            "has_default_weights": store.has_default_weights,
        }

    def settings(self) -> ProductSettings:
        return ProductSettings(**{"has_weights": self.store.has_weights, **self.cleaned_data})


class OrdersForm(StoreSettingsForm):
    at_refusal = {"bad_history": "history_days"}
    slot_names = [f"custom_field{number}" for number in range(1, SLOTS + 1)]

    has_amazon_fulfilled = forms.BooleanField(
        label=_("Import Amazon-fulfilled orders"),
        required=False,
        help_text=_("Once they have shipped, to look at only. They are never labelled here."),
    )
    history_days = forms.IntegerField(
        label=_("Days of history to import"),
        min_value=1,
        max_value=MOST_HISTORY_DAYS,
        help_text=_("From 1 to 90. With more days than before, the history is read again."),
    )
    custom_field1 = forms.ChoiceField(label=_("Custom field 1"), required=False)
    custom_field2 = forms.ChoiceField(label=_("Custom field 2"), required=False)
    custom_field3 = forms.ChoiceField(label=_("Custom field 3"), required=False)

    def __init__(self, store: Store, *args: Any, **options: Any) -> None:
        super().__init__(store, *args, **options)
        gone = NOT_IN_FILES if store.is_file_store else ()
        sources = [(value, word) for value, word in Source.choices if value not in gone]
        for name in self.slot_names:
            self.fields[name].choices = [("", _("Nothing")), *sources]  # type: ignore[attr-defined]
        if store.is_file_store:
            del self.fields["has_amazon_fulfilled"], self.fields["history_days"]

    @property
    def slots(self) -> list[forms.BoundField]:
        return [self[name] for name in self.slot_names]

    @staticmethod
    def initial_of(store: Store) -> dict[str, Any]:
        slots = zip(OrdersForm.slot_names, store.slots, strict=True)
        return {
            "has_amazon_fulfilled": store.has_amazon_fulfilled,
            "history_days": store.history_days,
            **dict(slots),
        }

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        seen: set[str] = set()
        for name in self.slot_names:
            source = given.get(name, "")
            if source and source in seen:
                self.add_error(name, _("Another field holds this already. Choose another source."))
            seen.add(source)
        return given

    def settings(self) -> OrderSettings:
        given = self.cleaned_data
        sources = [given[name] for name in self.slot_names]
        return OrderSettings(
            has_amazon_fulfilled=given.get("has_amazon_fulfilled", self.store.has_amazon_fulfilled),
            history_days=given.get("history_days", self.store.history_days),
            custom_fields=sources if any(sources) else [],
        )


class AddressesForm(StoreSettingsForm):
    address_checks = forms.MultipleChoiceField(
        label=_("Keep an order from a label until somebody looked at it"),
        choices=[(check.value, word) for check, word in CHECK_WORDS.items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("All of it is checked, on this machine alone, and shown on the order."),
    )
    romanizes = forms.BooleanField(
        label=_("Write Japanese addresses in Latin letters on labels, without asking"),
        required=False,
        help_text=_("Otherwise a person looks at each proposal. The address as it came stays."),
    )

    def __init__(self, store: Store, *args: Any, **options: Any) -> None:
        super().__init__(store, *args, **options)
        if not can_romanize():
            self.fields["romanizes"].help_text = say({"text": NOT_INSTALLED})

    @staticmethod
    def initial_of(store: Store) -> dict[str, Any]:
        return {"address_checks": store.address_checks, "romanizes": store.romanizes}

    def settings(self) -> AddressSettings:
        given = self.cleaned_data
        return AddressSettings(
            address_checks=[check.value for check in Check if check in given["address_checks"]],
            romanizes=given["romanizes"],
        )


class TellingForm(StoreSettingsForm):
    at_refusal = {"bad_hours": "confirm_hours_before"}

    feedback = forms.ChoiceField(
        label=_("Tell Amazon that an order shipped"),
        choices=Feedback.choices,
        widget=forms.RadioSelect,
    )
    confirm_hours_before = forms.IntegerField(
        label=_("Hours before the ship-by time"),
        min_value=1,
        max_value=MOST_HOURS,
        required=False,
        help_text=_("Amazon is told by then even without a scan, so that no order counts as late."),
    )

    def __init__(self, store: Store, *args: Any, **options: Any) -> None:
        super().__init__(store, *args, **options)
        if store.is_file_store:  # no carrier's scan reaches a file that a person uploads
            del self.fields["confirm_hours_before"]
            choices = [each for each in Feedback.choices if each[0] != Feedback.FIRST_SCAN]
            self.fields["feedback"].choices = choices  # type: ignore[attr-defined]

    @staticmethod
    def initial_of(store: Store) -> dict[str, Any]:
        return {"feedback": store.feedback, "confirm_hours_before": store.confirm_hours_before}

    def clean(self) -> dict[str, Any]:
        """The hours count with the first scan only; otherwise what is typed there does not."""
        given = super().clean() or {}
        if given.get("feedback") != Feedback.FIRST_SCAN:
            self.errors.pop("confirm_hours_before", None)
            given["confirm_hours_before"] = self.store.confirm_hours_before
        elif not given.get("confirm_hours_before") and "confirm_hours_before" not in self.errors:
            self.add_error("confirm_hours_before", _("Enter the hours."))
        return given

    def settings(self) -> Telling:
        return Telling(**self.cleaned_data)


FORMS: dict[str, type[StoreSettingsForm]] = {
    "brand": BrandForm,
    "notifications": NotificationsForm,
    "products": ProductsForm,
    "orders": OrdersForm,
    "addresses": AddressesForm,
    "telling": TellingForm,
}


class ReportForm(forms.Form):
    report = UploadField(
        label=_("Report “Unshipped orders”"),
        allow_empty_file=True,
        help_text=_("The .txt file as Seller Central gave it."),
        error_messages={"required": _("Choose the file first.")},
        widget=forms.FileInput(attrs={"accept": ".txt,.tsv,text/plain"}),
    )
