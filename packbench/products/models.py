"""Rows: what is sold, by SKU."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import IsNull
from django.utils.translation import gettext_lazy as _

from packbench.lib.ids import new_id

# Of several products with one ASIN the first stands for all of them (products/matching.py).
FIRST_OF_ASIN = (
    "asin",
    IsNull(F("weight_g"), True),
    IsNull(F("amazon_weight_g"), True),
    "created_at",
    "id",
)


def new_product_id() -> str:
    return new_id("prd")


def new_weight_rule_id() -> str:
    return new_id("wgt")


class ProductQuerySet(models.QuerySet["Product"]):
    def listed(self) -> "ProductQuerySet":
        """Those that stand for themselves: what was merged into another one is that one."""
        return self.filter(merged_into__isnull=True)

    def by_sku(self, skus: Iterable[str]) -> "dict[str, Product]":
        """The products that stand for these SKUs."""
        rows = self.filter(sku__in=list(skus)).select_related("merged_into")
        return {product.sku: product.merged_into or product for product in rows}

    def by_asin(self, asins: Iterable[str]) -> "dict[str, Product]":
        """The product that stands for each ASIN: the first of FIRST_OF_ASIN.

        One that was merged into another counts where no other has the ASIN.
        """
        rows = self.filter(asin__in=list(asins)).select_related("merged_into")
        ordered = rows.order_by("asin", IsNull(F("merged_into"), False), *FIRST_OF_ASIN[1:])
        return {row.asin: row.merged_into or row for row in ordered.distinct("asin")}

    def without_weight(self) -> "ProductQuerySet":
        """Those that no weight is known of, or only Amazon's where it is not to be used."""
        return self.filter(weight_g__isnull=True).filter(
            Q(amazon_weight_g__isnull=True) | Q(store__has_weights=False)
        )

    def without_customs(self) -> "ProductQuerySet":
        """Those that cannot cross a customs border yet."""
        return self.filter(Q(hs_code="") | Q(country_of_origin=""))

    def dangerous(self) -> "ProductQuerySet":
        return self.filter(is_dangerous=True)

    def due_for_fetching(self, now: datetime) -> "ProductQuerySet":
        """Those to ask Amazon about: never asked, or long ago."""
        never = Q(next_fetch_at__isnull=True)
        return self.filter(never | Q(next_fetch_at__lte=now), store__account__isnull=False)


class Product(models.Model):
    """A product of the workspace, with what was entered here and what Amazon says of it.

    Weights are grams a piece with its own packaging, but for `item_weight_g` (Amazon's) and
    `net_weight_g` (ours), which are without. Lengths are of one packed piece, but for `net_…_mm`.
    """

    id = models.CharField(primary_key=True, max_length=32, default=new_product_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="products"
    )
    sku = models.CharField(max_length=100)
    asin = models.CharField(max_length=20, blank=True)
    title = models.CharField(max_length=500, blank=True)
    weight_g = models.PositiveIntegerField(_("Weight (g)"), null=True)
    length_mm = models.PositiveIntegerField(_("Length (mm)"), null=True)
    width_mm = models.PositiveIntegerField(_("Width (mm)"), null=True)
    height_mm = models.PositiveIntegerField(_("Height (mm)"), null=True)
    hs_code = models.CharField(_("HS code"), max_length=12, blank=True)
    country_of_origin = models.CharField(_("Country of origin"), max_length=2, blank=True)
    customs_description = models.CharField(_("Customs description"), max_length=100, blank=True)
    customs_value = models.DecimalField(
        _("Customs value"), max_digits=12, decimal_places=2, null=True
    )  # of one piece
    customs_currency = models.CharField(_("Currency"), max_length=3, blank=True)
    storage_bin = models.CharField(_("Storage bin"), max_length=40, blank=True)
    tags = ArrayField(models.CharField(max_length=40), verbose_name=_("Tags"), default=list)
    is_dangerous = models.BooleanField(_("Dangerous goods"), default=False)
    net_weight_g = models.PositiveIntegerField(_("Weight without packaging (g)"), null=True)
    net_length_mm = models.PositiveIntegerField(_("Length without packaging (mm)"), null=True)
    net_width_mm = models.PositiveIntegerField(_("Width without packaging (mm)"), null=True)
    net_height_mm = models.PositiveIntegerField(_("Height without packaging (mm)"), null=True)
    own_stock = models.PositiveIntegerField(_("Stock"), null=True)  # counts before Amazon's
    epr_categories = ArrayField(
        models.CharField(max_length=24), verbose_name=_("Producer's duties"), default=list
    )  # of lib.epr; empty: as its type at Amazon suggests
    # What it is sold as is another product's: this row only keeps what it was before.
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="merged"
    )
    # The last open order that follows its facts; null: all of them do (orders/following.py).
    orders_follow_to = models.CharField(max_length=32, null=True)
    learned_weight_g = models.PositiveIntegerField(null=True)  # the median of its samples
    learned_count = models.PositiveSmallIntegerField(default=0)
    unwanted_weight_g = models.PositiveIntegerField(null=True)  # learned, and not wanted
    created_at = models.DateTimeField()

    store = models.ForeignKey(
        "channels.Store", null=True, on_delete=models.SET_NULL, related_name="+"
    )  # where it is sold: whose account is asked about it
    amazon_title = models.CharField(max_length=500, blank=True)
    amazon_weight_g = models.PositiveIntegerField(null=True)
    item_weight_g = models.PositiveIntegerField(null=True)
    amazon_length_mm = models.PositiveIntegerField(null=True)
    amazon_width_mm = models.PositiveIntegerField(null=True)
    amazon_height_mm = models.PositiveIntegerField(null=True)
    product_type = models.CharField(max_length=100, blank=True)
    stock_quantity = models.PositiveIntegerField(_("Stock"), null=True)
    stock_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(null=True)
    next_fetch_at = models.DateTimeField(null=True)  # null: never asked; later than now: claimed
    is_fetch_asked = models.BooleanField(default=False)  # a person waits for it
    fetch_error = models.JSONField(null=True)  # a Sentence with its code

    image_url = models.URLField(max_length=500, blank=True)  # Amazon's
    image_version = models.CharField(max_length=16, blank=True)  # of our copy; empty: none
    next_image_at = models.DateTimeField(null=True)  # when to fetch the picture; null: never
    image_tries = models.PositiveSmallIntegerField(default=0)
    image_error = models.JSONField(null=True)  # a Sentence with its code
    is_image_own = models.BooleanField(default=False)  # uploaded here: Amazon's does not replace it

    objects = ProductQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["workspace", "sku"], name="product_once"),
            models.CheckConstraint(
                condition=models.Q(weight_g__isnull=True) | models.Q(weight_g__gt=0),
                name="product_weighs_something",
            ),
        )
        indexes = (
            models.Index(fields=["workspace", "asin"], name="product_by_asin"),
            models.Index(fields=["store", "next_fetch_at"], name="product_to_fetch"),
            models.Index(
                fields=["next_image_at"],
                name="product_image_due",
                condition=Q(next_image_at__isnull=False),
            ),
            models.Index(
                fields=["workspace"],
                name="product_followed",
                condition=Q(orders_follow_to__isnull=False),
            ),
            GinIndex(fields=["tags"], name="product_tags"),
            models.Index(
                fields=["workspace", "storage_bin"],
                name="product_bin",
                condition=~Q(storage_bin=""),
            ),
        )

    def __str__(self) -> str:
        return self.sku

    @property
    def stock(self) -> int | None:
        """Pieces on the shelf: as entered here, else as Amazon says."""
        return self.stock_quantity if self.own_stock is None else self.own_stock

    @property
    def is_known_by_asin(self) -> bool:
        """Whether the store where it is sold knows it by its ASIN (SEED-21)."""
        return bool(self.store and self.store.knows_by_asin and self.asin)


class Alias(models.Model):
    """Another name of a product: a SKU or an ASIN, in one store or in all of them, or a barcode.

    A barcode is kept as its 14 digits (`lib.gtin`) and belongs to no store.
    """

    class Kind(models.TextChoices):
        SKU = "sku", _("SKU")
        ASIN = "asin", _("ASIN")
        BARCODE = "barcode", _("Barcode")

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="product_aliases"
    )
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="aliases")
    store = models.ForeignKey(
        "channels.Store", null=True, on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    value = models.CharField(max_length=100)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["workspace", "kind", "value", "store"],
                name="alias_once",
                nulls_distinct=False,
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class WeightRule(models.Model):
    """What a piece weighs where neither a person nor Amazon said so.

    Rules with a tag, a product type or a beginning of the SKU come first, in their order; one
    without any is the default of its store, or of all.
    """

    id = models.CharField(
        primary_key=True, max_length=32, default=new_weight_rule_id, editable=False
    )
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="weight_rules"
    )
    position = models.PositiveSmallIntegerField(default=0)
    store = models.ForeignKey(
        "channels.Store", null=True, on_delete=models.CASCADE, related_name="+"
    )
    tag = models.CharField(_("Tag"), max_length=40, blank=True)
    product_type = models.CharField(_("Product type"), max_length=100, blank=True)
    sku_prefix = models.CharField(_("SKU begins with"), max_length=100, blank=True)
    weight_g = models.PositiveIntegerField(_("Weight (g)"))
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(weight_g__gt=0), name="rule_weighs_something"),
        )

    def __str__(self) -> str:
        return self.id

    @property
    def is_default(self) -> bool:
        return not (self.tag or self.product_type or self.sku_prefix)


class WeightSample(models.Model):
    """What a piece of a product weighed in one parcel that a person put on the scale."""

    id = models.BigAutoField(primary_key=True)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="weight_samples")
    shipment_id = models.CharField(max_length=32, unique=True)
    weight_g = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["product", "-at"], name="sample_of_product"),)

    def __str__(self) -> str:
        return self.shipment_id


class CustomsOrigin(models.Model):
    """Where parcels left from when the open orders were last held against the borders."""

    workspace = models.OneToOneField(
        "accounts.Workspace", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    place = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.place


class ProductImage(models.Model):
    """Our small copy of a product's picture: WebP, at most 160 px, at most a few kB."""

    product = models.OneToOneField(
        Product, primary_key=True, on_delete=models.CASCADE, related_name="image"
    )
    content = models.BinaryField()
    saved_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.product_id


class CatalogPause(models.Model):
    """An account that is not asked about products for a while, and why.

    A new authorization ends the pause: it may bring the role that was missing.
    """

    account = models.OneToOneField(
        "channels.SellerAccount", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    begun_at = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.JSONField()  # a Sentence with its code

    def __str__(self) -> str:
        return self.account_id
