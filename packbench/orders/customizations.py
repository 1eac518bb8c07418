"""Rows: what buyers chose for items that are made for them, and how far fetching it has come."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from packbench.channels.customizations import Details
from packbench.lib.ids import new_id
from packbench.privacy.fields import SealedField


def new_custom_picture_id() -> str:
    return new_id("cpi")


class Customization(models.Model):
    """The customization of one item, sealed by its order's key as all of the buyer's data."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Being fetched")
        FETCHED = "fetched", _("Fetched")
        EXPIRED = "expired", _("Link expired")
        FAILED = "failed", _("Not fetched")
        ERASED = "erased", _("Erased")

    item = models.OneToOneField(
        "orders.OrderItem",
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="customization",
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    next_try_at = models.DateTimeField(null=True)  # null: never; while claimed, the claim's end
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.JSONField(null=True)  # a Sentence with its code
    fetched_at = models.DateTimeField(null=True)
    details = SealedField(kind=Details)

    class Meta:
        indexes = (
            models.Index(
                fields=["next_try_at"],
                name="customization_due",
                condition=Q(next_try_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.item_id


class CustomPicture(models.Model):
    """A picture of a customization: WebP, made by us of what came. `position` counts from 0."""

    id = models.CharField(
        primary_key=True, max_length=32, default=new_custom_picture_id, editable=False
    )
    customization = models.ForeignKey(
        Customization, on_delete=models.CASCADE, related_name="pictures"
    )
    position = models.PositiveSmallIntegerField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    is_preview = models.BooleanField(default=False)
    content = SealedField(kind=bytes)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["customization", "position"], name="custom_picture_once"
            ),
        )

    def __str__(self) -> str:
        return self.id
