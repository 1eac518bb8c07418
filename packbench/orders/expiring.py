"""The retention clock: when the rules end a buyer's data, and which rule it is. Pure (SEED-75)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from packbench.privacy.models import MOST_DAYS, Retention


class Reason(models.TextChoices):
    """The rule that ends the data of an order."""

    NOT_SHIPPED = "not_shipped", _("Not shipped here, days after the import")
    DELIVERED = "delivered", _("Tracked parcel, days after the delivery")
    SHIPPED = "shipped", _("Tracked parcel, days after the ship date")
    LABELED = "labeled", _("Tracked parcel, days after the label")
    UNTRACKED = "untracked", _("Untracked parcel, days after the shipment was created")
    REVOKED = "revoked", _("The account was revoked")
    REQUESTED = "requested", _("On request")
    KEY_GONE = "key_gone", _("Its key was in no backup when the desk was restored")


# A person's word, or Amazon's: the clock does not put it off.
FINAL = (Reason.REVOKED, Reason.REQUESTED)


class Expiry(NamedTuple):
    """When the data ends (UTC), and the rule that says so."""

    at: datetime
    reason: Reason


@dataclass(frozen=True, slots=True)
class Parcel:
    """What the clock asks of a shipment: one that was planned and neither refused nor voided.

    `is_tracked` is None where nobody knows any more; then the earliest of all rules counts.
    `shipped_at` is the ship date that the store was told, or the first scan.
    """

    is_tracked: bool | None
    created_at: datetime
    labeled_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """How long data is kept after the event that each rule counts from."""

    not_shipped: timedelta
    delivered: timedelta
    shipped: timedelta
    labeled: timedelta
    untracked: timedelta


NAMES = tuple(field.name for field in fields(Rules))
POLICY = Rules(*(timedelta(days=MOST_DAYS[f"{name}_days"]) for name in NAMES))


def rules_of(retention: Retention | None) -> Rules:
    """The workspace's rules: its own days, or the policy's less the life of its backups."""
    if retention is None:
        return POLICY
    backups = timedelta(days=retention.backup_days)
    return Rules(
        *(
            min(timedelta(days=getattr(retention, f"{name}_days")), getattr(POLICY, name) - backups)
            for name in NAMES
        )
    )


def expiry(kept_since: datetime, parcels: Iterable[Parcel], rules: Rules = POLICY) -> Expiry:
    """When the data of an order ends that is kept since then.

    Each parcel has its own end (SEED-80, SEED-81), and the last one that needs the data decides.
    Without a parcel it is the import that counts (SEED-79), whatever became of the order. What
    was sent before the data was fetched anew does not need it.
    """
    ends = [
        parcel_expiry(_since(parcel, kept_since), rules)
        for parcel in parcels
        if (parcel.labeled_at or parcel.created_at) >= kept_since
    ]
    return max(ends, default=Expiry(kept_since + rules.not_shipped, Reason.NOT_SHIPPED))


def parcel_expiry(parcel: Parcel, rules: Rules = POLICY) -> Expiry:
    """When the data is no longer needed for this parcel: the earliest of its rules."""
    return min(_ends(parcel, rules))


def _since(parcel: Parcel, kept_since: datetime) -> Parcel:
    """A draft of before, taken up again: it begins with the data that it is given."""
    return replace(parcel, created_at=max(parcel.created_at, kept_since))


def _ends(parcel: Parcel, rules: Rules) -> Iterator[Expiry]:
    if not parcel.is_tracked:
        yield Expiry(parcel.created_at + rules.untracked, Reason.UNTRACKED)
        if parcel.is_tracked is False:
            return
    yield Expiry((parcel.labeled_at or parcel.created_at) + rules.labeled, Reason.LABELED)
    if parcel.shipped_at:
        yield Expiry(parcel.shipped_at + rules.shipped, Reason.SHIPPED)
    if parcel.delivered_at:
        yield Expiry(parcel.delivered_at + rules.delivered, Reason.DELIVERED)
