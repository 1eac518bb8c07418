"""Rows: what carriers said of a parcel, and each try to tell a store of it."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from packbench.carriers.base import TrackingCode


class TrackingEvent(models.Model):
    """What a carrier said of a parcel. No text of the carrier's: it may name who took it in."""

    class Code(models.TextChoices):
        NOT_YET = TrackingCode.NOT_YET.value, _("Not in the carrier's system yet")
        ACCEPTED = TrackingCode.ACCEPTED.value, _("Taken over by the carrier")
        IN_TRANSIT = TrackingCode.IN_TRANSIT.value, _("On its way")
        ATTEMPT = TrackingCode.ATTEMPT.value, _("Nobody could take it in")
        COLLECTION_POINT = TrackingCode.COLLECTION_POINT.value, _("Waits to be collected")
        DELIVERED = TrackingCode.DELIVERED.value, _("Delivered")
        EXCEPTION = TrackingCode.EXCEPTION.value, _("Delivery problem")
        UNKNOWN = TrackingCode.UNKNOWN.value, _("Unknown")

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="tracking_events"
    )
    shipment = models.ForeignKey(
        "shipments.Shipment", on_delete=models.CASCADE, related_name="tracking_events"
    )
    at = models.DateTimeField()  # the carrier's time
    code = models.CharField(max_length=2, choices=Code.choices)
    raw_code = models.CharField(max_length=24, blank=True)  # the carrier's own
    is_return = models.BooleanField(default=False)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["shipment", "at", "code", "raw_code"], name="tracking_event_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.raw_code}"


class NoticeAttempt(models.Model):
    """One try to tell a store of a parcel: written down before the call, then with its answer.

    `sent` is what was said: reference, carrier, tracking number and items, nothing of the buyer.
    """

    class Outcome(models.TextChoices):
        OPEN = "open", _("No answer yet")
        ACCEPTED = "accepted", _("Accepted")
        KNOWN = "known", _("Was known already")
        THROTTLED = "throttled", _("No quota")
        REFUSED = "refused", _("Refused")
        FAILED = "failed", _("Failed")

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="notice_attempts"
    )
    notice = models.ForeignKey("shipments.Notice", on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.OPEN)
    code = models.CharField(max_length=60, blank=True)  # of the error
    request_id = models.CharField(max_length=80, blank=True)
    duration_ms = models.PositiveIntegerField(null=True)
    is_correction = models.BooleanField(default=False)
    sent = models.JSONField(default=dict)
    # Told in a feed, where this row's id is the number of the message.
    feed = models.ForeignKey(
        "shipments.NoticeFeed", null=True, on_delete=models.SET_NULL, related_name="tries"
    )
    revision = models.PositiveIntegerField(default=0)  # of the notice, as it was told

    class Meta:
        indexes = (models.Index(fields=["notice", "-id"], name="attempt_of_notice"),)

    def __str__(self) -> str:
        return f"{self.notice_id} {self.outcome}"

    @property
    def tracking_number(self) -> Any:
        return self.sent.get("tracking_number", "")
