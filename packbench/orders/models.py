"""Rows: orders and what is in them."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from packbench.channels.base import Buyer, Constraint, ItemNotes, OrderDetails, OrderStatus
from packbench.lib.addresses import Address, OwnAddress
from packbench.lib.ids import new_id
from packbench.lib.money import Money, amount
from packbench.orders.customizations import Customization as Customization
from packbench.orders.customizations import CustomPicture as CustomPicture
from packbench.orders.upload_rows import ColumnMap as ColumnMap
from packbench.orders.upload_rows import Upload as Upload
from packbench.privacy.fields import SealedField

CASH_ON_DELIVERY = "CashOnDelivery"  # Amazon's word in paymentMethod


def new_order_id() -> str:
    return new_id("ord")


def new_item_id() -> str:
    return new_id("itm")


class Status(models.TextChoices):
    """`channels.base.OrderStatus`, with its words for people."""

    AWAITING_PAYMENT = OrderStatus.AWAITING_PAYMENT.value, _("Awaiting payment")
    AWAITING_SHIPMENT = OrderStatus.AWAITING_SHIPMENT.value, _("Awaiting shipment")
    ON_HOLD = OrderStatus.ON_HOLD.value, _("On hold")
    PARTIALLY_SHIPPED = OrderStatus.PARTIALLY_SHIPPED.value, _("Partially shipped")
    PENDING_FULFILLMENT = OrderStatus.PENDING_FULFILLMENT.value, _("Pending fulfillment")
    SHIPPED = OrderStatus.SHIPPED.value, _("Shipped")
    CANCELLED = OrderStatus.CANCELLED.value, _("Cancelled")
    UNFULFILLABLE = OrderStatus.UNFULFILLABLE.value, _("Unfulfillable")


# Orders in these statuses wait for a parcel.
WORK = (Status.AWAITING_SHIPMENT, Status.PARTIALLY_SHIPPED)
# Orders in these may still get one, from us or from others.
OPEN = (*WORK, Status.AWAITING_PAYMENT, Status.ON_HOLD, Status.PENDING_FULFILLMENT)


# What the grid's filters and sorts go by (bench/grid.py measures them at a million orders).
GRID_INDEXES = (
    models.Index(fields=["workspace", "external_id"], name="order_number"),
    models.Index(fields=["workspace", "status", "-placed_at", "id"], name="order_status_date"),
    models.Index(fields=["store", "status", "due_at", "id"], name="order_store_work"),
    models.Index(fields=["store", "-placed_at", "id"], name="order_store_date"),
    models.Index(fields=["workspace", "ship_to_country"], name="order_country"),
    models.Index(fields=["workspace", "service_level"], name="order_service"),
    models.Index(
        fields=["workspace", "weight_g"], name="order_work_weight", condition=Q(status__in=WORK)
    ),
    models.Index(
        fields=["workspace", "due_at", "id"], name="order_gifts", condition=Q(is_gift=True)
    ),
    models.Index(
        fields=["workspace", "due_at", "id"], name="order_custom", condition=Q(is_customized=True)
    ),
    GinIndex(fields=["programs"], name="order_programs"),
)


class OrderQuerySet(models.QuerySet["Order"]):
    def to_ship(self) -> "OrderQuerySet":
        """Orders that wait for a parcel."""
        return self.filter(status__in=WORK)

    def for_page(self) -> "OrderQuerySet":
        """What the page of one order shows, in a fixed number of queries."""
        return self.select_related("store", "key", "key__parent").prefetch_related(
            "items__product", "shipments"
        )


class Script(models.TextChoices):
    """How labels write an address that is not in Latin letters; nothing: nobody has chosen."""

    LATIN = "latin", _("In Latin letters")
    NATIVE = "native", _("As it came")


class Order(models.Model):
    """What a buyer bought in one order of one store."""

    id = models.CharField(primary_key=True, max_length=32, default=new_order_id, editable=False)
    # The indexes below begin with both: one more for each would only slow down imports.
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="orders", db_index=False
    )
    store = models.ForeignKey(
        "channels.Store", on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    external_id = models.CharField(max_length=50)
    seller_order_id = models.CharField(max_length=60, blank=True)

    status = models.CharField(max_length=24, choices=Status.choices)
    channel_status = models.CharField(max_length=24, choices=Status.choices)
    remote_status = models.CharField(max_length=40)  # the store's own word
    held_at = models.DateTimeField(null=True)
    hold_reason = models.CharField(max_length=200, blank=True)
    held_until = models.DateTimeField(null=True)  # then it is released by itself
    confirmed_at = models.DateTimeField(null=True)  # when the store had been told of every item
    reopened_at = models.DateTimeField(null=True)  # a told parcel was voided: it waits again
    is_partly_sent = models.BooleanField(default=False)  # one of its parcels has a label, not all
    rest_by_at = models.DateTimeField(null=True)  # when what a split left behind is to leave

    placed_at = models.DateTimeField()
    changed_at = models.DateTimeField()  # the store's time of the last change we have seen
    imported_at = models.DateTimeField()
    ship_from_at = models.DateTimeField(null=True)  # the earliest that the store allows
    ship_by_at = models.DateTimeField(null=True)
    deliver_from_at = models.DateTimeField(null=True)
    deliver_by_at = models.DateTimeField(null=True)
    label_from_at = models.DateTimeField(null=True)  # no label may be printed before
    opens_at = models.DateTimeField(null=True)  # pre-orders and the like: no label before
    is_early = models.BooleanField(default=False)  # opens_at is still to come
    due_at = models.DateTimeField()  # rest_by_at, else ship_by_at, else placed_at

    service_level = models.CharField(max_length=40, blank=True)
    programs = ArrayField(models.CharField(max_length=60), default=list)
    item_programs = ArrayField(models.CharField(max_length=60), default=list)  # of any item
    constraints = ArrayField(models.CharField(max_length=60), default=list)  # of any item
    promotions = ArrayField(models.CharField(max_length=100), default=list)  # of any item
    is_amazon_fulfilled = models.BooleanField(default=False)  # AFN: view only
    replaces = models.CharField(max_length=50, blank=True)
    replaces_kind = models.CharField(max_length=40, blank=True)  # "replacement", "exchange"
    payment_methods = ArrayField(models.CharField(max_length=60), default=list)
    payments = models.JSONField(default=list)  # {"method", "amount", "currency"}
    charges = models.JSONField(default=list)  # {"kind", "amount", "currency", "status"}
    invoice_status = models.CharField(max_length=40, blank=True)
    invoice_preference = models.CharField(max_length=40, blank=True)
    total_amount = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    total_currency = models.CharField(max_length=3, blank=True)
    quantity = models.PositiveIntegerField(default=0)  # pieces
    weight_g = models.PositiveIntegerField(null=True)
    is_weight_given = models.BooleanField(default=False)  # a person said so: imports leave it
    told_weight_g = models.PositiveIntegerField(null=True)  # what an own shop's file last said
    edited = ArrayField(models.CharField(max_length=20), default=list)  # by hand: files leave it
    is_gift = models.BooleanField(default=False)
    is_customized = models.BooleanField(default=False)
    is_cancel_requested = models.BooleanField(default=False)
    problems = ArrayField(models.CharField(max_length=40), default=list)
    has_problems = models.BooleanField(default=False)
    waived = ArrayField(models.CharField(max_length=40), default=list)  # problems a person waved by
    has_address = models.BooleanField(default=False)  # the one to ship to is complete
    is_address_withheld = models.BooleanField(default=False)  # by the latest state of the order
    has_own_address = models.BooleanField(default=False)  # a person entered it: it counts
    is_address_disputed = models.BooleanField(default=False)  # the store's changed since then
    # Codes of lib.postal.findings, and those of them that keep it from a label at its store.
    address_findings = ArrayField(models.CharField(max_length=32), default=list)
    address_stops = ArrayField(models.CharField(max_length=32), default=list)
    is_address_unchecked = models.BooleanField(default=False)  # a job sees to it
    address_script = models.CharField(max_length=8, choices=Script.choices, blank=True)
    lacks_customs = models.BooleanField(default=False)  # orders/declaring.py
    private_at = models.DateTimeField(null=True)  # time of the state that the buyer's data is of
    note_count = models.PositiveSmallIntegerField(default=0)
    customer = models.ForeignKey(
        "customers.Customer", null=True, on_delete=models.SET_NULL, related_name="orders"
    )
    tags = ArrayField(models.CharField(max_length=32), default=list)  # ids of rules.Tag
    assignee = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    ruled = models.JSONField(default=dict)  # values that rules gave, below what the store says
    decided = ArrayField(models.CharField(max_length=40), default=list)  # by people: rules leave it
    packages = models.JSONField(default=list)  # what the store shows as sent
    custom_field1 = models.CharField(max_length=100, blank=True)  # filled as the store's settings
    custom_field2 = models.CharField(max_length=100, blank=True)  # say (SEED-39)
    custom_field3 = models.CharField(max_length=100, blank=True)

    # SEED-84: city, state, postal code and country stay readable; the rest is sealed.
    ship_to_city = models.CharField(max_length=120, blank=True)
    ship_to_state = models.CharField(max_length=120, blank=True)
    ship_to_postal_code = models.CharField(max_length=30, blank=True)
    ship_to_country = models.CharField(max_length=2, blank=True)
    key = models.OneToOneField("privacy.DataKey", on_delete=models.PROTECT, related_name="+")
    recipient = SealedField(kind=Address)
    buyer = SealedField(kind=Buyer)
    own_address = SealedField(kind=OwnAddress)
    latin_address = SealedField(kind=OwnAddress)  # in Latin letters, instead of the one to ship to
    details = SealedField(kind=OrderDetails)
    erase_at = models.DateTimeField(null=True)  # when the retention rules end the buyer's data
    erase_reason = models.CharField(max_length=24, blank=True)  # the rule that said so
    erased_at = models.DateTimeField(null=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["store", "external_id"], name="order_once"),
            models.CheckConstraint(
                condition=Q(weight_g__isnull=True) | Q(weight_g__gt=0),
                name="order_weighs_something",
            ),
        )
        indexes = (
            models.Index(fields=["workspace", "status", "due_at", "id"], name="order_work"),
            models.Index(fields=["workspace", "-placed_at", "id"], name="order_by_date"),
            models.Index(
                fields=["workspace", "replaces"], name="order_replaces", condition=~Q(replaces="")
            ),
            models.Index(fields=["opens_at"], name="order_opens", condition=Q(is_early=True)),
            models.Index(
                fields=["id"], name="order_to_check", condition=Q(is_address_unchecked=True)
            ),
            models.Index(
                fields=["workspace", "status", "due_at", "id"],
                name="order_problems",
                condition=Q(has_problems=True),
            ),
            GinIndex(
                fields=["problems"], name="order_problem_codes", condition=Q(has_problems=True)
            ),
            GinIndex(
                OpClass(Upper("external_id"), name="gin_trgm_ops"), name="order_number_search"
            ),
            models.Index(Upper("seller_order_id"), name="order_seller_number"),
            *(
                models.Index(Upper(field), name=f"order_{field}", condition=~Q(**{field: ""}))
                for field in ("custom_field1", "custom_field2", "custom_field3")
            ),
            models.Index(
                fields=["erase_at"], name="order_to_erase", condition=Q(erased_at__isnull=True)
            ),
            GinIndex(OpClass(Upper("ship_to_city"), name="gin_trgm_ops"), name="order_city_search"),
            GinIndex(fields=["tags"], name="order_tags"),
            models.Index(
                fields=["held_until"],
                name="order_to_release",
                condition=Q(held_until__isnull=False),
            ),
            models.Index(Upper("ship_to_postal_code"), name="order_postal_code"),
            *GRID_INDEXES,
        )

    def __str__(self) -> str:
        return self.external_id

    @property
    def total(self) -> Money | None:
        return amount(self.total_amount, self.total_currency)

    @property
    def is_prime(self) -> bool:
        return "PRIME" in self.programs

    @property
    def is_business(self) -> bool:
        return "AMAZON_BUSINESS" in self.programs

    @property
    def discount(self) -> Money | None:
        """What was taken off, as the store tells it; None where nothing was."""
        return self._charged("DISCOUNT")

    @property
    def cod(self) -> Money | None:
        """What the carrier is to collect at the door; None where it collects nothing."""
        paid = [entry for entry in self.payments if entry["method"] == CASH_ON_DELIVERY]
        if paid:
            return Money(
                sum((Decimal(entry["amount"] or 0) for entry in paid), Decimal()),
                paid[0]["currency"] or self.total_currency,
            )
        return self.total if Constraint.CASH_ON_DELIVERY.value in self.constraints else None

    @property
    def deadline_at(self) -> datetime:
        """When the store expects to hear of it, whatever a person decided of a part of it."""
        return self.ship_by_at or self.placed_at

    @property
    def is_held(self) -> bool:
        """Whether it must not go out yet: a person, the buyer's wish or its date holds it."""
        asks_to_cancel = self.is_cancel_requested and "cancel_requested" not in self.waived
        return self.held_at is not None or self.is_early or asks_to_cancel

    def _charged(self, kind: str) -> Money | None:
        found = next((entry for entry in self.charges if entry["kind"] == kind), None)
        return Money(Decimal(found["amount"]), found["currency"]) if found else None

    @property
    def can_ship(self) -> bool:
        """Whether a label may be bought: it waits for a parcel and nothing is wrong with it."""
        return self.status in WORK and not self.problems


class OrderItemQuerySet(models.QuerySet["OrderItem"]):
    def of(self, orders: Iterable[Order]) -> "OrderItemQuerySet":
        return self.filter(order__in=list(orders)).order_by("order_id", "position")


class OrderItem(models.Model):
    """One line of an order. Quantities are pieces."""

    id = models.CharField(primary_key=True, max_length=32, default=new_item_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="items", db_index=False)
    product = models.ForeignKey(
        "products.Product", null=True, on_delete=models.SET_NULL, related_name="order_items"
    )
    position = models.PositiveSmallIntegerField(default=0)
    external_id = models.CharField(max_length=50)
    sku = models.CharField(max_length=100, blank=True)
    asin = models.CharField(max_length=20, blank=True)
    title = models.CharField(max_length=500, blank=True)
    quantity = models.PositiveIntegerField()
    quantity_told = models.PositiveIntegerField(default=0)  # in notices of ours, sent or to send
    quantity_elsewhere = models.PositiveIntegerField(default=0)  # sent, but not by us
    unit_amount = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    unit_currency = models.CharField(max_length=3, blank=True)
    charges = models.JSONField(default=list)  # {"kind", "amount", "currency", "parts"}
    programs = ArrayField(models.CharField(max_length=60), default=list)
    constraints = ArrayField(models.CharField(max_length=60), default=list)
    promotions = ArrayField(models.CharField(max_length=100), default=list)
    condition = models.CharField(max_length=80, blank=True)  # "USED VERY_GOOD"
    condition_note = models.CharField(max_length=500, blank=True)  # the seller's own words
    serial_numbers = ArrayField(models.CharField(max_length=100), default=list)
    ioss_number = models.CharField(max_length=60, blank=True)
    tax_scheme = models.CharField(max_length=40, blank=True)  # "IOSS", "UOSS"
    cancelled_by = models.CharField(max_length=40, blank=True)
    facts = models.JSONField(default=dict)  # channels.base.ItemFacts, as JSON
    gift_wrap = models.CharField(max_length=60, blank=True)
    is_gift = models.BooleanField(default=False)
    is_customized = models.BooleanField(default=False)
    is_cancel_requested = models.BooleanField(default=False)
    notes = SealedField(kind=ItemNotes)

    objects = OrderItemQuerySet.as_manager()

    class Meta:
        ordering = ("position",)
        constraints = (
            # It holds what items are searched by as well: they are found without reading them.
            models.UniqueConstraint(
                fields=["order", "external_id"], name="order_item_once", include=["sku", "asin"]
            ),
        )
        indexes = (
            models.Index(Upper("sku"), name="item_sku", include=["sku", "order"]),
            models.Index(Upper("asin"), name="item_asin_search"),
        )

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"

    @property
    def known_by(self) -> str:
        """What people know its product by: the ASIN in a store of ASINs, else the SKU."""
        return self.asin if self.order.store.knows_by_asin and self.asin else self.sku

    @property
    def unit_price(self) -> Money | None:
        return amount(self.unit_amount, self.unit_currency)


def new_note_id() -> str:
    return new_id("nte")


class OrderNote(models.Model):
    """What a person of the desk wrote to an order, for colleagues or for the buyer.

    Sealed by the order's key: people write of buyers. It ends with the buyer's data.
    """

    class Kind(models.TextChoices):
        INTERNAL = "internal", _("Internal note")
        BUYER = "buyer", _("Note to the buyer")

    id = models.CharField(primary_key=True, max_length=32, default=new_note_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="notes")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = SealedField(kind=str)
    author = models.CharField(max_length=32)  # a person's id
    written_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.id


def new_inquiry_id() -> str:
    return new_id("inq")


class Inquiry(models.Model):
    """A question to Amazon after one order number, and what each seller account answered."""

    id = models.CharField(primary_key=True, max_length=32, default=new_inquiry_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="inquiries"
    )
    external_id = models.CharField(max_length=50)
    asked_by = models.CharField(max_length=32)  # a person's id
    asked_at = models.DateTimeField()
    account_ids = models.JSONField(default=list)  # whom to ask, in this order
    answers = models.JSONField(default=dict)  # by account id: a Sentence with a code
    next_try_at = models.DateTimeField(null=True)  # where Amazon's quota makes it wait
    claimed_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["workspace", "external_id"],
                condition=Q(finished_at__isnull=True),
                name="inquiry_open_once",
            ),
        )
        indexes = (
            models.Index(fields=["workspace", "external_id", "-asked_at"], name="inquiry_of_order"),
        )

    def __str__(self) -> str:
        return self.external_id


class SearchEntry(models.Model):
    """What an order is found by of its buyer: keyed tokens, nothing that opens (orders.indexing).

    It goes when the buyer's data is erased. `key_id` and `month` say which key made the tokens.
    """

    order = models.OneToOneField(
        Order, primary_key=True, on_delete=models.CASCADE, related_name="search_entry"
    )
    workspace_id = models.CharField(max_length=32)
    key_id = models.CharField(max_length=32)  # the workspace's key then
    month = models.PositiveSmallIntegerField()  # of the import: year × 12 + month
    tokens = ArrayField(models.IntegerField())
    place = models.BinaryField(max_length=32, null=True)  # recipient and address, blinded

    class Meta:
        indexes = (
            models.Index(fields=["workspace_id", "key_id", "month"], name="search_entry_keys"),
            models.Index(
                fields=["place"], name="search_entry_place", condition=Q(place__isnull=False)
            ),
            # What is not sorted in yet is read at each search: little of it.
            GinIndex(fields=["tokens"], name="search_entry_tokens", gin_pending_list_limit=512),
        )

    def __str__(self) -> str:
        return self.order_id


class SearchBuild(models.Model):
    """How far the entries of a workspace's orders are made anew, and below which key."""

    workspace_id = models.CharField(primary_key=True, max_length=32)
    key_id = models.CharField(max_length=32)
    # The last order that has its entry; null: all have.
    indexed_to = models.CharField(max_length=32, null=True)

    def __str__(self) -> str:
        return self.workspace_id


def new_search_id() -> str:
    return new_id("src")


class Search(models.Model):
    """What a person typed that may name a buyer: sealed, so that no address shows it.

    Forgotten after a day.
    """

    id = models.CharField(primary_key=True, max_length=32, default=new_search_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="searches"
    )
    text = SealedField(kind=str, is_workspaces=True)
    asked_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.id


def new_view_id() -> str:
    return new_id("viw")


class SavedView(models.Model):
    """A choice of orders and columns under a name: one person's, or everybody's."""

    id = models.CharField(primary_key=True, max_length=32, default=new_view_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="saved_views"
    )
    person_id = models.CharField(max_length=32, blank=True)  # "": everybody's
    name = models.CharField(max_length=40)
    choice = models.CharField(max_length=2000)  # the grid's address after its `?`
    columns = models.JSONField(default=list)  # none: those that the person chose
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["workspace", "person_id", "name"], name="saved_view_once"
            ),
        )

    def __str__(self) -> str:
        return self.name


class GridColumns(models.Model):
    """The columns of the grid as a member wants them, in their order."""

    member = models.OneToOneField(
        "accounts.Member", primary_key=True, on_delete=models.CASCADE, related_name="grid_columns"
    )
    columns = models.JSONField(default=list)

    def __str__(self) -> str:
        return str(self.member_id)


def new_bulk_run_id() -> str:
    return new_id("blk")


class BulkRun(models.Model):
    """Something done to many orders, slice by slice. `done_to` is how many are behind it."""

    class Kind(models.TextChoices):
        HOLD = "hold", _("Hold")
        RELEASE = "release", _("Release")
        WEIGH = "weigh", _("Set weight")
        LABEL = "label", _("Create labels")

    id = models.CharField(primary_key=True, max_length=32, default=new_bulk_run_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="bulk_runs"
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    given = models.JSONField(default=dict)  # what the kind needs: a reason, grams, a batch
    order_ids = models.JSONField()
    done_to = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    created_by = models.CharField(max_length=32)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["created_at"],
                name="bulk_run_unfinished",
                condition=Q(finished_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return self.id
