"""Rows: shipments, the labels bought for them, and what stores must be told."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from packbench.lib.ids import new_id
from packbench.lib.money import Money, amount
from packbench.privacy.fields import SealedField
from packbench.shipments.links import Forward as Forward
from packbench.shipments.links import StoreLink as StoreLink
from packbench.shipments.logbook import NoticeAttempt as NoticeAttempt
from packbench.shipments.logbook import TrackingEvent as TrackingEvent
from packbench.shipments.status import (
    LABELED,
    MOVES,
    NOT_THERE,
    UNDER_WAY,
    UNFINISHED,
    NoSuchMove,
    Status,
    TooLate,
)


def new_shipment_id() -> str:
    return new_id("shp")


def new_batch_id() -> str:
    return new_id("bat")


def new_label_id() -> str:
    return new_id("lbl")


def new_document_id() -> str:
    return new_id("doc")


def new_notice_id() -> str:
    return new_id("ntc")


def new_notice_file_id() -> str:
    return new_id("nfl")


def new_package_reference() -> str:
    """Nine digits: a package of another program, numbered 1, 2, 3, must not be overwritten."""
    return str(10**8 + secrets.randbelow(9 * 10**8))


class Batch(models.Model):
    """Labels asked for in one go; what could not be planned is kept with its reason."""

    id = models.CharField(primary_key=True, max_length=32, default=new_batch_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="batches"
    )
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    refused = models.JSONField(default=list)  # [{"order_id", "number", "problems": [code]}]

    def __str__(self) -> str:
        return self.id

    def progress(self) -> dict[str, int]:
        """Count its shipments: done, failed, left; and the orders that were refused."""
        counts = dict(
            self.shipments.order_by().values_list("status").annotate(count=models.Count("id"))
        )
        done = sum(counts.get(status, 0) for status in LABELED)
        left = sum(counts.get(status, 0) for status in UNDER_WAY)
        total = sum(counts.values())
        return {
            "total": total,
            "done": done,
            "left": left,
            "failed": total - done - left,
            "refused": len(self.refused),
        }


class ShipmentQuerySet(models.QuerySet["Shipment"]):
    def live(self) -> "ShipmentQuerySet":
        """All that are not voided: their items are spoken for."""
        return self.exclude(status=Status.VOIDED)

    def labeled(self) -> "ShipmentQuerySet":
        return self.filter(status__in=LABELED)

    def waiting_to_buy(self, now: datetime) -> "ShipmentQuerySet":
        return self.filter(Q(next_try_at__isnull=True) | Q(next_try_at__lte=now)).filter(
            status=Status.READY
        )

    def left_in_doubt(self, now: datetime, *, lease: timedelta) -> "ShipmentQuerySet":
        """Purchases whose worker died, or whose answer got lost and may be looked up now."""
        died = Q(status=Status.BUYING, claimed_at__lte=now - lease)
        lost = Q(status=Status.UNKNOWN, next_try_at__lte=now)
        return self.filter(died | lost)

    def left_voiding(self, now: datetime, *, lease: timedelta) -> "ShipmentQuerySet":
        """Voids whose worker died or whose answer got lost."""
        return self.filter(status=Status.VOIDING, claimed_at__lte=now - lease)

    def with_order(self) -> "ShipmentQuerySet":
        return self.select_related(
            "order__store",
            "order__key__parent",
            "carrier_account__workspace__key",
            "carrier_account__seller_account__application",
            "carrier_account__seller_account__workspace__key",
            "warehouse",
        )


class Shipment(models.Model):
    """What goes to one address in one parcel."""

    id = models.CharField(primary_key=True, max_length=32, default=new_shipment_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="shipments"
    )
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="shipments")
    batch = models.ForeignKey(Batch, null=True, on_delete=models.SET_NULL, related_name="shipments")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.DRAFT)
    carrier_account = models.ForeignKey("carriers.CarrierAccount", on_delete=models.PROTECT)
    warehouse = models.ForeignKey("carriers.Warehouse", on_delete=models.PROTECT)
    service = models.CharField(max_length=80)
    service_name = models.CharField(max_length=80, blank=True)  # where only rates name it
    carrier_name = models.CharField(max_length=60, blank=True)  # who moves it, for a broker's label
    package_type = models.ForeignKey(
        "carriers.PackageType", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    weight_g = models.PositiveIntegerField()
    length_mm = models.PositiveIntegerField(null=True)
    width_mm = models.PositiveIntegerField(null=True)
    height_mm = models.PositiveIntegerField(null=True)
    options = models.JSONField(default=dict)  # carriers.base.Options
    wish = models.JSONField(null=True)  # planning.Wish, until a job has chosen among the rates
    ships_at = models.DateTimeField(null=True)  # the day it leaves; null: when it is bought
    quoted_amount = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    quoted_currency = models.CharField(max_length=3, blank=True)  # what a person saw and chose
    promised_at = models.DateTimeField(null=True)  # when the carrier promised it, at the latest
    is_protected = models.BooleanField(default=False)
    tracking_number = models.CharField(max_length=60, blank=True)
    cost_amount = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    cost_currency = models.CharField(max_length=3, blank=True)
    problem = models.JSONField(null=True)  # a Sentence with its code
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    is_manual = models.BooleanField(default=False)  # its label was bought elsewhere
    # What stores are told instead of the service's own words, where a person said so.
    channel_code = models.CharField(max_length=60, blank=True)
    channel_name = models.CharField(max_length=60, blank=True)
    channel_method = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()
    purchased_at = models.DateTimeField(null=True)
    printed_at = models.DateTimeField(null=True)
    handed_over_at = models.DateTimeField(null=True)  # a person gave it to the carrier
    scanned_at = models.DateTimeField(null=True)  # the carrier's first scan, or its hand-over
    estimated_at = models.DateTimeField(null=True)  # when the carrier hopes to deliver it
    delivered_at = models.DateTimeField(null=True)
    next_track_at = models.DateTimeField(null=True)  # when the carrier is asked; null: never

    objects = ShipmentQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(
                fields=["status", "next_try_at"],
                name="shipment_unfinished",
                condition=Q(status__in=[status.value for status in UNFINISHED]),
            ),
            models.Index(fields=["tracking_number"], name="shipment_tracking"),
            models.Index(fields=["workspace", "-created_at"], name="shipment_by_date"),
            models.Index(
                fields=["carrier_account", "next_track_at"],
                name="shipment_to_track",
                condition=Q(next_track_at__isnull=False),
            ),
            models.Index(
                fields=["workspace", "-created_at", "-id"],
                name="shipment_not_there",
                condition=Q(status__in=[status.value for status in NOT_THERE]),
            ),
            models.Index(
                fields=["workspace", "order"],
                name="shipment_unprinted",
                condition=Q(status=Status.PURCHASED.value),
            ),
        )

    def __str__(self) -> str:
        return self.id

    def move(self, to: Status, **fields: Any) -> None:
        """Move along the table, or raise TooLate where another writer was first.

        The claim is part of the condition: whoever slept over it does not move what is another's.
        """
        here = Status(self.status)
        if to not in MOVES[here]:
            raise NoSuchMove(f"{here} → {to}")
        mine = Shipment.objects.filter(pk=self.pk, status=here, claimed_at=self.claimed_at)
        if mine.update(status=to, **fields) != 1:
            raise TooLate(self.pk)
        self.status = to
        for name, value in fields.items():
            setattr(self, name, value)

    @property
    def cost(self) -> Money | None:
        return amount(self.cost_amount, self.cost_currency)

    @property
    def quoted(self) -> Money | None:
        return amount(self.quoted_amount, self.quoted_currency)

    @property
    def size_mm(self) -> tuple[int, int, int]:
        return (self.length_mm or 0, self.width_mm or 0, self.height_mm or 0)

    @property
    def has_label(self) -> bool:
        return self.status in LABELED


class ShipmentItem(models.Model):
    """How many pieces of an order's line go in a shipment."""

    id = models.BigAutoField(primary_key=True)
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="items")
    order_item = models.ForeignKey(
        "orders.OrderItem", on_delete=models.PROTECT, related_name="shipment_items"
    )
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["shipment", "order_item"], name="shipment_item_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="shipment_item_some"),
        )

    def __str__(self) -> str:
        return f"{self.quantity} of {self.order_item_id}"


class Label(models.Model):
    """One purchase, written down before the carrier is asked. `id` is our reference there."""

    class Status(models.TextChoices):
        BUYING = "buying", _("Buying")
        PURCHASED = "purchased", _("Bought")
        UNKNOWN = "unknown", _("In doubt")
        REFUSED = "refused", _("Refused")
        VOIDED = "voided", _("Voided")

    id = models.CharField(primary_key=True, max_length=32, default=new_label_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="labels"
    )
    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="labels")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.BUYING)
    carrier_label_id = models.CharField(max_length=200, blank=True)
    tracking_number = models.CharField(max_length=60, blank=True)
    cost_amount = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    cost_currency = models.CharField(max_length=3, blank=True)
    # What the carrier prepared: without it nothing was bought where the carrier prepares.
    ticket = SealedField(kind=str)
    prepared_at = models.DateTimeField(null=True)
    # Whether the address was printed in Latin letters (orders.models.Script), as it was claimed.
    address_script = models.CharField(max_length=8, blank=True)
    claimed_at = models.DateTimeField()
    purchased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            # Never two labels at once for one shipment, whatever our code believes.
            models.UniqueConstraint(
                fields=["shipment"],
                condition=Q(status__in=["buying", "purchased", "unknown"]),
                name="label_once",
            ),
        )

    def __str__(self) -> str:
        return self.id

    @property
    def cost(self) -> Money | None:
        """What it cost; while it is being bought, what was set aside for it."""
        return amount(self.cost_amount, self.cost_currency)


class Charge(models.Model):
    """A cent that moved, or was announced, for a label: the lines of an account, never changed.

    What a label costs is the sum of all but `quoted`.
    """

    class Kind(models.TextChoices):
        QUOTED = "quoted", _("Quoted")
        BOUGHT = "bought", _("Bought")
        ADJUSTED = "adjusted", _("Adjusted by the carrier")
        REFUNDED = "refunded", _("Refunded")

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="charges"
    )
    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="charges")
    carrier_account = models.ForeignKey("carriers.CarrierAccount", on_delete=models.PROTECT)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    amount = models.DecimalField(max_digits=12, decimal_places=4)  # of a refund below zero
    currency = models.CharField(max_length=3)
    source = models.CharField(max_length=80, blank=True)  # the invoice and its line
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["label", "kind", "source"], name="charge_once"),
        )
        indexes = (
            models.Index(fields=["carrier_account", "at"], name="charge_by_day"),
            models.Index(fields=["workspace", "-at", "-id"], name="charge_by_date"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.currency}"


class Document(models.Model):
    """A label as the carrier made it. It shows the buyer's address: sealed with the order's key."""

    id = models.CharField(primary_key=True, max_length=32, default=new_document_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="documents"
    )
    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="documents")
    kind = models.CharField(max_length=8, default="label")  # label | customs
    format = models.CharField(max_length=4)  # pdf | zpl | png
    size = models.CharField(max_length=8)
    content = SealedField(kind=bytes)
    created_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["label", "format"], name="document_of_label"),)

    def __str__(self) -> str:
        return self.id


class NoticeFile(models.Model):
    """A shipping-confirmation file for a store without API. It holds no personal data."""

    id = models.CharField(
        primary_key=True, max_length=32, default=new_notice_file_id, editable=False
    )
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="notice_files"
    )
    store = models.ForeignKey(
        "channels.Store", on_delete=models.CASCADE, related_name="notice_files"
    )
    content = models.BinaryField()
    count = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.id


class NoticeQuerySet(models.QuerySet["Notice"]):
    def due(self, now: datetime, *, lease: timedelta) -> "NoticeQuerySet":
        """What must be sent now, the most urgent first; also what a dead worker left half done."""
        ready = Q(status__in=[Notice.Status.PENDING, Notice.Status.THROTTLED]) & (
            Q(next_try_at__isnull=True) | Q(next_try_at__lte=now)
        )
        died = Q(status=Notice.Status.SENDING, claimed_at__lte=now - lease)
        return self.filter(
            ready | died, store__account__isnull=False, store__account__status="active"
        ).order_by("deadline_at", "id")

    def to_file(self, now: datetime) -> "NoticeQuerySet":
        """What the next file of a store without API must say: its turn has come."""
        has_turn = Q(next_try_at__isnull=True) | Q(next_try_at__lte=now)
        return self.filter(has_turn, status=Notice.Status.PENDING)

    def waiting(self) -> "NoticeQuerySet":
        return self.filter(
            status__in=[Notice.Status.PENDING, Notice.Status.THROTTLED, Notice.Status.SENDING]
        )

    def claim(self, notice: "Notice", *, now: datetime) -> bool:
        """Take the notice for ourselves. False: another worker was first, or it was corrected."""
        seen = self.filter(
            pk=notice.pk,
            status=notice.status,
            claimed_at=notice.claimed_at,
            revision=notice.revision,
        )
        return (
            seen.update(
                status=Notice.Status.SENDING,
                awaits_scan=False,
                claimed_at=now,
                attempts=models.F("attempts") + 1,
            )
            == 1
        )


class Notice(models.Model):
    """What a store must be told of a shipment: one for each shipment and order."""

    class Status(models.TextChoices):
        NOT_REQUIRED = "not_required", _("Not required")
        PENDING = "pending", _("Waiting")
        SENDING = "sending", _("Being sent")
        THROTTLED = "throttled", _("Waiting for Amazon's quota")
        ACCEPTED = "accepted", _("Accepted")
        FAILED = "failed", _("Refused")

    id = models.CharField(primary_key=True, max_length=32, default=new_notice_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="notices"
    )
    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="notices")
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="notices")
    store = models.ForeignKey("channels.Store", on_delete=models.PROTECT, related_name="notices")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PENDING)
    package_reference = models.CharField(max_length=12, default=new_package_reference)
    is_correction = models.BooleanField(default=False)  # the store was told before: it edits
    revision = models.PositiveIntegerField(default=0)  # of what is said: a correction is another
    awaits_scan = models.BooleanField(default=False)  # until `next_try_at` at the latest
    is_orphaned = models.BooleanField(default=False)  # told, and its label was voided since
    told_at = models.DateTimeField(null=True)  # when the store first took it
    deadline_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    problem = models.JSONField(null=True)  # a Sentence with its code and Amazon's request id
    request_id = models.CharField(max_length=80, blank=True)
    accepted_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)  # when the store was seen to show the parcel
    file = models.ForeignKey(
        NoticeFile, null=True, on_delete=models.SET_NULL, related_name="notices"
    )
    created_at = models.DateTimeField()

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["shipment", "order"], name="notice_once"),
            models.UniqueConstraint(fields=["order", "package_reference"], name="notice_reference"),
        )
        indexes = (
            models.Index(
                fields=["store", "deadline_at"],
                name="notice_waiting",
                condition=Q(status__in=["pending", "throttled", "sending"]),
            ),
            models.Index(
                fields=["workspace", "deadline_at", "id"],
                name="notice_not_accepted",
                condition=Q(status__in=["pending", "throttled", "sending", "failed"]),
            ),
            models.Index(fields=["workspace", "-created_at", "-id"], name="notice_by_date"),
            models.Index(
                fields=["workspace", "-created_at", "-id"],
                name="notice_unverified",
                condition=Q(status="accepted", verified_at__isnull=True),
            ),
            models.Index(fields=["order"], name="notice_orphaned", condition=Q(is_orphaned=True)),
        )

    def __str__(self) -> str:
        return self.id
