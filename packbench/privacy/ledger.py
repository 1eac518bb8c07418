"""The ledger of erasures: a file beside the keys, so that no restore brings a buyer back.

One line an order, written before the erasure commits: a line too many erases nobody too early,
as only what was due is ever erased. It holds our own ids and times, nothing personal.
"""

import fcntl
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings


def note_erased(order_ids: Iterable[str], *, now: datetime) -> None:
    """Write down that these orders were erased, on the disk before this returns."""
    lines = "".join(f"{now.isoformat()} {order_id}\n" for order_id in order_ids)
    if not lines:
        return
    _path().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    with os.fdopen(os.open(_path(), flags, 0o600), "a") as ledger:
        fcntl.flock(ledger, fcntl.LOCK_EX)
        ledger.write(lines)
        ledger.flush()
        os.fsync(ledger.fileno())


def erased_since(since: datetime) -> list[str]:
    """The ids of orders that were erased at or after that time, as far as this machine knows."""
    try:
        lines = _path().read_text().splitlines()
    except FileNotFoundError:
        return []
    pairs = (line.split(" ", 1) for line in lines if " " in line)
    return [order_id for at, order_id in pairs if datetime.fromisoformat(at) >= since]


def _path() -> Path:
    path: Path = settings.KEYS_DIR / "erased.ledger"
    return path
