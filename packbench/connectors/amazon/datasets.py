"""Data sets that Amazon refuses: which to leave out, for how long, and how pages remember it."""

import re
import time
from collections.abc import Callable

from packbench.connectors.amazon.errors import AccessDenied, Refused

ASKED = (
    "BUYER",
    "RECIPIENT",
    "PROCEEDS",
    "EXPENSE",
    "PROMOTION",
    "CANCELLATION",
    "FULFILLMENT",
    "PACKAGES",
    "PAYMENT",
    "TAX",
)
RESTRICTED = ("BUYER", "RECIPIENT")
# Its roles are others than those for addresses, few have them, and no label needs it.
SPARE = ("TAX",)
# A fault of Amazon's may be about any set, and each try costs a call: several go at once.
BY_NEED = (
    SPARE,
    ("PROCEEDS", "EXPENSE", "PROMOTION", "PAYMENT", "CANCELLATION"),
    ("PACKAGES",),
    RESTRICTED,
)
# A refusal costs a call of a scarce quota: ask for everything again only now and then.
REMEMBERED_SECONDS = 1800.0

MARKED_TOKEN = re.compile(r"([A-Z_]+(?:,[A-Z_]+)*)\|(.*)", re.DOTALL)


def to_leave_out(refusal: AccessDenied | Refused, asked: tuple[str, ...]) -> tuple[str, ...]:
    """Return the sets to do without, none where the refusal is about something else.

    A missing role and a regional fault look alike: Amazon answers 403 or 400, in words.
    """
    named = tuple(name for name in asked if re.search(rf"\b{name}\b", refusal.fault.text))
    if named:
        return named
    if isinstance(refusal, AccessDenied) or "includeddata" in refusal.fault.text.lower():
        # Nobody says which: what can be spared goes first, addresses only after it.
        steps = (SPARE, RESTRICTED) if isinstance(refusal, AccessDenied) else (*BY_NEED, asked)
        tried = (tuple(name for name in step if name in asked) for step in steps)
        return next((names for names in tried if names), ())
    return ()


def missed(withheld: tuple[str, ...]) -> tuple[str, ...]:
    """What of it somebody should know of."""
    return tuple(name for name in withheld if name not in SPARE)


def mark(page_token: str, withheld: tuple[str, ...]) -> str:
    """Write into the token what its page was read without: the next one must ask the same."""
    return f"{','.join(withheld)}|{page_token}" if page_token and withheld else page_token


def unmark(page_token: str) -> tuple[tuple[str, ...], str]:
    found = MARKED_TOKEN.fullmatch(page_token)
    return (tuple(found[1].split(",")), found[2]) if found else ((), page_token)


class WithheldSets:
    """What Amazon refused lately, for each account of this process."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._kept: dict[str, tuple[tuple[str, ...], float]] = {}

    def of(self, account: str) -> tuple[str, ...]:
        withheld, until = self._kept.get(account, ((), 0.0))
        return withheld if self._now() < until else ()

    def remember(self, account: str, withheld: tuple[str, ...]) -> None:
        self._kept[account] = (withheld, self._now() + REMEMBERED_SECONDS)


SHARED_WITHHELD = WithheldSets()
