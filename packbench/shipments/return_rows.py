"""Rows: labels for the way back, and what buyers are sent with them. No address stands here."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from packbench.lib.ids import new_id
from packbench.lib.money import Money, amount
from packbench.privacy.fields import SealedField
from packbench.shipments.message_rows import Posted


def new_return_id() -> str:
    return new_id("rtn")


def new_return_mail_id() -> str:
    return new_id("rml")


class ApprovedSender(models.Model):
    """An owner vouches: in Seller Central the address that e-mails come from is approved.

    It counts for this address alone: another one must be approved anew.
    """

    store = models.OneToOneField(
        "channels.Store", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    address = models.CharField(max_length=254)
    confirmed_by = models.CharField(max_length=64)
    confirmed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.store_id


class ReturnLabel(models.Model):
    """A label for the way back of one parcel: bought, or a file that a person gave.

    Its id is our reference at the carrier. The file is sealed by the order's key and ends with it.
    """

    class Status(models.TextChoices):
        ASKED = "asked", _("Asked for")
        BUYING = "buying", _("Buying")
        UNKNOWN = "unknown", _("In doubt")
        REFUSED = "refused", _("Refused")
        MADE = "made", _("Made")
        REMOVED = "removed", _("Removed")

    SPENT = ("buying", "unknown", "made")

    id = models.CharField(primary_key=True, max_length=32, default=new_return_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="return_labels"
    )
    shipment = models.ForeignKey(
        "shipments.Shipment", on_delete=models.PROTECT, related_name="return_labels"
    )
    carrier_account = models.ForeignKey(  # null: a person gave the file
        "carriers.CarrierAccount", null=True, on_delete=models.PROTECT, related_name="+"
    )
    service = models.CharField(max_length=80, blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ASKED)
    carrier_label_id = models.CharField(max_length=200, blank=True)
    tracking_number = models.CharField(max_length=60, blank=True)
    cost_amount = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    cost_currency = models.CharField(max_length=3, blank=True)
    # What the carrier prepared: without `prepared_at` it was never asked to sell.
    ticket = SealedField(kind=str)
    prepared_at = models.DateTimeField(null=True)
    format = models.CharField(max_length=4, blank=True)  # pdf | zpl | png
    content = SealedField(kind=bytes)
    problem = models.JSONField(null=True)  # a Sentence with its code
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)  # null while in doubt: a person looks
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            # Never two for one parcel, whatever our code believes.
            models.UniqueConstraint(
                fields=["shipment"], condition=~Q(status="removed"), name="return_label_once"
            ),
        )
        indexes = (
            models.Index(
                fields=["next_try_at"],
                name="return_label_open",
                condition=Q(status__in=["asked", "buying", "unknown"]),
            ),
        )

    def __str__(self) -> str:
        return self.id

    @property
    def is_given(self) -> bool:
        return self.carrier_account_id is None

    @property
    def cost(self) -> Money | None:
        return amount(self.cost_amount, self.cost_currency)


class ReturnMail(Posted):
    """An e-mail to the buyer with one return label, at most one."""

    id = models.CharField(
        primary_key=True, max_length=32, default=new_return_mail_id, editable=False
    )
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="return_mails"
    )
    return_label = models.OneToOneField(ReturnLabel, on_delete=models.CASCADE, related_name="mail")
    created_by = models.CharField(max_length=64)

    class Meta:
        indexes = (
            models.Index(
                fields=["next_try_at"],
                name="return_mail_waiting",
                condition=Q(status__in=["pending", "sending"]),
            ),
        )

    def __str__(self) -> str:
        return f"{self.return_label_id} {self.status}"
