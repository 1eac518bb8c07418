"""Files that stand in for a channel's API. Connectors are named by dotted path."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, cast

from django.utils.module_loading import import_string

from packbench.channels.base import ChannelOrder
from packbench.lib.marketplaces import Marketplace
from packbench.lib.sentences import Sentence

READER = "packbench.connectors.amazon.files.read_unshipped_orders"


class RefusedRow(Protocol):
    """A row that became no order: its line in the file, from 1, and why. No buyer's data."""

    @property
    def line(self) -> int: ...

    @property
    def reason(self) -> Sentence: ...


class OrdersFile(Protocol):
    """What a report held."""

    @property
    def orders(self) -> Sequence[ChannelOrder]: ...

    @property
    def skipped(self) -> Sequence[RefusedRow]: ...


def read_orders(content: bytes, marketplace: Marketplace, *, now: datetime) -> OrdersFile:
    """Return the orders of a report. Raises Rejected where the file is not this report."""
    return cast(OrdersFile, import_string(READER)(content, marketplace, now=now))
