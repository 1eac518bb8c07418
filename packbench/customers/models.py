"""Rows: customers. They hold nothing of the person: that is read from their orders, while it lives.

So nothing of a buyer is kept twice, and what an order's erasure ends is ended here as well.
"""

from django.db import models

from packbench.lib.ids import new_id


def new_customer_id() -> str:
    return new_id("cus")


class Customer(models.Model):
    """A buyer of a workspace, known again by a blinded e-mail address (SEED-55).

    `match` is emptied when the last order that shows the address is erased: from then on nobody
    is known again by this record, which keeps counts and dates.
    """

    id = models.CharField(primary_key=True, max_length=32, default=new_customer_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="customers", db_index=False
    )
    match = models.BinaryField(max_length=32, null=True)
    is_relay = models.BooleanField(default=False)  # the address leads through Amazon (SEED-48)
    first_order_at = models.DateTimeField()
    last_order_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["workspace", "match"], name="customer_once"),
        )
        indexes = (
            models.Index(fields=["workspace", "-last_order_at", "id"], name="customer_by_date"),
        )

    def __str__(self) -> str:
        return self.id
