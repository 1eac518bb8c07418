"""Packing: the bench, where each piece is scanned before its parcel is closed."""
