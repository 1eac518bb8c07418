"""Rows: photos of open parcels, taken at the bench."""

from django.db import models

from packbench.lib.ids import new_id
from packbench.privacy.fields import SealedField


def new_photo_id() -> str:
    return new_id("pho")


class ParcelPhoto(models.Model):
    """A parcel as it was packed, as WebP of our own making.

    Gift cards and slips lie in it: it is sealed by its order's key and ends with the first of the
    orders that share the parcel. `shipment` is null until the parcel has one.
    """

    id = models.CharField(primary_key=True, max_length=32, default=new_photo_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="parcel_photos"
    )
    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="photos")
    shipment = models.ForeignKey(
        "shipments.Shipment", null=True, on_delete=models.SET_NULL, related_name="photos"
    )
    content = SealedField(kind=bytes)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    taken_by = models.CharField(max_length=64)
    taken_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.id
