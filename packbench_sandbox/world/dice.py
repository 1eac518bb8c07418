"""Chance that repeats itself."""

from __future__ import annotations

import random


def throw(key: str) -> random.Random:
    """Dice that fall the same way for the same key, in every run and every version of Python."""
    return random.Random(key)  # noqa: S311 - nothing here is secret
