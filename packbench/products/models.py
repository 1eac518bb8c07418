"""Rows: what is sold, by SKU."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
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


class ProductQuerySet(models.QuerySet["Product"]):
    def by_sku(self, skus: Iterable[str]) -> "dict[str, Product]":
        return {product.sku: product for product in self.filter(sku__in=list(skus))}

    def by_asin(self, asins: Iterable[str]) -> "dict[str, Product]":
        """The product that stands for each ASIN: the first of FIRST_OF_ASIN."""
        rows = self.filter(asin__in=list(asins)).order_by(*FIRST_OF_ASIN)
        return {product.asin: product for product in rows.distinct("asin")}

    def without_weight(self) -> "ProductQuerySet":
        """Those that no weight is known of, or only Amazon's where it is not to be used."""
        return self.filter(weight_g__isnull=True).filter(
            Q(amazon_weight_g__isnull=True) | Q(store__has_weights=False)
        )

    def without_customs(self) -> "ProductQuerySet":
        """Those that cannot cross a customs border yet."""
        return self.filter(Q(hs_code="") | Q(country_of_origin=""))

    def due_for_fetching(self, now: datetime) -> "ProductQuerySet":
        """Those to ask Amazon about: never asked, or long ago."""
        never = Q(next_fetch_at__isnull=True)
        return self.filter(never | Q(next_fetch_at__lte=now), store__account__isnull=False)


class Product(models.Model):
    """A product of the workspace, with what was entered here and what Amazon says of it.

    Weights are grams a piece with its own packaging, but for `item_weight_g`, which is without.
    Lengths are of one packed piece.
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
        )

    def __str__(self) -> str:
        return self.sku

    @property
    def is_known_by_asin(self) -> bool:
        """Whether the store where it is sold knows it by its ASIN (SEED-21)."""
        return bool(self.store and self.store.knows_by_asin and self.asin)


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
