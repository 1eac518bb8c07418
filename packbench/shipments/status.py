"""Where a shipment stands, and the table of moves. A move is a conditional update."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    DRAFT = "draft", _("Draft")  # planned; something must be mended or decided first
    READY = "ready", _("Ready")  # a label was asked for
    BUYING = "buying", _("Buying")  # claimed: the carrier is being asked
    UNKNOWN = "unknown", _("In doubt")  # the carrier's answer got lost
    PURCHASED = "purchased", _("Label bought")
    PRINTED = "printed", _("Printed")
    VOIDING = "voiding", _("Being voided")  # claimed: the carrier is asked to take it back
    MANIFESTED = "manifested", _("Handed over")
    IN_TRANSIT = "in_transit", _("In transit")
    DELIVERED = "delivered", _("Delivered")
    EXCEPTION = "exception", _("Delivery problem")
    RETURNED = "returned", _("Returned")
    VOIDED = "voided", _("Voided")


MOVES: dict[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.READY, Status.VOIDED}),
    Status.READY: frozenset({Status.BUYING, Status.DRAFT, Status.VOIDED}),
    Status.BUYING: frozenset({Status.PURCHASED, Status.READY, Status.DRAFT, Status.UNKNOWN}),
    Status.UNKNOWN: frozenset({Status.PURCHASED, Status.READY, Status.DRAFT}),
    Status.PURCHASED: frozenset(
        {Status.PRINTED, Status.MANIFESTED, Status.VOIDING, Status.IN_TRANSIT}
    ),
    Status.PRINTED: frozenset({Status.MANIFESTED, Status.VOIDING, Status.IN_TRANSIT}),
    Status.VOIDING: frozenset({Status.VOIDED, Status.PURCHASED, Status.PRINTED}),
    Status.MANIFESTED: frozenset({Status.IN_TRANSIT}),
    Status.IN_TRANSIT: frozenset({Status.DELIVERED, Status.EXCEPTION, Status.RETURNED}),
    Status.EXCEPTION: frozenset({Status.IN_TRANSIT, Status.DELIVERED, Status.RETURNED}),
    Status.DELIVERED: frozenset({Status.RETURNED}),
    Status.RETURNED: frozenset(),
    Status.VOIDED: frozenset(),
}
LABELED = (
    Status.PURCHASED,
    Status.PRINTED,
    Status.MANIFESTED,
    Status.IN_TRANSIT,
    Status.DELIVERED,
    Status.EXCEPTION,
    Status.RETURNED,
)
UNSCANNED = (Status.PURCHASED, Status.PRINTED, Status.MANIFESTED)
NOT_THERE = (*UNSCANNED, Status.IN_TRANSIT, Status.EXCEPTION)  # labeled, and not delivered
UNDER_WAY = (Status.READY, Status.BUYING, Status.UNKNOWN)
UNFINISHED = (*UNDER_WAY, Status.VOIDING)


class NoSuchMove(Exception):
    """The table has no such move: a mistake in our code, not a race."""


class TooLate(Exception):
    """Another writer moved the shipment first."""
