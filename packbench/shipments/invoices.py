"""Rows: what a carrier billed for labels."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Upper

from packbench.lib.ids import new_id


def new_invoice_id() -> str:
    return new_id("inv")


def plain_tracking_number() -> Upper:
    """A label's tracking number as numbers are compared: capitals and digits, indexed."""
    digits = Func(
        F("tracking_number"), Value("[^0-9A-Za-z]"), Value(""), Value("g"),
        function="regexp_replace", output_field=models.CharField(),
    )  # fmt: skip
    return Upper(digits)


class OfALabel(models.Model):
    """Of one label: of the parcel's own, or of the one for its way back."""

    label = models.ForeignKey(
        "shipments.Label", null=True, on_delete=models.CASCADE, related_name="%(class)ss"
    )
    return_label = models.ForeignKey(
        "shipments.ReturnLabel", null=True, on_delete=models.CASCADE, related_name="%(class)ss"
    )

    class Meta:
        abstract = True
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(
                condition=Q(label__isnull=False) ^ Q(return_label__isnull=False),
                name="%(class)s_of_one_label",
            ),
        )

    @property
    def of_id(self) -> str:
        return self.label_id or self.return_label_id or ""


class Invoice(models.Model):
    """A carrier's invoice, as far as rows of it were uploaded; who it is addressed to stays out."""

    id = models.CharField(primary_key=True, max_length=32, default=new_invoice_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="invoices"
    )
    carrier_account = models.ForeignKey(
        "carriers.CarrierAccount", on_delete=models.PROTECT, related_name="invoices"
    )
    number = models.CharField(max_length=40)
    uploaded_at = models.DateTimeField()  # for the first time

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["carrier_account", "number"], name="invoice_once"),
        )
        indexes = (
            models.Index(fields=["carrier_account", "-uploaded_at", "-id"], name="invoice_by_date"),
        )

    def __str__(self) -> str:
        return self.number


class InvoiceLine(OfALabel):
    """One amount that a carrier billed for a label. `key` tells it from the others of its invoice.

    `line` is its row in the file that brought it.
    """

    id = models.BigAutoField(primary_key=True)
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    key = models.CharField(max_length=64)
    line = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=12, decimal_places=4)
    currency = models.CharField(max_length=3)

    class Meta(OfALabel.Meta):
        constraints = (
            *OfALabel.Meta.constraints,
            models.UniqueConstraint(fields=["invoice", "key"], name="invoice_line_once"),
        )

    def __str__(self) -> str:
        return f"{self.line}: {self.amount} {self.currency}"
