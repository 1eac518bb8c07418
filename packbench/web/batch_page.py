"""What a batch shows of itself: how far it got, and what needs a person."""

from typing import Any

from packbench.shipments.models import Batch
from packbench.shipments.status import Status

MOST_SHOWN = 200


def batch_context(batch: Batch) -> dict[str, Any]:
    """Its progress, the labels that were refused or are in doubt, and who asked."""
    shipments = batch.shipments.select_related("order").defer("order__recipient", "order__buyer")
    people = batch.workspace.memberships.select_related("person")
    author = people.filter(person=batch.created_by).first()
    progress = batch.progress()
    in_doubt = list(shipments.filter(status=Status.UNKNOWN).order_by("pk")[:MOST_SHOWN])
    return {
        "batch": batch,
        "by": str(author.person) if author else "",
        "progress": progress | {"processed": progress["total"] - progress["left"]},
        "failed": list(shipments.filter(status=Status.DRAFT).order_by("pk")[:MOST_SHOWN]),
        "in_doubt": in_doubt,
        "pause": "5s" if len(in_doubt) == progress["left"] else "1s",
    }
