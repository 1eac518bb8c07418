"""Classifying: what is sold where, from the orders that came in lately (SEED-91)."""

from datetime import datetime, timedelta

from packbench.accounts.models import Workspace
from packbench.channels.complying import country_of
from packbench.channels.models import SoldCategory
from packbench.lib.epr import rule_of
from packbench.orders.models import OrderItem
from packbench.products.categorizing import categories_of

LOOKED_BACK = timedelta(days=90)  # the longest history that is imported
MOST_ORDERS = 50_000  # the latest of a workspace


def note_sold_categories(workspace: Workspace, *, now: datetime) -> set[tuple[str, str]]:
    """Note each (country, category) that the products of recent orders stand for, and return them.

    Safe to run again. What was noted stays; a person's word is kept apart and counts more.
    """
    countries = {store.pk: country_of(store) for store in workspace.stores.defer("brand_logo")}
    recent = workspace.orders.filter(placed_at__gte=now - LOOKED_BACK).order_by("-placed_at", "id")
    items = OrderItem.objects.filter(order__in=recent.values("id")[:MOST_ORDERS])
    typed = items.exclude(product__isnull=True).exclude(
        product__product_type="", product__epr_categories=[]
    )
    kinds = ("product__product_type", "product__epr_categories")
    found = {
        (countries[store_id], category)
        for store_id, product_type, said in typed.values_list("order__store", *kinds)
        .distinct()
        .order_by()
        for category in said or categories_of(product_type)
        if rule_of(countries[store_id], category)
    }
    SoldCategory.objects.bulk_create(
        [
            SoldCategory(
                workspace=workspace, country=country, category=category, is_sold=True, seen_at=now
            )
            for country, category in sorted(found)
        ],
        update_conflicts=True,
        unique_fields=["workspace", "country", "category", "is_said"],
        update_fields=["is_sold", "seen_at"],
    )
    return found


def classify_all(*, now: datetime) -> None:
    """Do so for each workspace that has a store."""
    for workspace in Workspace.objects.filter(stores__isnull=False).distinct().order_by("id"):
        note_sold_categories(workspace, now=now)
