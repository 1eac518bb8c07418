"""Postal addresses, checked offline: what is missing, what contradicts itself, what to know."""
