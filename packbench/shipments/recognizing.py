"""Recognizing: which package of the store's is the one that a notice told of.

A package that was told of by feed is shown under a number of Amazon's. It is learnt from what
Amazon shows, by what was said: a correction then edits that package (SEED-65).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from packbench.channels.base import ChannelPackage
from packbench.shipments.models import Notice, NoticeAttempt


def adopt(notice: Notice, packages: Iterable[ChannelPackage]) -> bool:
    """Take over the number under which Amazon shows what was fed. False: it does not show it."""
    rows = [(each.reference, each.tracking_number, dict(each.items)) for each in packages]
    return _adopt(notice, rows)


def adopt_listed(notice: Notice, packages: Iterable[Mapping[str, Any]]) -> bool:
    """The same from packages as an order's row keeps them."""
    return _adopt(
        notice,
        [
            (each["reference"], each["tracking_number"], _pieces(each.get("items")))
            for each in packages
        ],
    )


def _adopt(notice: Notice, shown: list[tuple[str, str, dict[str, int]]]) -> bool:
    told = _told(notice)
    if not notice.is_fed or told is None:
        return False
    taken = set(
        Notice.objects.filter(order=notice.order_id)
        .exclude(pk=notice.pk)
        .values_list("package_reference", flat=True)
    )
    for reference, number, items in shown:
        if reference not in taken and number == told[0] and items in ({}, told[1]):
            Notice.objects.filter(pk=notice.pk).update(package_reference=reference, is_fed=False)
            notice.package_reference, notice.is_fed = reference, False
            return True
    return False


def _told(notice: Notice) -> tuple[str, dict[str, int]] | None:
    """The tracking number and the pieces that the last feed told Amazon."""
    last = NoticeAttempt.objects.filter(notice=notice, feed__isnull=False).order_by("-id").first()
    if last is None:
        return None
    return last.sent["tracking_number"], dict(last.sent["items"])


def _pieces(items: Any) -> dict[str, int]:
    return dict(items or ())
