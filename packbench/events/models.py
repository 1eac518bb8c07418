"""Rows: what happened. The timeline a seller sees, the audit trail, and what starts the rest."""

from typing import Any

from django.db import models


class EventQuerySet(models.QuerySet["Event"]):
    def of_order(self, order_id: str) -> "EventQuerySet":
        """The order's timeline, newest first."""
        return self.filter(order_id=order_id).order_by("-at", "-id")

    def of_the_desk(self) -> "EventQuerySet":
        """What concerns no order, parcel or store: accounts, secrets, settings; newest first."""
        none = self.filter(order_id="", shipment_id="", store_id="")
        return none.order_by("-at", "-id")


class Event(models.Model):
    """One change, written by the verb that made it, in the same transaction.

    `data` holds ids, codes and numbers only. Subjects are plain ids: an event outlives its rows.
    """

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="events"
    )
    name = models.CharField(max_length=40)
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    order_id = models.CharField(max_length=32, blank=True)
    shipment_id = models.CharField(max_length=32, blank=True)
    store_id = models.CharField(max_length=32, blank=True)
    data = models.JSONField(default=dict)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(
                fields=["order_id", "at"], name="event_of_order", condition=~models.Q(order_id="")
            ),
            models.Index(fields=["workspace", "at"], name="event_of_workspace"),
            models.Index(
                fields=["workspace", "at"],
                name="event_of_the_desk",
                condition=models.Q(order_id="", shipment_id="", store_id=""),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def details(self) -> dict[str, Any]:
        return dict(self.data)
