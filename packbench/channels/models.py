"""Rows: seller accounts, their stores, and how far their orders have been read."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from packbench.lib.ids import new_id
from packbench.privacy.fields import SealedField

AUTHORIZATION_LIFE = timedelta(days=365)  # SEED-85
PAGE_TOKEN_LIFE = timedelta(hours=23)  # Amazon's live 24 h


def new_app_id() -> str:
    return new_id("app")


def new_account_id() -> str:
    return new_id("sac")


def new_store_id() -> str:
    return new_id("sto")


def new_import_id() -> str:
    return new_id("imp")


class Application(models.Model):
    """The seller's own LWA application at Amazon: who we are when we call."""

    id = models.CharField(primary_key=True, max_length=32, default=new_app_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="applications"
    )
    client_id = models.CharField(max_length=120)
    client_secret = SealedField(kind=str)
    application_id = models.CharField(max_length=120, blank=True)  # for website authorization
    is_draft = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["workspace", "client_id"], name="application_once"),
        )

    def __str__(self) -> str:
        return self.client_id


class SellerAccountQuerySet(models.QuerySet["SellerAccount"]):
    def due_for_import(self, now: datetime) -> "SellerAccountQuerySet":
        """Active accounts with a running store whose next poll is due."""
        return self.filter(
            status=SellerAccount.Status.ACTIVE,
            next_import_at__lte=now,
            stores__paused_at__isnull=True,
        ).distinct()

    def claim_import(self, account_id: str, *, now: datetime, until: datetime) -> bool:
        """Take the account's import for ourselves until then. False: someone else has it."""
        free = Q(import_claimed_until__isnull=True) | Q(import_claimed_until__lte=now)
        mine = self.filter(free, pk=account_id, status=SellerAccount.Status.ACTIVE)
        return mine.update(import_claimed_until=until) == 1


class SellerAccount(models.Model):
    """One authorization at Amazon: a seller in one region, whose orders we may read."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Connected")
        EXPIRED = "expired", _("Authorization expired")
        REVOKED = "revoked", _("Authorization revoked")

    class Way(models.TextChoices):
        PRIVATE_APP = "private_app", _("Own private app")
        WEBSITE = "website", _("Website authorization")

    id = models.CharField(primary_key=True, max_length=32, default=new_account_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="seller_accounts"
    )
    channel = models.CharField(max_length=16, default="amazon")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="accounts")
    way = models.CharField(max_length=16, choices=Way.choices)
    region = models.CharField(max_length=2)
    seller_id = models.CharField(max_length=32)
    refresh_token = SealedField(kind=str)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.ACTIVE)
    status_reason = models.JSONField(null=True)  # a Sentence
    authorized_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    marketplace_ids = models.JSONField(default=list)  # where the seller participates
    withheld = models.JSONField(default=list)  # data sets Amazon refused: a role is missing

    imported_until = models.DateTimeField(null=True)  # Amazon's own echo, never our clock
    imported_at = models.DateTimeField(null=True)  # when the last complete import ended
    next_import_at = models.DateTimeField()
    import_claimed_until = models.DateTimeField(null=True)
    import_error = models.JSONField(null=True)  # a Sentence

    objects = SellerAccountQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["workspace", "region", "seller_id"], name="seller_account_once"
            ),
        )
        indexes = (models.Index(fields=["status", "next_import_at"], name="account_due"),)

    def __str__(self) -> str:
        return f"{self.seller_id} ({self.region})"


class Store(models.Model):
    """One marketplace of a seller account, or a shop that we know through files."""

    class Feedback(models.TextChoices):
        LABEL_CREATED = "label_created", _("When the label is created")
        NONE = "none", _("Never")

    id = models.CharField(primary_key=True, max_length=32, default=new_store_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="stores"
    )
    account = models.ForeignKey(
        SellerAccount, null=True, on_delete=models.CASCADE, related_name="stores"
    )
    marketplace_id = models.CharField(max_length=20)
    name = models.CharField(_("Name"), max_length=60)
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=40)
    feedback = models.CharField(
        _("Tell Amazon that an order shipped"),
        max_length=16,
        choices=Feedback.choices,
        default=Feedback.LABEL_CREATED,
    )
    has_amazon_fulfilled = models.BooleanField(_("Import Amazon-fulfilled orders"), default=False)
    history_days = models.PositiveSmallIntegerField(_("Days of history to import"), default=30)
    paused_at = models.DateTimeField(null=True)
    backfilled_at = models.DateTimeField(null=True)  # when its history had been read
    read_from = models.DateTimeField(null=True)  # after a pause: changes since then come first
    polled_at = models.DateTimeField(null=True)  # when its orders and packages were last read
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["workspace", "name"], name="store_name_once"),
            models.UniqueConstraint(
                fields=["account", "marketplace_id"],
                condition=Q(account__isnull=False),
                name="store_once",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_file_store(self) -> bool:
        return self.account_id is None

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None


class ImportRun(models.Model):
    """One import, page by page: where it stands and what it brought.

    `page_token` lets a run that was cut short go on where it stood, within the token's life.
    """

    id = models.CharField(primary_key=True, max_length=32, default=new_import_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="import_runs"
    )
    account = models.ForeignKey(
        SellerAccount, null=True, on_delete=models.CASCADE, related_name="import_runs"
    )
    store = models.ForeignKey(
        Store, null=True, on_delete=models.CASCADE, related_name="import_runs"
    )
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    updated_after = models.DateTimeField(null=True)
    created_after = models.DateTimeField(null=True)
    marketplace_ids = models.JSONField(default=list)
    read_until = models.DateTimeField(null=True)
    page_token = models.TextField(blank=True)
    page_token_at = models.DateTimeField(null=True)
    pages = models.PositiveIntegerField(default=0)
    created_count = models.PositiveIntegerField(default=0)
    changed_count = models.PositiveIntegerField(default=0)
    skipped_count = models.PositiveIntegerField(default=0)
    lacks_packages = models.BooleanField(default=False)  # Amazon withheld them on some page

    class Meta:
        indexes = (models.Index(fields=["account", "-started_at"], name="import_of_account"),)

    def __str__(self) -> str:
        return self.id

    def can_resume(self, now: datetime) -> bool:
        """Whether the page token still lives."""
        return bool(
            self.page_token and self.page_token_at and now - self.page_token_at < PAGE_TOKEN_LIFE
        )


class Skip(models.Model):
    """An order that was seen and not imported, with the reason (SEED-37)."""

    class Reason(models.TextChoices):
        AMAZON_FULFILLED = "amazon_fulfilled", _("Fulfilled by Amazon")
        DIGITAL = "digital", _("No physical product")
        OTHER_STORE = "other_store", _("Imported through another store")
        NO_STORE = "no_store", _("No store for this marketplace")
        OTHER_CHANNEL = "other_channel", _("An order of another shop, fulfilled by Amazon")
        UNREADABLE = "unreadable", _("Amazon's answer could not be read")

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="skips"
    )
    account = models.ForeignKey(
        SellerAccount, null=True, on_delete=models.CASCADE, related_name="skips"
    )
    external_id = models.CharField(max_length=50)
    marketplace_id = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=24, choices=Reason.choices)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["account", "external_id"], name="skip_once"),
        )

    def __str__(self) -> str:
        return f"{self.external_id}: {self.reason}"


class AuthorizationAttempt(models.Model):
    """A consent on its way: the state we sent, bound to session, person and workspace."""

    state_hash = models.CharField(primary_key=True, max_length=64)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="authorization_attempts"
    )
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    person_id = models.CharField(max_length=32)
    session_hash = models.CharField(max_length=64)
    country = models.CharField(max_length=2)
    name = models.CharField(max_length=60)
    feedback = models.CharField(max_length=16, choices=Store.Feedback.choices)
    redirect_uri = models.CharField(max_length=300)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.country


class Consent(models.Model):
    """What a person agreed to before an account was connected (SEED-15)."""

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="consents"
    )
    text_version = models.CharField(max_length=20)
    person_id = models.CharField(max_length=32)
    ip_address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.person_id} {self.text_version}"


class QuotaBucket(models.Model):
    """A token bucket of Amazon's, shared by all workers and kept over restarts (design §5.6)."""

    key = models.CharField(primary_key=True, max_length=160)
    tokens = models.FloatField()
    rate = models.FloatField()  # tokens a second: as published, or as Amazon last announced
    filled_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


def sentence_json(error: Any) -> dict[str, object]:
    """The sentence of a RemoteError, as it is stored."""
    body: dict[str, object] = error.sentence.as_json()
    return {**body, "code": error.code, "request_id": error.request_id}
