"""Rows: orders to one address that a person wants in parcels of their own."""

from django.db import models


class KeptApart(models.Model):
    """An order whose suggested combination was dismissed, and how it was then.

    Orders that were dismissed together have the same `group`. It counts for as long as all that
    could share their parcel are of the group and none of them changed.
    """

    order = models.OneToOneField(
        "orders.Order", primary_key=True, on_delete=models.CASCADE, related_name="kept_apart"
    )
    group = models.CharField(max_length=32)
    seen = models.CharField(max_length=64)  # dismissing: the order as it was
    dismissed_by = models.CharField(max_length=64)
    dismissed_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["group"], name="kept_apart_group"),)

    def __str__(self) -> str:
        return self.order_id
