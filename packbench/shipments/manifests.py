"""Rows: the forms that close a day, each with the parcels that are on it."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from packbench.lib.ids import new_id
from packbench.privacy.fields import SealedField


def new_manifest_id() -> str:
    return new_id("man")


class ManifestQuerySet(models.QuerySet["Manifest"]):
    def due(self, now: datetime, *, lease: timedelta) -> "ManifestQuerySet":
        """Forms that the carrier is to be asked for, now or again."""
        waits = Q(next_try_at__lte=now)
        died = Q(next_try_at__isnull=False, claimed_at__lte=now - lease)
        return self.filter(waits | died, status=Manifest.Status.ASKED).order_by("created_at", "id")


class Manifest(models.Model):
    """A day that is closed: its parcels go with the driver, by the carrier's form or our list.

    Its id is our reference at the carrier. `is_own`: no form of the carrier, a list of ours that
    is drawn whenever it is asked for.
    """

    class Status(models.TextChoices):
        ASKED = "asked", _("Form asked for")
        MADE = "made", _("Closed")
        REFUSED = "refused", _("Refused")

    id = models.CharField(primary_key=True, max_length=32, default=new_manifest_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="manifests"
    )
    carrier_account = models.ForeignKey(
        "carriers.CarrierAccount", on_delete=models.PROTECT, related_name="+"
    )
    warehouse = models.ForeignKey("carriers.Warehouse", on_delete=models.PROTECT, related_name="+")
    mover = models.CharField(max_length=60, blank=True)  # who moves them, for a broker's labels
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ASKED)
    is_own = models.BooleanField(default=False)
    count = models.PositiveIntegerField()  # of parcels
    carrier_manifest_id = models.CharField(max_length=200, blank=True)
    # The form's own key: it ends with the form, and destroying it ends the form in every backup.
    key = models.OneToOneField(
        "privacy.DataKey", null=True, on_delete=models.PROTECT, related_name="+"
    )
    form = SealedField(kind=bytes)
    form_format = models.CharField(max_length=4, blank=True)  # pdf | zpl | png
    form_ends_at = models.DateTimeField(null=True)  # when the carrier's form is forgotten
    problem = models.JSONField(null=True)  # a Sentence with its code
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)  # null while asked for: a person goes on
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)

    objects = ManifestQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["workspace", "-created_at", "-id"], name="manifest_by_date"),
            models.Index(
                fields=["next_try_at"], name="manifest_asked", condition=Q(status="asked")
            ),
            models.Index(
                fields=["form_ends_at"],
                name="manifest_form",
                condition=Q(form_ends_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.id
