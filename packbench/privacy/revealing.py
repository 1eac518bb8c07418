"""Revealing: the one way from a sealed field to what it says, and on the record."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from packbench.privacy.fields import unseal
from packbench.privacy.models import DataKey, Disclosure, KeyDestroyed


def reveal(row: Any, field: str, key: DataKey) -> Any:
    """Return what the row's sealed field says, for the machine's own use (a label, a notice).

    None where there is nothing, or where the key was destroyed.
    """
    sealed = getattr(row, field)
    if sealed is None:
        return None
    try:
        return unseal(sealed, key.opened())
    except KeyDestroyed:
        return None


def record_disclosure(
    workspace_id: str,
    order_ids: Iterable[str],
    fields: Sequence[str],
    *,
    actor: str,
    reason: str,
    now: datetime,
) -> None:
    """Write down that a person was shown these fields of these orders."""
    shown = list(order_ids)
    if shown:
        Disclosure.objects.create(
            workspace_id=workspace_id,
            actor=actor,
            fields=list(fields),
            order_ids=shown,
            reason=reason,
            at=now,
        )


def record_search(
    workspace_id: str, order_ids: Iterable[str], *, actor: str, now: datetime
) -> None:
    """Write down that a person searched buyers' data, and what it found; never what they typed.

    A search that finds nothing tells something, too: it is written down as well.
    """
    Disclosure.objects.create(
        workspace_id=workspace_id,
        actor=actor,
        fields=["search"],
        order_ids=list(order_ids),
        reason="search",
        at=now,
    )
