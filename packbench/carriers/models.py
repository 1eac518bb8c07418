"""Rows: who carries parcels for us and where they leave from."""

from typing import Any

import msgspec
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from packbench.carriers.base import CarrierSecrets, LabelSize, Options
from packbench.lib.addresses import Address
from packbench.lib.ids import new_id
from packbench.privacy.fields import SealedField

WORKDAYS = [0, 1, 2, 3, 4]
MOST_VOID_DAYS = 120  # what is older is no label that somebody forgot


def new_carrier_account_id() -> str:
    return new_id("car")


def new_warehouse_id() -> str:
    return new_id("whs")


def new_package_type_id() -> str:
    return new_id("pkt")


def new_preset_id() -> str:
    return new_id("pre")


def new_service_rule_id() -> str:
    return new_id("srv")


def new_tax_number_id() -> str:
    return new_id("tax")


def workdays() -> list[int]:
    return list(WORKDAYS)


class CarrierAccountQuerySet(models.QuerySet["CarrierAccount"]):
    def opened(self) -> "CarrierAccountQuerySet":
        """With all that opening it reads."""
        return self.select_related(
            "workspace__key", "seller_account__application", "seller_account__workspace__key"
        )

    def in_use(self) -> "CarrierAccountQuerySet":
        return self.filter(closed_at__isnull=True)


class CarrierAccount(models.Model):
    """A carrier as this workspace uses it: its rates, its paper."""

    class Size(models.TextChoices):
        FOUR_BY_SIX = LabelSize.FOUR_BY_SIX.value, _("4 × 6 in")
        A6 = LabelSize.A6.value, _("A6")

    id = models.CharField(
        primary_key=True, max_length=32, default=new_carrier_account_id, editable=False
    )
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="carrier_accounts"
    )
    carrier = models.CharField(max_length=24)  # a name in the registry
    name = models.CharField(_("Name"), max_length=60)
    default_service = models.CharField(max_length=80, default="standard")
    label_size = models.CharField(
        _("Label size"), max_length=8, choices=Size.choices, default=Size.FOUR_BY_SIX
    )
    settings = models.JSONField(default=dict)  # what the connector wants, e.g. a rate table
    secrets = SealedField(kind=CarrierSecrets, is_workspaces=True)
    push_secret = SealedField(kind=str, is_workspaces=True)  # ours, that its messages are signed by
    pushed_at = models.DateTimeField(null=True)  # when it last told of a scan by itself
    no_scan_hours = models.PositiveSmallIntegerField(
        _("Warn without a scan after (hours)"),
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(240)],
    )
    own_void_days = models.PositiveSmallIntegerField(
        _("Days"), null=True, validators=[MinValueValidator(1), MaxValueValidator(MOST_VOID_DAYS)]
    )  # for how long it takes unused labels back, as the seller says: carriers/void_days.py
    own_void_note = models.CharField(_("Where that is written"), max_length=200, blank=True)
    own_void_on = models.DateField(null=True)  # as of that day
    seller_account = models.ForeignKey(
        "channels.SellerAccount", null=True, on_delete=models.CASCADE, related_name="+"
    )  # where Amazon itself is the carrier
    is_default = models.BooleanField(default=False)
    is_compared = models.BooleanField(_("Compare its rates"), default=True)
    most_per_label = models.DecimalField(
        _("At most for one label"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    most_per_day = models.DecimalField(
        _("At most in one day"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    limit_currency = models.CharField(_("Currency"), max_length=3, blank=True)
    trouble = models.JSONField(null=True)  # a Sentence: why it cannot be used just now
    checked_at = models.DateTimeField(null=True)  # when a person last tested it
    closed_at = models.DateTimeField(null=True)  # no longer used; its labels stay
    created_at = models.DateTimeField()

    objects = CarrierAccountQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["workspace", "name"], name="carrier_account_name_once"),
            models.UniqueConstraint(
                fields=["workspace"],
                condition=models.Q(is_default=True),
                name="carrier_account_one_default",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Warehouse(models.Model):
    """Where parcels leave from: the return address on the label. The seller's own, not secret."""

    id = models.CharField(primary_key=True, max_length=32, default=new_warehouse_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="warehouses"
    )
    name = models.CharField(_("Name"), max_length=60)
    company = models.CharField(_("Company"), max_length=60)
    line1 = models.CharField(_("Street and number"), max_length=60)
    line2 = models.CharField(_("Address line 2"), max_length=60, blank=True)
    postal_code = models.CharField(_("Postal code"), max_length=20, blank=True)
    city = models.CharField(_("City"), max_length=60)
    state = models.CharField(_("State or region"), max_length=60, blank=True)
    country = models.CharField(_("Country"), max_length=2)
    phone = models.CharField(_("Phone"), max_length=30, blank=True)
    email = models.EmailField(_("E-mail"), blank=True)
    time_zone = models.CharField(_("Time zone"), max_length=40, blank=True)
    cutoff_at = models.TimeField(_("Cut-off time"), null=True, blank=True)  # in its time zone
    pickup_days = ArrayField(
        models.PositiveSmallIntegerField(validators=[MaxValueValidator(6)]),
        verbose_name=_("Pick-up days"),
        default=workdays,
    )  # Monday is 0
    holidays = ArrayField(models.DateField(), verbose_name=_("Holidays"), default=list)
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["workspace", "name"], name="warehouse_name_once"),
            models.UniqueConstraint(
                fields=["workspace"], condition=models.Q(is_default=True), name="warehouse_default"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> Address:
        return Address(
            name=self.name,
            company=self.company,
            line1=self.line1,
            line2=self.line2,
            postal_code=self.postal_code,
            city=self.city,
            state=self.state,
            country=self.country,
            phone=self.phone,
        )


class TaxNumber(models.Model):
    """A number of the seller that customs asks for (EORI, VAT, own IOSS)."""

    class Kind(models.TextChoices):
        EORI = "eori", _("EORI number")
        IOSS = "ioss", _("IOSS number")
        VAT = "vat", _("VAT number")

    id = models.CharField(
        primary_key=True, max_length=32, default=new_tax_number_id, editable=False
    )
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="tax_numbers"
    )
    kind = models.CharField(_("Kind"), max_length=4, choices=Kind.choices)
    country = models.CharField(_("Country"), max_length=2, blank=True)
    number = models.CharField(_("Number"), max_length=30)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["workspace", "kind", "country"], name="tax_number_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.country}"


class PackageType(models.Model):
    """A box or an envelope of the seller: outer lengths in mm, `tare_g` its own weight in grams.

    `carrier_code` names a box of the carrier's own, in the carrier's word.
    """

    id = models.CharField(
        primary_key=True, max_length=32, default=new_package_type_id, editable=False
    )
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="package_types"
    )
    name = models.CharField(_("Name"), max_length=60)
    length_mm = models.PositiveIntegerField(_("Length (mm)"), validators=[MinValueValidator(1)])
    width_mm = models.PositiveIntegerField(_("Width (mm)"), validators=[MinValueValidator(1)])
    height_mm = models.PositiveIntegerField(_("Height (mm)"), validators=[MinValueValidator(1)])
    tare_g = models.PositiveIntegerField(_("Empty weight (g)"), default=0)
    carrier_code = models.CharField(_("Carrier's own box"), max_length=60, blank=True)
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["workspace", "name"], name="package_type_name_once"),
            models.UniqueConstraint(
                fields=["workspace"],
                condition=models.Q(is_default=True),
                name="package_type_one_default",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Preset(models.Model):
    """How a parcel is sent, under one key: what is empty is left as the order has it."""

    id = models.CharField(primary_key=True, max_length=32, default=new_preset_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="presets"
    )
    name = models.CharField(_("Name"), max_length=60)
    hotkey = models.PositiveSmallIntegerField(
        _("Key"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(9)]
    )
    carrier_account = models.ForeignKey(
        CarrierAccount, null=True, on_delete=models.CASCADE, related_name="+"
    )
    service = models.CharField(_("Service"), max_length=80, blank=True)
    package_type = models.ForeignKey(
        PackageType, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    weight_g = models.PositiveIntegerField(_("Weight (g)"), null=True, blank=True)
    options = models.JSONField(default=dict)  # base.Options
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["workspace", "name"], name="preset_name_once"),
            models.UniqueConstraint(fields=["workspace", "hotkey"], name="preset_key_once"),
        )

    def __str__(self) -> str:
        return self.name


class ServiceRule(models.Model):
    """Which service an order gets by itself: for a store's service level, at home or abroad.

    Without a store, a level or a destination it holds for all of them; the closest rule counts.
    """

    class Choice(models.TextChoices):
        FIXED = "fixed", _("This service")
        CHEAPEST = "cheapest", _("The cheapest")
        FASTEST = "fastest", _("The fastest")
        BEST_VALUE = "best_value", _("The best value")

    class Destination(models.TextChoices):
        ANY = "", _("Anywhere")
        HOME = "home", _("At home")
        ABROAD = "abroad", _("Abroad")

    id = models.CharField(
        primary_key=True, max_length=32, default=new_service_rule_id, editable=False
    )
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="service_rules"
    )
    store = models.ForeignKey(
        "channels.Store", null=True, on_delete=models.CASCADE, related_name="+"
    )
    service_level = models.CharField(_("Service level"), max_length=40, blank=True)
    destination = models.CharField(
        _("Destination"), max_length=6, choices=Destination.choices, blank=True
    )
    choice = models.CharField(max_length=10, choices=Choice.choices, default=Choice.FIXED)
    carrier_account = models.ForeignKey(
        CarrierAccount, null=True, on_delete=models.CASCADE, related_name="+"
    )  # null with a choice among rates: every account that is compared
    service = models.CharField(_("Service"), max_length=80, blank=True)
    package_type = models.ForeignKey(
        PackageType, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    must_arrive_in_time = models.BooleanField(_("Arrives by the promise"), default=False)
    must_be_protected = models.BooleanField(_("Protected by Amazon"), default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["workspace", "store", "service_level", "destination"],
                name="service_rule_once",
                nulls_distinct=False,
            ),
        )

    def __str__(self) -> str:
        return self.id


def options_of(body: dict[str, Any]) -> Options:
    """Read what a preset or a shipment keeps as JSON."""
    return msgspec.convert(body, Options, strict=False)


def options_json(options: Options) -> dict[str, Any]:
    kept: dict[str, Any] = msgspec.to_builtins(options)
    return kept
