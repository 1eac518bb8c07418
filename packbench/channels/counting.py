"""Counting refusals that the catalog of troubles does not explain (SEED-93)."""

import re
from datetime import datetime

from django.db.models import F

from packbench.channels.models import UnknownFault
from packbench.channels.troubles.catalog import is_explained
from packbench.lib.errors import RemoteError

PLAIN_CODE = re.compile(r"[A-Za-z0-9][\w.:-]{0,79}", re.ASCII)
UNREADABLE = "unreadable"


def count_unknown(workspace_id: str, error: RemoteError, *, operation: str, now: datetime) -> bool:
    """Count the error where nobody has explained it yet; return whether it was counted.

    Kept are the operation, the other side's code and its request id, never its words: those may
    repeat what a buyer wrote.
    """
    if is_explained(error.code):
        return False
    said = error.sentence.values
    row, _ = UnknownFault.objects.get_or_create(
        workspace_id=workspace_id,
        operation=_plain(said.get("operation", operation), most=60),
        code=_plain(said.get("amazon_code", error.code), most=80),
        defaults={"first_seen_at": now, "last_seen_at": now},
    )
    UnknownFault.objects.filter(pk=row.pk).update(
        count=F("count") + 1, last_seen_at=now, request_id=error.request_id[:80]
    )
    return True


def _plain(text: str, *, most: int) -> str:
    """The text where it can be a code; sentences and addresses are none."""
    return text if PLAIN_CODE.fullmatch(text) and len(text) <= most else UNREADABLE
