"""Rows: what is sold, by SKU."""

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _

from packbench.lib.ids import new_id


def new_product_id() -> str:
    return new_id("prd")


class ProductQuerySet(models.QuerySet["Product"]):
    def by_sku(self, skus: Iterable[str]) -> "dict[str, Product]":
        return {product.sku: product for product in self.filter(sku__in=list(skus))}

    def without_weight(self) -> "ProductQuerySet":
        return self.filter(weight_g__isnull=True).order_by("sku")


class Product(models.Model):
    """A product of the workspace. `weight_g` is grams a piece with its own packaging."""

    id = models.CharField(primary_key=True, max_length=32, default=new_product_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="products"
    )
    sku = models.CharField(max_length=100)
    asin = models.CharField(max_length=20, blank=True)
    title = models.CharField(max_length=500, blank=True)
    weight_g = models.PositiveIntegerField(_("Weight (g)"), null=True)
    image_url = models.URLField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    objects = ProductQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["workspace", "sku"], name="product_once"),
            models.CheckConstraint(
                condition=models.Q(weight_g__isnull=True) | models.Q(weight_g__gt=0),
                name="product_weighs_something",
            ),
        )

    def __str__(self) -> str:
        return self.sku
