"""Rows: seller accounts, their stores, and how far their orders have been read."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, Func, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from packbench.channels.leads import HintQueue, Lead, Survey
from packbench.lib.ids import new_id
from packbench.lib.postal.findings import BLOCKING
from packbench.privacy.fields import SealedField

__all__ = ["HintQueue", "Lead", "Survey"]  # rows of this app that have a module of their own

AUTHORIZATION_LIFE = timedelta(days=365)  # SEED-85
REMINDED_BEFORE = timedelta(days=30)  # SEED-86: from then on it is announced, and can be renewed
PROBED_FOR = timedelta(days=90)  # so long an expired account is asked for, every hour
SECRET_LIFE = timedelta(days=180)  # Amazon's own rule for client secrets
SLOTS = 3  # custom fields of an order
PAGE_TOKEN_LIFE = timedelta(hours=23)  # Amazon's live 24 h


def new_app_id() -> str:
    return new_id("app")


def new_account_id() -> str:
    return new_id("sac")


def new_store_id() -> str:
    return new_id("sto")


def new_import_id() -> str:
    return new_id("imp")


def all_notifications() -> list[str]:
    return [each.value for each in Store.Notification]


def blocking_checks() -> list[str]:
    return [each.value for each in BLOCKING]


class Application(models.Model):
    """The seller's own LWA application at Amazon: who we are when we call."""

    id = models.CharField(primary_key=True, max_length=32, default=new_app_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="applications"
    )
    client_id = models.CharField(max_length=120)
    client_secret = SealedField(kind=str, is_workspaces=True)
    application_id = models.CharField(max_length=120, blank=True)  # for website authorization
    is_draft = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    secret_saved_at = models.DateTimeField(null=True)  # null: with the application itself

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["workspace", "client_id"], name="application_once"),
        )

    def __str__(self) -> str:
        return self.client_id

    @property
    def secret_made_at(self) -> datetime:
        return self.secret_saved_at or self.created_at

    @property
    def secret_expires_at(self) -> datetime:
        return self.secret_made_at + SECRET_LIFE


class SellerAccountQuerySet(models.QuerySet["SellerAccount"]):
    def due_for_import(self, now: datetime) -> "SellerAccountQuerySet":
        """Active accounts with a running store whose next poll is due."""
        return self.filter(
            status=SellerAccount.Status.ACTIVE,
            next_import_at__lte=now,
            stores__paused_at__isnull=True,
        ).distinct()

    def due_for_leads(self, now: datetime) -> "SellerAccountQuerySet":
        """Active accounts with single orders that may be fetched now, and a running store."""
        return self._with_running_store().filter(
            Q(next_lead_at__isnull=True) | Q(next_lead_at__lte=now),
            Q(leads_claimed_until__isnull=True) | Q(leads_claimed_until__lte=now),
            Exists(Lead.objects.filter(account=OuterRef("pk")).due(now)),
        )

    def due_for_recount(self, now: datetime) -> "SellerAccountQuerySet":
        """Active accounts whose orders are to be counted again."""
        return self._with_running_store().filter(
            Q(recount_at__isnull=True) | Q(recount_at__lte=now), imported_until__isnull=False
        )

    def _with_running_store(self) -> "SellerAccountQuerySet":
        running = Store.objects.filter(account=OuterRef("pk"), paused_at__isnull=True)
        return self.filter(Exists(running), status=SellerAccount.Status.ACTIVE)

    def claim_leads(self, account_id: str, *, now: datetime, until: datetime) -> bool:
        """Take the fetching of single orders for ourselves. False: someone else has it."""
        free = Q(leads_claimed_until__isnull=True) | Q(leads_claimed_until__lte=now)
        mine = self.filter(free, pk=account_id, status=SellerAccount.Status.ACTIVE)
        return mine.update(leads_claimed_until=until) == 1

    def ending(self, now: datetime) -> "SellerAccountQuerySet":
        """Active accounts whose year is over by our reckoning: Amazon must say."""
        return self.filter(status=SellerAccount.Status.ACTIVE, expires_at__lte=now).order_by("id")

    def lately_expired(self, now: datetime) -> "SellerAccountQuerySet":
        """Expired accounts that are still asked for: who stays away for long has left."""
        since = now - PROBED_FOR
        return self.filter(status=SellerAccount.Status.EXPIRED, ended_at__gt=since).order_by("id")

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
        SECRET_REFUSED = "secret_refused", _("Client secret refused")

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
    refresh_token = SealedField(kind=str, is_workspaces=True)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.ACTIVE)
    status_reason = models.JSONField(null=True)  # a Sentence
    authorized_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # when it expired or was revoked
    checked_at = models.DateTimeField(null=True)  # when a person last tested the connection
    findings = models.JSONField(default=list)  # what that test found
    marketplace_ids = models.JSONField(default=list)  # where the seller participates
    withheld = models.JSONField(default=list)  # data sets Amazon refuses at present
    withheld_since = models.DateTimeField(null=True)  # since when it refuses any
    withheld_asked_at = models.DateTimeField(null=True)  # when it last refused one

    imported_until = models.DateTimeField(null=True)  # Amazon's own echo, never our clock
    imported_at = models.DateTimeField(null=True)  # when the last complete import ended
    next_import_at = models.DateTimeField()
    import_claimed_until = models.DateTimeField(null=True)
    import_error = models.JSONField(null=True)  # a Sentence
    next_lead_at = models.DateTimeField(null=True)  # when single orders may be fetched again
    leads_claimed_until = models.DateTimeField(null=True)
    recount_at = models.DateTimeField(null=True)  # when its orders are counted again

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

    @property
    def may_end_at(self) -> datetime:
        """The earliest end. It is before `expires_at` where nobody told us the day of a renewal."""
        return min(self.expires_at, self.authorized_at + AUTHORIZATION_LIFE)

    @property
    def has_token(self) -> bool:
        return self.refresh_token is not None  # revoked here: deleted


class StoreQuerySet(models.QuerySet["Store"]):
    def held(self, store_ids: Iterable[str]) -> "dict[str, Store]":
        """Lock these stores, by id: their settings stay as they are until the transaction ends.

        Whoever also locks the account does so before.
        """
        rows = self.filter(pk__in=list(store_ids)).select_related("workspace__key")
        rows = rows.select_for_update(of=("self",), no_key=True).order_by("pk")
        return {row.pk: row for row in rows.defer("brand_logo")}

    def unread(self) -> "StoreQuerySet":
        """Running ones whose history, or what was missed in a pause, is still to be read."""
        return self.filter(paused_at__isnull=True, backfilled_at__isnull=True)

    def with_logos(self) -> "StoreQuerySet":
        """With `logo`, a text that changes with the logo and is None without, in its place."""
        digest = Func("brand_logo", function="md5", output_field=models.CharField())
        return self.annotate(logo=digest).defer("brand_logo")


class Store(models.Model):
    """One marketplace of a seller account, or a shop that we know through files."""

    class Feedback(models.TextChoices):
        LABEL_CREATED = "label_created", _("When the label is created")
        FIRST_SCAN = "first_scan", _("At the carrier's first scan")
        NONE = "none", _("Never")

    class Identifier(models.TextChoices):
        SKU = "sku", _("SKU")
        ASIN = "asin", _("ASIN")

    class CustomField(models.TextChoices):
        """What may fill one of the three custom fields of an order (SEED-40)."""

        SELLER_ORDER_ID = "seller_order_id", _("Seller order ID")
        ORDER_NUMBER = "order_number", _("Order number")
        PURCHASE_ORDER_NUMBER = "purchase_order_number", _("Purchase order number")
        EARLIEST_SHIP_DATE = "earliest_ship_date", _("Earliest ship date")
        LATEST_DELIVERY_DATE = "latest_delivery_date", _("Latest delivery date")
        BUSINESS_ORDER = "business_order", _("Business order")
        SERVICE_LEVEL = "service_level", _("Shipment service level")

    class Notification(models.TextChoices):
        """What the workspace's owners are e-mailed about."""

        AUTHORIZATION = "authorization", _("The authorization or a secret ends")
        IMPORT_STOPPED = "import_stopped", _("Orders no longer come in")
        NOTICE_REFUSED = "notice_refused", _("Amazon refused a confirmation")
        NOTICE_LATE = "notice_late", _("A confirmation is stuck and nearly late")

    id = models.CharField(primary_key=True, max_length=32, default=new_store_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="stores"
    )
    account = models.ForeignKey(
        SellerAccount, null=True, on_delete=models.CASCADE, related_name="stores"
    )
    marketplace_id = models.CharField(max_length=20)  # "": an own shop, outside Amazon
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
    confirm_hours_before = models.PositiveSmallIntegerField(
        _("Hours before the ship-by time"), default=4
    )  # with FIRST_SCAN: the store is told by then at the latest (SEED-61)
    product_identifier = models.CharField(
        _("Products are known by"),
        max_length=4,
        choices=Identifier.choices,
        default=Identifier.SKU,
    )
    has_weights = models.BooleanField(_("Import weights from Amazon"), default=True)
    has_default_weights = models.BooleanField(_("Use default weights"), default=True)
    custom_fields = ArrayField(
        models.CharField(max_length=24, choices=CustomField.choices, blank=True),
        size=3,
        default=list,
    )
    address_checks = ArrayField(
        models.CharField(max_length=16), default=blocking_checks
    )  # lib.postal.findings.Check: those that keep an order from a label
    romanizes = models.BooleanField(_("Romanize Japanese addresses by itself"), default=False)
    brand_name = models.CharField(_("Brand name"), max_length=80, blank=True)
    brand_color = models.CharField(
        _("Color"), max_length=7, blank=True, validators=[RegexValidator(r"^#[0-9a-f]{6}$")]
    )
    brand_logo = models.BinaryField(null=True)  # a PNG of our own making
    brand_email = models.EmailField(_("Sender of e-mails"), blank=True)
    notifications = ArrayField(
        models.CharField(max_length=16, choices=Notification.choices), default=all_notifications
    )
    paused_at = models.DateTimeField(null=True)
    backfilled_at = models.DateTimeField(null=True)  # when its history had been read
    read_from = models.DateTimeField(null=True)  # after a pause: changes since then come first
    polled_at = models.DateTimeField(null=True)  # when its orders and packages were last read
    # The last order that follows the custom fields, the product settings, the checks of addresses;
    # null: all of them do.
    slots_filled_to = models.CharField(max_length=32, null=True)
    addresses_judged_to = models.CharField(max_length=32, null=True)
    products_matched_to = models.CharField(max_length=32, null=True)
    created_at = models.DateTimeField()

    objects = StoreQuerySet.as_manager()

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
    def is_own_shop(self) -> bool:
        """Whether it is no marketplace of Amazon's: orders come from tables and by hand."""
        return self.account_id is None and not self.marketplace_id

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    @property
    def knows_by_asin(self) -> bool:
        return self.product_identifier == Store.Identifier.ASIN

    @property
    def slots(self) -> list[str]:
        """The sources (CustomField) of the three custom fields; "" where there is none."""
        return [*self.custom_fields, "", "", ""][:SLOTS]


class ImportRun(models.Model):
    """One import, page by page: where it stands and what it brought.

    `page_token` lets a run that was cut short go on where it stood, within the token's life.
    A history is read in stages: what waits for a parcel first.
    """

    class Purpose(models.TextChoices):
        HISTORY = "history", _("History")
        MISSED = "missed", _("Missed in a pause")
        NEWS = "news", _("News")

    class Stage(models.TextChoices):
        WHOLE = "", _("All orders")
        URGENT = "urgent", _("What waits for a parcel")
        REST = "rest", _("The rest")
        OURS = "ours", _("The rest that the seller ships")

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
    purpose = models.CharField(max_length=8, choices=Purpose.choices, default=Purpose.NEWS)
    stage = models.CharField(max_length=8, choices=Stage.choices, blank=True)
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
        """Whether the page token still lives, or the run stands before the first of a stage."""
        if not self.page_token:
            return bool(self.stage)
        return bool(self.page_token_at and now - self.page_token_at < PAGE_TOKEN_LIFE)


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
    account = models.ForeignKey(
        SellerAccount, null=True, on_delete=models.CASCADE, related_name="+"
    )  # whose renewal it is; null: of a store to be
    person_id = models.CharField(max_length=32)
    session_hash = models.CharField(max_length=64)
    country = models.CharField(max_length=2)
    name = models.CharField(max_length=60)
    feedback = models.CharField(max_length=16, choices=Store.Feedback.choices)
    redirect_uri = models.CharField(max_length=300)
    # Another secret than the application's: it takes that one's place once Amazon accepted it.
    client_secret = SealedField(kind=str, is_workspaces=True)
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


class Reminder(models.Model):
    """A deadline that was announced: each threshold of each deadline once (SEED-86)."""

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="reminders"
    )
    subject_id = models.CharField(max_length=32)  # of an account, an application, a number
    ends_at = models.DateTimeField()  # the deadline it was about: a renewal begins anew
    days = models.PositiveSmallIntegerField()  # the threshold: so many days before the end
    reminded_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["subject_id", "ends_at", "days"], name="reminder_once"),
        )

    def __str__(self) -> str:
        return f"{self.subject_id} {self.days}"


class UnknownFault(models.Model):
    """A refusal that the error catalog does not know, counted (never its message)."""

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="unknown_faults"
    )
    operation = models.CharField(max_length=60)
    code = models.CharField(max_length=80)
    request_id = models.CharField(max_length=80, blank=True)  # of the latest
    count = models.PositiveIntegerField(default=0)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["workspace", "operation", "code"], name="unknown_fault_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.operation}: {self.code}"


class ComplianceNumber(models.Model):
    """A producer's registration in one country for one category (SEED-91).

    An empty `number` means that Amazon pays on the seller's behalf there.
    """

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="compliance_numbers"
    )
    country = models.CharField(max_length=2)
    category = models.CharField(max_length=24)
    number = models.CharField(max_length=60)
    expires_on = models.DateField(null=True)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["workspace", "country", "category"], name="compliance_number_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.country} {self.category}"


class SoldCategory(models.Model):
    """Whether the workspace sells a category of products in a country, as far as is known.

    A person's word (`is_said`) counts more than what the products show.
    """

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="sold_categories"
    )
    country = models.CharField(max_length=2)
    category = models.CharField(max_length=24)
    is_sold = models.BooleanField()
    is_said = models.BooleanField(default=False)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["workspace", "country", "category", "is_said"], name="sold_category_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.country} {self.category}"


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
