"""Customers: who bought before, as far as that may be known."""
