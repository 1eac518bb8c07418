"""Rows: orders and what is in them."""

from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from packbench.channels.base import Buyer, ItemNotes, OrderStatus
from packbench.lib.addresses import Address
from packbench.lib.ids import new_id
from packbench.lib.money import Money, amount
from packbench.privacy.fields import SealedField


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


class OrderQuerySet(models.QuerySet["Order"]):
    def to_ship(self) -> "OrderQuerySet":
        """Orders that wait for a parcel."""
        return self.filter(status__in=WORK)

    def with_problems(self) -> "OrderQuerySet":
        return self.to_ship().filter(has_problems=True)

    def for_page(self) -> "OrderQuerySet":
        """What the page of one order shows, in a fixed number of queries."""
        return self.select_related("store", "key", "key__parent").prefetch_related(
            "items__product", "shipments"
        )


class Order(models.Model):
    """What a buyer bought in one order of one store."""

    id = models.CharField(primary_key=True, max_length=32, default=new_order_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="orders"
    )
    store = models.ForeignKey("channels.Store", on_delete=models.PROTECT, related_name="orders")
    external_id = models.CharField(max_length=50)
    seller_order_id = models.CharField(max_length=60, blank=True)

    status = models.CharField(max_length=24, choices=Status.choices)
    channel_status = models.CharField(max_length=24, choices=Status.choices)
    remote_status = models.CharField(max_length=40)  # the store's own word
    held_at = models.DateTimeField(null=True)
    hold_reason = models.CharField(max_length=200, blank=True)
    confirmed_at = models.DateTimeField(null=True)  # when the store had been told of every item
    reopened_at = models.DateTimeField(null=True)  # a told parcel was voided: it waits again

    placed_at = models.DateTimeField()
    changed_at = models.DateTimeField()  # the store's time of the last change we have seen
    imported_at = models.DateTimeField()
    ship_from_at = models.DateTimeField(null=True)  # the earliest that the store allows
    ship_by_at = models.DateTimeField(null=True)
    deliver_by_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()  # ship_by_at, or placed_at where the store promised nothing

    service_level = models.CharField(max_length=40, blank=True)
    programs = ArrayField(models.CharField(max_length=60), default=list)
    replaces = models.CharField(max_length=50, blank=True)
    total_amount = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    total_currency = models.CharField(max_length=3, blank=True)
    quantity = models.PositiveIntegerField(default=0)  # pieces
    weight_g = models.PositiveIntegerField(null=True)
    is_weight_given = models.BooleanField(default=False)  # a person said so: imports leave it
    is_gift = models.BooleanField(default=False)
    is_customized = models.BooleanField(default=False)
    is_cancel_requested = models.BooleanField(default=False)
    problems = ArrayField(models.CharField(max_length=40), default=list)
    has_problems = models.BooleanField(default=False)
    waived = ArrayField(models.CharField(max_length=40), default=list)  # problems a person waved by
    has_address = models.BooleanField(default=False)  # the sealed one is complete
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
                fields=["workspace", "due_at", "id"],
                name="order_problems",
                condition=Q(has_problems=True),
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
    def can_ship(self) -> bool:
        """Whether a label may be bought: it waits for a parcel and nothing is wrong with it."""
        return self.status in WORK and not self.problems


class OrderItemQuerySet(models.QuerySet["OrderItem"]):
    def of(self, orders: Iterable[Order]) -> "OrderItemQuerySet":
        return self.filter(order__in=list(orders)).order_by("order_id", "position")


class OrderItem(models.Model):
    """One line of an order. Quantities are pieces."""

    id = models.CharField(primary_key=True, max_length=32, default=new_item_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="items")
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
    gift_wrap = models.CharField(max_length=60, blank=True)
    is_gift = models.BooleanField(default=False)
    is_customized = models.BooleanField(default=False)
    is_cancel_requested = models.BooleanField(default=False)
    notes = SealedField(kind=ItemNotes)

    objects = OrderItemQuerySet.as_manager()

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=["order", "external_id"], name="order_item_once"),
        )
        indexes = (
            GinIndex(OpClass(Upper("sku"), name="gin_trgm_ops"), name="item_sku_search"),
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
