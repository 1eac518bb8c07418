"""Our own tracking numbers: a prefix, 19 digits from the reference, a check digit."""

import hashlib
import re

DIGITS = 19  # 63 bits: among ten million labels two collide once in 200,000 such shops
PREFIX = re.compile(r"[A-Z]{2,4}")


def tracking_number(reference: str, *, prefix: str) -> str:
    """Return the number of a reference: always the same one. 20 digits suit Code 128 set C."""
    digest = hashlib.sha256(f"{prefix}:{reference}".encode()).digest()
    digits = str(int.from_bytes(digest) % 10**DIGITS).zfill(DIGITS)
    return f"{prefix}{digits}{check_digit(digits)}"


def is_tracking_number(text: str) -> bool:
    """Whether this is a number of ours that was read without a mistake."""
    found = re.fullmatch(rf"[A-Z]{{2,4}}(\d{{{DIGITS}}})(\d)", text, re.ASCII)
    return found is not None and check_digit(found[1]) == found[2]


def check_digit(digits: str) -> str:
    """Return the GS1 mod-10 check digit: weights 3, 1, 3 … from the right."""
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)
