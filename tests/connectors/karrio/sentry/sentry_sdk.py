"""Sentry as Karrio would find it beside itself."""

from contextlib import nullcontext


def start_span(**_):
    return nullcontext()
