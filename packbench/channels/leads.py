"""Rows: orders that are known by their number only, and what tells of them."""

from datetime import datetime

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from packbench.lib.ids import new_id
from packbench.privacy.fields import SealedField


def new_survey_id() -> str:
    return new_id("svy")


def new_queue_id() -> str:
    return new_id("que")


class LeadQuerySet(models.QuerySet["Lead"]):
    def due(self, now: datetime) -> "LeadQuerySet":
        """Those that may be fetched now, what is most urgent first."""
        ready = self.filter(Q(next_try_at__isnull=True) | Q(next_try_at__lte=now))
        return ready.order_by("rank", "-ordered_at", "id")


class Lead(models.Model):
    """An order of a seller account that is to be fetched by its number, and why."""

    class Why(models.TextChoices):
        HINT = "hint", _("Amazon announced a change")
        GAP = "gap", _("Missed by the imports")
        WITHHELD = "withheld", _("Amazon had left something out")
        HISTORY = "history", _("Part of the history")

    class Rank(models.IntegerChoices):
        """In which order they are fetched. Pages of a history leave the first kind alone."""

        NEWS = 0
        URGENT = 1  # history that waits for a parcel
        REST = 2

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="leads"
    )
    account = models.ForeignKey(
        "channels.SellerAccount", on_delete=models.CASCADE, related_name="leads"
    )
    external_id = models.CharField(max_length=50)
    why = models.CharField(max_length=12, choices=Why.choices)
    rank = models.PositiveSmallIntegerField(choices=Rank.choices)
    ordered_at = models.DateTimeField()  # or, of what is no history, when it was noted
    noted_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)

    objects = LeadQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["account", "external_id"], name="lead_once"),
        )
        indexes = (models.Index(fields=["account", "rank", "-ordered_at"], name="lead_in_turn"),)

    def __str__(self) -> str:
        return self.external_id


class SurveyQuerySet(models.QuerySet["Survey"]):
    def open(self) -> "SurveyQuerySet":
        return self.filter(finished_at__isnull=True)

    def due(self, now: datetime) -> "SurveyQuerySet":
        """Unfinished ones of active accounts with a running store that may go on."""
        from packbench.channels.models import SellerAccount, Store

        running = Store.objects.filter(account=OuterRef("account"), paused_at__isnull=True)
        return self.open().filter(
            Exists(running),
            Q(claimed_until__isnull=True) | Q(claimed_until__lte=now),
            account__status=SellerAccount.Status.ACTIVE,
            next_try_at__lte=now,
        )

    def claim(self, survey_id: str, *, now: datetime, until: datetime) -> bool:
        """Take the survey for ourselves until then. False: someone else has it, or it ended."""
        return self.due(now).filter(pk=survey_id).update(claimed_until=until) == 1


class Survey(models.Model):
    """Which orders an account has in a span of time, by their numbers only.

    Amazon's report of orders tells; where it is denied, searches without data do.
    """

    class Purpose(models.TextChoices):
        HISTORY = "history", _("History")
        RECOUNT = "recount", _("Recount")

    class Way(models.TextChoices):
        REPORT = "report", _("Report of orders")
        SEARCH = "search", _("Search without data")

    class Outcome(models.TextChoices):
        READ = "read", _("Read")
        DENIED = "denied", _("Amazon denies reports")
        FAILED = "failed", _("Without result")

    id = models.CharField(primary_key=True, max_length=32, default=new_survey_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="surveys"
    )
    account = models.ForeignKey(
        "channels.SellerAccount", on_delete=models.CASCADE, related_name="surveys"
    )
    run = models.ForeignKey(
        "channels.ImportRun", null=True, on_delete=models.CASCADE, related_name="surveys"
    )  # whose history it is
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    way = models.CharField(max_length=8, choices=Way.choices, default=Way.REPORT)
    marketplace_ids = models.JSONField(default=list)
    is_by_update = models.BooleanField(default=False)  # else by the time of the order
    since = models.DateTimeField()
    until = models.DateTimeField()
    report_id = models.CharField(max_length=60, blank=True)  # Amazon's, once it was asked for
    page_token = models.TextField(blank=True)
    pages = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True)
    listed_count = models.PositiveIntegerField(default=0)
    missing_count = models.PositiveIntegerField(default=0)

    objects = SurveyQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["account", "-started_at"], name="survey_of_account"),
            models.Index(
                fields=["next_try_at"], condition=Q(finished_at__isnull=True), name="survey_open"
            ),
        )

    def __str__(self) -> str:
        return self.id


class HintQueue(models.Model):
    """The seller's own queue at AWS, into which Amazon announces changes of orders."""

    id = models.CharField(primary_key=True, max_length=32, default=new_queue_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="hint_queues"
    )
    account = models.OneToOneField(
        "channels.SellerAccount", on_delete=models.CASCADE, related_name="hint_queue"
    )
    url = models.CharField(max_length=200)
    key_id = models.CharField(max_length=128)
    secret = SealedField(kind=str, is_workspaces=True)
    subscription_id = models.CharField(max_length=80, blank=True)
    saved_at = models.DateTimeField()
    next_read_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)
    heard_count = models.PositiveBigIntegerField(default=0)
    error = models.JSONField(null=True)  # a Sentence

    def __str__(self) -> str:
        return self.url
