"""Rows: tables of orders that were uploaded, and the maps of their columns."""

from datetime import datetime, timedelta

import msgspec
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from packbench.channels.tables import LONGEST_MAP_NAME, TableMap
from packbench.lib.ids import new_id
from packbench.lib.personal import Personal
from packbench.privacy.fields import SealedField

UPLOAD_LIFE = timedelta(hours=24)  # the longest that a file is kept, whatever becomes of it


def new_map_id() -> str:
    return new_id("map")


def new_upload_id() -> str:
    return new_id("upl")


class ColumnMap(models.Model):
    """A map from a file's columns to our fields, under a name. It holds nothing of a buyer."""

    id = models.CharField(primary_key=True, max_length=32, default=new_map_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="column_maps"
    )
    name = models.CharField(max_length=LONGEST_MAP_NAME)
    map = models.JSONField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["workspace", "name"], name="column_map_once"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def value(self) -> TableMap:
        return msgspec.convert(self.map, TableMap)


class Sample(Personal, frozen=True, kw_only=True):
    """One order as a preview shows it."""

    number: str
    verdict: str
    name: str
    place: str
    items: tuple[tuple[int, str], ...]  # pieces, and of what
    weight_g: int | None = None
    line: int = 0


class UploadQuerySet(models.QuerySet["Upload"]):
    def unfinished(self, now: datetime) -> "UploadQuerySet":
        """Those that a worker should be at, and none is."""
        free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
        working = (Upload.Status.CHECKING, Upload.Status.IMPORTING)
        return self.filter(free, status__in=working, expires_at__gt=now)

    def expired(self, now: datetime) -> "UploadQuerySet":
        return self.filter(erased_at__isnull=True, expires_at__lte=now)


class Upload(models.Model):
    """A table of orders on its way in. What it holds is sealed by a key of its own.

    The key is destroyed when the file is not needed any more, after UPLOAD_LIFE at the latest.
    Counts are of orders, but for `refused_count`, which is of rows. A backup leaves the key out.
    """

    class Status(models.TextChoices):
        MAPPING = "mapping", _("Waits for its map")
        CHECKING = "checking", _("Being looked through")
        CHECKED = "checked", _("Ready to import")
        IMPORTING = "importing", _("Being imported")
        FINISHED = "finished", _("Imported")
        DISCARDED = "discarded", _("Not imported")

    id = models.CharField(primary_key=True, max_length=32, default=new_upload_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="uploads"
    )
    store = models.ForeignKey("channels.Store", on_delete=models.CASCADE, related_name="uploads")
    key = models.ForeignKey(
        "privacy.DataKey", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    content = SealedField(kind=bytes)
    samples = SealedField(kind=tuple[Sample, ...])
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.MAPPING)
    map = models.JSONField(default=dict)
    map_name = models.CharField(max_length=LONGEST_MAP_NAME, blank=True)
    row_count = models.PositiveIntegerField(default=0)
    order_count = models.PositiveIntegerField(default=0)  # that the map can read
    done_to = models.PositiveIntegerField(default=0)  # orders, of this check or import
    new_count = models.PositiveIntegerField(default=0)
    changed_count = models.PositiveIntegerField(default=0)
    same_count = models.PositiveIntegerField(default=0)
    refused_count = models.PositiveIntegerField(default=0)
    refused = models.JSONField(default=dict)  # lines by the code of why their order was refused
    problem = models.JSONField(null=True)  # a Sentence with its code: why it was given up
    claimed_until = models.DateTimeField(null=True)
    uploaded_by = models.CharField(max_length=32)  # a person's id
    uploaded_at = models.DateTimeField()
    imported_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)  # the file's content

    objects = UploadQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(
                fields=["expires_at"], name="upload_to_erase", condition=Q(erased_at__isnull=True)
            ),
            models.Index(fields=["workspace", "-uploaded_at"], name="upload_by_date"),
        )

    def __str__(self) -> str:
        return self.id

    @property
    def value(self) -> TableMap:
        return msgspec.convert(self.map, TableMap)

    @property
    def is_at_work(self) -> bool:
        return self.status in (Upload.Status.CHECKING, Upload.Status.IMPORTING)

    @property
    def has_file(self) -> bool:
        return self.erased_at is None
