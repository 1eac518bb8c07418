"""Public ids: a prefix that names the noun, then 128 bits that sort by time."""

import secrets
import threading
import time

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 26

_turn = threading.Lock()
_last = 0


def new_id(prefix: str) -> str:
    """Return a fresh id such as `ord_01kak6w3…`: 48 bits of milliseconds, 80 of chance.

    Those of one process sort in the order in which they were made, also within a millisecond.
    """
    global _last
    with _turn:
        fresh = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
        number = _last = max(fresh, _last + 1 + secrets.randbits(64))
    letters = [ALPHABET[(number >> shift) & 31] for shift in range(5 * (LENGTH - 1), -1, -5)]
    return f"{prefix}_{''.join(letters)}"
