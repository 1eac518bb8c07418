"""Barcodes of products: EAN, UPC and GTIN are one number of 8, 12, 13 or 14 digits. Pure.

GS1 General Specifications, section 7.9: the last digit checks the others.
"""

import re

LENGTHS = (8, 12, 13, 14)


def read_gtin(text: str) -> str:
    """The number as 14 digits, from what was typed or scanned; "" where it is none."""
    digits = re.sub(r"[\s-]", "", text)
    if len(digits) not in LENGTHS or not (digits.isascii() and digits.isdigit()):
        return ""
    full = digits.zfill(14)
    return full if _check_digit(full[:-1]) == int(full[-1]) else ""


def show_gtin(gtin: str) -> str:
    """The 14 digits as they stand below the bars: as short as the number is."""
    bare = gtin.lstrip("0")
    return gtin[-next(length for length in LENGTHS if length >= len(bare)) :]


def _check_digit(digits: str) -> int:
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits))
    return -weighted % 10
