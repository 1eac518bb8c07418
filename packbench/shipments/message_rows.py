"""Rows: what is written to buyers of shops outside Amazon. No address stands here."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from packbench.lib.ids import new_id


def new_message_id() -> str:
    return new_id("msg")


class StoreMessages(models.Model):
    """Whether a shop's buyers are written to: about parcels bought since then."""

    store = models.OneToOneField(
        "channels.Store", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    since = models.DateTimeField(null=True)  # null: nobody is written to
    changed_by = models.CharField(max_length=32)

    def __str__(self) -> str:
        return self.store_id


class Posted(models.Model):
    """What an e-mail to a buyer went through. The address is read when it is sent."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        REFUSED = "refused", _("Refused")
        UNKNOWN = "unknown", _("Answer lost")  # it may have gone out: never sent again

    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.JSONField(null=True)  # a Sentence with its code
    created_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class BuyerMessage(Posted):
    """An e-mail to the buyer of one parcel, at most one."""

    id = models.CharField(primary_key=True, max_length=32, default=new_message_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="buyer_messages"
    )
    shipment = models.OneToOneField(
        "shipments.Shipment", on_delete=models.CASCADE, related_name="buyer_message"
    )

    class Meta:
        indexes = (
            models.Index(
                fields=["next_try_at"],
                name="buyer_message_waiting",
                condition=models.Q(status__in=["pending", "sending"]),
            ),
        )

    def __str__(self) -> str:
        return f"{self.shipment_id} {self.status}"
