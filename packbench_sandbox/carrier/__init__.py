"""Sandbox Parcel: a pretend carrier that sells labels over a small JSON API of its own."""
