"""Forms of warehouses, package types, presets, service rules and tax numbers."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.core.validators import MaxValueValidator
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from packbench.accounts.models import Workspace
from packbench.carriers.base import Options, Signature
from packbench.carriers.models import (
    MOST_VOID_DAYS,
    CarrierAccount,
    PackageType,
    Preset,
    ServiceRule,
    TaxNumber,
    Warehouse,
    options_json,
    options_of,
)
from packbench.carriers.public_holidays import public_holidays
from packbench.carriers.settling import Calendar
from packbench.lib.money import Money
from packbench.products.describing import MOST_G
from packbench.web.forms.carriers import amount_field
from packbench.web.forms.fields import CountryField
from packbench.web.forms.settings import ShipFromForm
from packbench.web.saying import SERVICE_WORDS

WEEKDAYS = [
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
]
MOST_HOLIDAYS = 200
CALENDAR = ("email", "time_zone", "cutoff_at", "pickup_days", "holidays", "new_holiday")
LEVELS = [(code, word) for code, word in SERVICE_WORDS.items() if code != "SCHEDULED_DELIVERY"]
SIGNATURES = [
    ("", _("As the service has it")),
    (Signature.NONE.value, _("None")),
    (Signature.ANY.value, _("Of any person")),
    (Signature.ADULT.value, _("Of an adult")),
]
MOST_MM = 10_000


def time_zones() -> list[tuple[str, str]]:
    places = sorted(name for name in available_timezones() if "/" in name and name[:3] != "Etc")
    return [("", "UTC"), *((name, name.replace("_", " ")) for name in places)]


class WarehouseForm(ShipFromForm):
    """An address that parcels leave from, and when they are picked up there."""

    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=time_zones,
        required=False,
        help_text=_("Cut-off and days are those of this place."),
    )
    cutoff_at = forms.TimeField(
        label=_("Cut-off time"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("A parcel that is ready later leaves with the next pick-up."),
    )
    pickup_days = forms.TypedMultipleChoiceField(
        label=_("Pick-up days"),
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    holidays = forms.CharField(
        label=_("Holidays"),
        required=False,
        max_length=20 * MOST_HOLIDAYS,
        widget=forms.Textarea(attrs={"rows": 4, "class": "code"}),
        help_text=_("Days without a pick-up, one a line, such as 2026-12-25."),
    )
    new_holiday = forms.DateField(
        label=_("Add a holiday"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def clean_holidays(self) -> list[date]:
        days = []
        for line in str(self.cleaned_data["holidays"]).split():
            try:
                days.append(date.fromisoformat(line))
            except ValueError:
                text = gettext("“%(day)s” is no day. Write it like 2026-12-25.")
                raise forms.ValidationError(text % {"day": line[:20]}) from None
        if len(days) > MOST_HOLIDAYS:
            raise forms.ValidationError(gettext("At most 200 days."))
        return days

    def with_public_holidays(self, *, today: date) -> "WarehouseForm":
        """The same form, with the public holidays of its country among the days: not saved yet."""
        said = cast(QueryDict, self.data).copy()
        place = said.get("country", ""), said.get("state", "")
        days = [day.isoformat() for day in public_holidays(*place, today=today)]
        said["holidays"] = "\n".join(sorted({*said.get("holidays", "").split(), *days}))
        return WarehouseForm(said)

    def calendar(self) -> Calendar:
        given = self.cleaned_data
        added = [given["new_holiday"]] if given["new_holiday"] else []
        return Calendar(
            email=given["email"],
            time_zone=given["time_zone"],
            cutoff_at=given["cutoff_at"],
            pickup_days=given["pickup_days"],
            holidays=[*given["holidays"], *added],
        )

    def ship_from(self) -> Any:
        kept = self.cleaned_data
        self.cleaned_data = {name: kept[name] for name in kept if name not in CALENDAR}
        try:
            return super().ship_from()
        finally:
            self.cleaned_data = kept

    @staticmethod
    def initial_of(warehouse: Warehouse) -> dict[str, Any]:
        return {
            **ShipFromForm.values_of(warehouse),
            "email": warehouse.email,
            "time_zone": warehouse.time_zone,
            "cutoff_at": warehouse.cutoff_at,
            "pickup_days": warehouse.pickup_days,
            "holidays": "\n".join(day.isoformat() for day in warehouse.holidays),
        }


class PackageForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = PackageType
        fields = ("name", "length_mm", "width_mm", "height_mm", "tare_g", "carrier_code")
        help_texts = {"carrier_code": _("The carrier's word for a box of its own.")}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("length_mm", "width_mm", "height_mm"):
            limited(self.fields[name], MOST_MM)
        limited(self.fields["tare_g"], MOST_G)
        self.fields["tare_g"].required = False

    def clean_tare_g(self) -> int:
        return self.cleaned_data["tare_g"] or 0


class OptionsFields(forms.Form):
    """What is asked for beyond the service."""

    signature = forms.ChoiceField(label=_("Signature"), choices=SIGNATURES, required=False)
    insured = amount_field(_("Insured for"))
    insured_currency = forms.CharField(label=_("Currency"), max_length=3, required=False)
    is_saturday = forms.BooleanField(label=_("Deliver on Saturday too"), required=False)
    is_duty_paid = forms.BooleanField(label=_("We pay duties (DDP)"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        code = str(given.get("insured_currency") or "").strip().upper()
        given["insured_currency"] = code
        if given.get("insured") and not (len(code) == 3 and code.isascii() and code.isalpha()):
            self.add_error("insured_currency", gettext("Three letters, such as EUR."))
        return given

    def options(self) -> Options:
        return options_from(self.cleaned_data)


def options_from(given: dict[str, Any]) -> Options:
    insured: Decimal | None = given.get("insured")
    return Options(
        signature=Signature(given.get("signature") or ""),
        insured=Money(insured, given["insured_currency"]) if insured else None,
        is_saturday=bool(given.get("is_saturday")),
        is_duty_paid=bool(given.get("is_duty_paid")),
    )


def options_initial(options: Options) -> dict[str, Any]:
    return {
        "signature": options.signature.value,
        "insured": options.insured.amount if options.insured else None,
        "insured_currency": options.insured.currency if options.insured else "",
        "is_saturday": options.is_saturday,
        "is_duty_paid": options.is_duty_paid,
    }


class PresetForm(OptionsFields, forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Preset
        fields = ("name", "hotkey", "carrier_account", "service", "package_type", "weight_g")

    field_order = ("name", "hotkey", "carrier_account", "service", "package_type", "weight_g")

    def __init__(self, workspace: Workspace, *args: Any, **options: Any) -> None:
        row = options.get("instance")
        if row is not None and not row._state.adding:
            options["initial"] = options_initial(options_of(row.options))
        super().__init__(*args, **options)
        offer_accounts(self.fields["carrier_account"], workspace, gettext("As the order has it"))
        offer_boxes(self.fields["package_type"], workspace, gettext("As the order has it"))
        keys = [("", gettext("None")), *((n, str(n)) for n in range(1, 10))]
        self.fields["hotkey"] = forms.TypedChoiceField(
            label=_("Key"), choices=keys, coerce=int, empty_value=None, required=False
        )
        limited(self.fields["weight_g"], MOST_G)

    def row(self) -> Preset:
        row = cast(Preset, self.save(commit=False))
        row.options = options_json(self.options())
        return row


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    service_level = forms.ChoiceField(label=_("Service level"), choices=(), required=False)
    choice = forms.ChoiceField(label=_("Send it with"), choices=ServiceRule.Choice.choices)

    class Meta:
        model = ServiceRule
        fields = (
            "store",
            "service_level",
            "destination",
            "choice",
            "carrier_account",
            "service",
            "package_type",
            "must_arrive_in_time",
            "must_be_protected",
        )

    def __init__(self, workspace: Workspace, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        store: Any = self.fields["store"]
        store.queryset = workspace.stores.defer("brand_logo").order_by("name")
        store.label, store.required = gettext("Store"), False
        store.empty_label = gettext("All stores")
        level: Any = self.fields["service_level"]
        level.choices = [("", gettext("All levels")), *LEVELS]
        self.fields["destination"].required = False
        offer_accounts(self.fields["carrier_account"], workspace, gettext("All that are compared"))
        offer_boxes(self.fields["package_type"], workspace, gettext("The default"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        is_fixed = given.get("choice") == ServiceRule.Choice.FIXED
        if is_fixed and not given.get("carrier_account"):
            self.add_error("carrier_account", gettext("Choose the carrier whose service it is."))
        if is_fixed and not given.get("service"):
            account = given.get("carrier_account")
            if account and not account.default_service:
                self.add_error("service", gettext("Enter the service."))
        if not is_fixed:
            given["service"] = ""
        return given


class TaxNumberForm(forms.ModelForm):  # type: ignore[type-arg]
    country = CountryField(required=False)

    class Meta:
        model = TaxNumber
        fields = ("kind", "number", "country")

    def clean_number(self) -> str:
        return "".join(str(self.cleaned_data["number"]).split()).upper()


def offer_accounts(field: Any, workspace: Workspace, empty: str) -> None:
    accounts = CarrierAccount.objects.in_use().filter(workspace=workspace)
    field.queryset = accounts.order_by("name")
    field.label, field.required, field.empty_label = gettext("Carrier"), False, empty


def offer_boxes(field: Any, workspace: Workspace, empty: str) -> None:
    field.queryset = workspace.package_types.order_by("name")
    field.label, field.required, field.empty_label = gettext("Package type"), False, empty


def limited(field: Any, most: int) -> None:
    field.widget.attrs |= {"max": most, "inputmode": "numeric"}
    field.validators.append(MaxValueValidator(most))


def read_sides(given: Sequence[int | None]) -> tuple[int, int, int] | None:
    """Length, width and height, where all three were entered."""
    length, width, height = given
    return (length, width, height) if length and width and height else None


class VoidDaysForm(forms.Form):
    """For how long a carrier takes unused labels back, as the seller says."""

    days = forms.IntegerField(
        label=_("Days after the purchase"),
        min_value=1,
        max_value=MOST_VOID_DAYS,
        required=False,
        help_text=_("Empty: what Packbench says counts."),
    )
    note = forms.CharField(
        label=_("Where that is written"),
        max_length=200,
        required=False,
        help_text=_("The contract, a page of the carrier, whom you asked."),
    )
