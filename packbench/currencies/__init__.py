"""Currencies: dated rates that the seller imported, and what an amount is by them."""
