"""Rows: shipments, the labels bought for them, and what stores must be told."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from packbench.carriers.models import CarrierAccount
from packbench.lib.ids import new_id
from packbench.lib.money import Money, amount
from packbench.orders.models import Order
from packbench.privacy.fields import SealedField
from packbench.shipments.apart import KeptApart as KeptApart
from packbench.shipments.feeds import NoticeFeed as NoticeFeed
from packbench.shipments.invoices import Invoice as Invoice
from packbench.shipments.invoices import InvoiceLine as InvoiceLine
from packbench.shipments.invoices import OfALabel, plain_tracking_number
from packbench.shipments.links import Forward as Forward
from packbench.shipments.links import StoreLink as StoreLink
from packbench.shipments.logbook import NoticeAttempt as NoticeAttempt
from packbench.shipments.logbook import TrackingEvent as TrackingEvent
from packbench.shipments.manifests import Manifest as Manifest
from packbench.shipments.message_rows import BuyerMessage as BuyerMessage
from packbench.shipments.message_rows import StoreMessages as StoreMessages
from packbench.shipments.photos import ParcelPhoto as ParcelPhoto
from packbench.shipments.return_rows import ApprovedSender as ApprovedSender
from packbench.shipments.return_rows import ReturnLabel as ReturnLabel
from packbench.shipments.return_rows import ReturnMail as ReturnMail
from packbench.shipments.status import (
    LABELED,
    MOVES,
    NOT_THERE,
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
    name = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=500, blank=True)  # of the desk, for the desk
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    is_open = models.BooleanField(default=False)  # orders are still collected; nothing is asked
    order_ids = models.JSONField(default=list)  # those collected, while it is open
    refused = models.JSONField(default=list)  # [{"order_id", "number", "problems": [code]}]
    preset = models.ForeignKey(
        "carriers.Preset", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    archived_at = models.DateTimeField(null=True)
    assignee = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.SET_NULL, related_name="+"
    )  # who sees to it

    def __str__(self) -> str:
        return self.id


class ShipmentQuerySet(models.QuerySet["Shipment"]):
    def live(self) -> "ShipmentQuerySet":
        """All that are not voided: their items are spoken for."""
        return self.exclude(status=Status.VOIDED)

    def labeled(self) -> "ShipmentQuerySet":
        return self.filter(status__in=LABELED)

    def of_orders(self, order_ids: Iterable[str]) -> "ShipmentQuerySet":
        """All with pieces of these orders: their own, and those they go along in."""
        ids = list(order_ids)
        own = Shipment.objects.filter(order__in=ids).order_by().values("pk")
        along = Companion.objects.filter(order__in=ids).order_by().values("shipment")
        return self.filter(pk__in=own.union(along))

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
    is_composed = models.BooleanField(default=False)  # a person said what goes in: it stays so
    ship_by_at = models.DateTimeField(null=True)  # its own; null: its order's
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
    manifest = models.ForeignKey(
        Manifest, null=True, on_delete=models.SET_NULL, related_name="shipments"
    )  # the form that it went with

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

    def order_ids(self) -> list[str]:
        """The orders with pieces in it, its own first."""
        if not self.is_composed:
            return [self.order_id]
        along = self.companions.order_by("order").values_list("order", flat=True)
        return [self.order_id, *along]

    def orders(self) -> "list[Order]":
        """The same as rows, each with its store."""
        if not self.is_composed:
            return [self.order]
        along = self.companions.select_related("order__store").order_by("order")
        return [self.order, *(each.order for each in along)]


class ShipmentItem(models.Model):
    """How many pieces of an order's line go in a shipment."""

    id = models.BigAutoField(primary_key=True)
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="items")
    order_item = models.ForeignKey(
        "orders.OrderItem", on_delete=models.PROTECT, related_name="shipment_items"
    )
    quantity = models.PositiveIntegerField()
    transparency_codes = ArrayField(models.CharField(max_length=200), default=list)
    serial_numbers = ArrayField(models.CharField(max_length=100), default=list)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["shipment", "order_item"], name="shipment_item_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="shipment_item_some"),
        )

    def __str__(self) -> str:
        return f"{self.quantity} of {self.order_item_id}"


class Companion(models.Model):
    """An order whose pieces go along in the parcel of another one: the shipment is combined."""

    id = models.BigAutoField(primary_key=True)
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="companions")
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="companions")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["shipment", "order"], name="companion_once"),
        )

    def __str__(self) -> str:
        return f"{self.order_id} in {self.shipment_id}"


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
        indexes = (
            models.Index(F("workspace"), plain_tracking_number(), name="label_by_plain_number"),
        )

    def __str__(self) -> str:
        return self.id

    @property
    def carrier_account(self) -> CarrierAccount:
        """Who sells it, as a return label has it: the parcel's."""
        return self.shipment.carrier_account

    @property
    def cost(self) -> Money | None:
        """What it cost; while it is being bought, what was set aside for it."""
        return amount(self.cost_amount, self.cost_currency)


class Charge(OfALabel):
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
    carrier_account = models.ForeignKey("carriers.CarrierAccount", on_delete=models.PROTECT)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    amount = models.DecimalField(max_digits=12, decimal_places=4)  # of a refund below zero
    currency = models.CharField(max_length=3)
    source = models.CharField(max_length=80, blank=True)  # the invoice and its line
    at = models.DateTimeField()

    class Meta(OfALabel.Meta):
        constraints = (
            *OfALabel.Meta.constraints,
            models.UniqueConstraint(fields=["label", "kind", "source"], name="charge_once"),
            models.UniqueConstraint(
                fields=["return_label", "kind", "source"], name="charge_of_return_once"
            ),
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
    dpi = models.PositiveSmallIntegerField(null=True)  # that ZPL was made for, where it is known
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
            ready | died,
            feed__isnull=True,
            store__account__isnull=False,
            store__account__status="active",
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

    UNTOLD = ("pending", "throttled", "sending")

    id = models.CharField(primary_key=True, max_length=32, default=new_notice_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="notices"
    )
    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="notices")
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="notices")
    store = models.ForeignKey("channels.Store", on_delete=models.PROTECT, related_name="notices")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PENDING)
    package_reference = models.CharField(max_length=60, default=new_package_reference)
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
    # The feed that it is in right now; afterwards the attempt knows.
    feed = models.ForeignKey(
        NoticeFeed, null=True, on_delete=models.SET_NULL, related_name="notices"
    )
    # It may be at Amazon by a feed, under a number of Amazon's that is not known yet.
    is_fed = models.BooleanField(default=False)
    is_unchecked = models.BooleanField(default=False)  # a person vouches for the tracking number
    warned_at = models.DateTimeField(null=True)  # when owners were told that it is nearly late
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
