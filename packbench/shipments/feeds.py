"""Rows: feeds, each telling a store of many parcels at once (SEED-64)."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from packbench.lib.ids import new_id


def new_notice_feed_id() -> str:
    return new_id("nfd")


class NoticeFeedQuerySet(models.QuerySet["NoticeFeed"]):
    def open(self) -> "NoticeFeedQuerySet":
        return self.filter(status__in=NoticeFeed.OPEN)

    def due(self, now: datetime, *, lease: timedelta) -> "NoticeFeedQuerySet":
        """Those with a next step to do now; also what a dead worker left half done."""
        free = Q(claimed_at__isnull=True, next_try_at__lte=now)
        return self.open().filter(free | Q(claimed_at__lte=now - lease))

    def claim(self, feed: "NoticeFeed", *, now: datetime) -> bool:
        """Take the feed for its next step. False: another worker has it."""
        seen = self.filter(pk=feed.pk, status=feed.status, claimed_at=feed.claimed_at)
        if not seen.update(claimed_at=now):
            return False
        feed.claimed_at = now
        return True


class NoticeFeed(models.Model):
    """Many notices as one feed. Which, and what each says, stands in their attempts."""

    class Status(models.TextChoices):
        READY = "ready", _("To be uploaded")
        CREATING = "creating", _("Being handed over")  # Amazon may have it from here on
        UNKNOWN = "unknown", _("In doubt")  # the answer got lost: it is looked up
        PROCESSING = "processing", _("At Amazon")
        READING = "reading", _("The report is fetched")
        RECORDING = "recording", _("The report is read")
        FINISHED = "finished", _("Finished")
        RELEASED = "released", _("Given up; told one by one")

    OPEN = ("ready", "creating", "unknown", "processing", "reading", "recording")

    id = models.CharField(
        primary_key=True, max_length=32, default=new_notice_feed_id, editable=False
    )
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="notice_feeds"
    )
    account = models.ForeignKey(
        "channels.SellerAccount", on_delete=models.CASCADE, related_name="notice_feeds"
    )
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.READY)
    marketplace_ids = ArrayField(models.CharField(max_length=20))
    count = models.PositiveIntegerField()  # of notices
    refused_count = models.PositiveIntegerField(default=0)
    input_document_id = models.CharField(max_length=200, blank=True)
    remote_id = models.CharField(max_length=80, blank=True)  # Amazon's feedId
    report_document_id = models.CharField(max_length=200, blank=True)
    refusals = models.JSONField(default=dict)  # what the report says: {message: problem}
    problem = models.JSONField(null=True)  # a Sentence with its code
    attempts = models.PositiveSmallIntegerField(default=0)  # of the step that it stands at
    claimed_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)  # when Amazon was asked to work it off
    done_at = models.DateTimeField(null=True)  # when it was seen to have ended there
    finished_at = models.DateTimeField(null=True)

    objects = NoticeFeedQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(
                fields=["next_try_at"],
                name="notice_feed_open",
                condition=Q(
                    status__in=[
                        *("ready", "creating", "unknown", "processing", "reading", "recording")
                    ]
                ),
            ),
            models.Index(fields=["account", "-created_at"], name="notice_feed_by_date"),
        )

    def __str__(self) -> str:
        return self.id

    def move(self, to: "NoticeFeed.Status", **fields: Any) -> bool:
        """Note the outcome of a step. False: the claim was lost meanwhile, nothing is written."""
        mine = NoticeFeed.objects.filter(pk=self.pk, status=self.status, claimed_at=self.claimed_at)
        fields = {"status": to, "claimed_at": None, "attempts": 0, "problem": None, **fields}
        if not mine.update(**fields):
            return False
        for name, value in fields.items():
            setattr(self, name, value)
        return True
