"""Learning: what products weigh, from parcels that a person put on the scale.

Only parcels with one product in them teach, and only those whose weight a person entered: the
others weigh what was believed before. What is learned is offered, never imposed.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median_low

from django.db.models import Count, F, Max, Q, Sum

from packbench.accounts.models import Workspace
from packbench.products.models import Product, WeightSample
from packbench.shipments.models import Shipment, ShipmentItem
from packbench.shipments.status import LABELED

LOOKED_BACK = timedelta(days=7)
MOST_SHIPMENTS = 20_000  # the latest of a workspace
KEPT = 50  # samples of a product


def learn_weights(workspace: Workspace, *, now: datetime) -> int:
    """Take samples of the workspace's latest parcels; return how many are new.

    Safe to run again: a parcel teaches once.
    """
    samples = list(_samples(workspace, now=now))
    new = {sample.shipment_id for sample in samples} - set(
        WeightSample.objects.filter(
            shipment_id__in=[sample.shipment_id for sample in samples]
        ).values_list("shipment_id", flat=True)
    )
    fresh = [sample for sample in samples if sample.shipment_id in new]
    WeightSample.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=1000)
    for product_id in sorted({sample.product_id for sample in fresh}):
        _reckon(product_id)
    return len(fresh)


def learn_all(*, now: datetime) -> None:
    """Do so for each workspace that has parcels."""
    for workspace in Workspace.objects.filter(shipments__isnull=False).distinct().order_by("id"):
        learn_weights(workspace, now=now)


def _samples(workspace: Workspace, *, now: datetime) -> Iterable[WeightSample]:
    weighed = Q(order__is_weight_given=True) | ~Q(weight_g=F("order__weight_g"))
    shipments = (
        workspace.shipments.filter(created_at__gte=now - LOOKED_BACK, status__in=LABELED)
        .filter(weighed, is_manual=False, is_composed=False, weight_g__gt=0)
        .order_by("-created_at", "-id")[:MOST_SHIPMENTS]
    )
    rows = {row.pk: row for row in shipments.only("id", "weight_g", "created_at")}
    contents = (
        ShipmentItem.objects.filter(shipment__in=list(rows))
        .values("shipment_id")
        .annotate(
            products=Count("order_item__product", distinct=True),
            lines=Count("id"),
            known=Count("order_item__product"),
            product=Max("order_item__product"),
            pieces=Sum("quantity"),
        )
        .filter(products=1, known=F("lines"))
        .order_by("shipment_id")
    )
    for each in contents:
        shipment: Shipment = rows[each["shipment_id"]]
        grams = round(shipment.weight_g / each["pieces"])
        if grams:
            yield WeightSample(
                product_id=each["product"],
                shipment_id=shipment.pk,
                weight_g=grams,
                at=shipment.created_at,
            )


def _reckon(product_id: str) -> None:
    """Keep the latest samples and their median."""
    samples = WeightSample.objects.filter(product=product_id).order_by("-at", "-id")
    kept = list(samples.values_list("pk", "weight_g")[:KEPT])
    samples.exclude(pk__in=[pk for pk, _ in kept]).delete()
    Product.objects.filter(pk=product_id).update(
        learned_weight_g=median_low(grams for _, grams in kept), learned_count=len(kept)
    )
