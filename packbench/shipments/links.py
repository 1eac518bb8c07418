"""Rows: other shops that are told of a store's parcels, and what each of them was told."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from packbench.lib.ids import new_id
from packbench.privacy.fields import SealedField


def new_link_id() -> str:
    return new_id("lnk")


def new_forward_id() -> str:
    return new_id("fwd")


class StoreLink(models.Model):
    """Another shop that keeps the orders of a store and must hear of its parcels (SEED-54)."""

    class Kind(models.TextChoices):
        WEBHOOK = "webhook", _("Webhook")
        BIGCOMMERCE = "bigcommerce", _("BigCommerce")
        SHIPNOTIFY = "shipnotify", _("ShipStation Custom Store")

    id = models.CharField(primary_key=True, max_length=32, default=new_link_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="store_links"
    )
    store = models.OneToOneField("channels.Store", on_delete=models.CASCADE, related_name="link")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    url = models.CharField(max_length=300, blank=True)  # BigCommerce has one of its own
    account = models.CharField(max_length=80, blank=True)  # a store hash, a user name
    secret = SealedField(kind=str, is_workspaces=True)
    allows_private = models.BooleanField(default=False)  # an address in the local network
    paused_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.account or self.url}"


class ForwardQuerySet(models.QuerySet["Forward"]):
    def due(self, now: datetime, *, lease: timedelta) -> "ForwardQuerySet":
        """What must be sent now, and what a dead worker left half sent; the oldest first."""
        ready = Q(status=Forward.Status.PENDING) & (
            Q(next_try_at__isnull=True) | Q(next_try_at__lte=now)
        )
        died = Q(status=Forward.Status.SENDING, claimed_at__lte=now - lease)
        return self.filter(ready | died, link__paused_at__isnull=True).order_by("created_at", "id")

    def claim(self, forward: "Forward", *, now: datetime) -> bool:
        """Take it for ourselves, as it was seen. False: another worker was first."""
        seen = self.filter(
            pk=forward.pk,
            status=forward.status,
            claimed_at=forward.claimed_at,
            revision=forward.revision,
        )
        return (
            seen.update(
                status=Forward.Status.SENDING,
                claimed_at=now,
                attempts=models.F("attempts") + 1,
            )
            == 1
        )


class Forward(models.Model):
    """What a linked shop must be told of one parcel. Its id is the message's: a repeat keeps it."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        SENDING = "sending", _("Being sent")
        ACCEPTED = "accepted", _("Accepted")
        FAILED = "failed", _("Refused")
        STOPPED = "stopped", _("Stopped")

    id = models.CharField(primary_key=True, max_length=32, default=new_forward_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="forwards"
    )
    link = models.ForeignKey(StoreLink, on_delete=models.CASCADE, related_name="forwards")
    shipment = models.ForeignKey(
        "shipments.Shipment", on_delete=models.PROTECT, related_name="forwards"
    )
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="forwards")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PENDING)
    revision = models.PositiveIntegerField(default=0)  # a correction is another message
    remote_id = models.CharField(max_length=80, blank=True)  # the parcel's id there
    attempts = models.PositiveIntegerField(default=0)
    awaits_scan = models.BooleanField(default=False)  # until `next_try_at` at the latest
    claimed_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    problem = models.JSONField(null=True)  # a Sentence with its code
    sent = models.JSONField(default=dict)  # what was said last: nothing of the buyer
    accepted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    objects = ForwardQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["link", "shipment", "order"], name="forward_once"),
        )
        indexes = (
            models.Index(
                fields=["link", "created_at"],
                name="forward_waiting",
                condition=Q(status__in=["pending", "sending"]),
            ),
            models.Index(fields=["workspace", "-created_at", "-id"], name="forward_by_date"),
        )

    def __str__(self) -> str:
        return self.id
