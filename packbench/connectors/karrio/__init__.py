"""Carriers by direct contracts, through Karrio (LGPL-3.0): optional, in a process of its own."""
