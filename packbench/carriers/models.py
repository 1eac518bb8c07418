"""Rows: who carries parcels for us and where they leave from."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from packbench.carriers.base import LabelSize
from packbench.lib.addresses import Address
from packbench.lib.ids import new_id


def new_carrier_account_id() -> str:
    return new_id("car")


def new_warehouse_id() -> str:
    return new_id("whs")


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
    default_service = models.CharField(max_length=40, default="standard")
    label_size = models.CharField(
        _("Label size"), max_length=8, choices=Size.choices, default=Size.FOUR_BY_SIX
    )
    settings = models.JSONField(default=dict)  # what the connector wants, e.g. a rate table
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField()

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
