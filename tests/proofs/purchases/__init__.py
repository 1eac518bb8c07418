"""Purchases that are killed at every step, at four kinds of carriers (reliability bars 1 and 2)."""
