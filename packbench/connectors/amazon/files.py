"""Amazon without its API: the report “Unshipped orders” comes in (design §6.3)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from packbench.channels.base import ChannelItem, ChannelOrder, OrderStatus
from packbench.connectors.amazon.charsets import decode
from packbench.connectors.amazon.marketplaces import Marketplace
from packbench.connectors.amazon.report_kinds import check_bytes, check_text, columns
from packbench.connectors.amazon.report_rows import (
    OTHER_ROW_BROKEN,
    BrokenRow,
    Row,
    buyer,
    check_row,
    item,
    programs,
    read_row,
    read_time,
    recipient,
    service_level,
)
from packbench.lib.sentences import Sentence


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row that became no order: its line in the file, from 1, and why. No buyer's data."""

    line: int
    reason: Sentence


@dataclass(frozen=True, slots=True)
class OrdersFile:
    """What a report held."""

    orders: tuple[ChannelOrder, ...]
    skipped: tuple[SkippedRow, ...]
    charset: str


def read_unshipped_orders(content: bytes, marketplace: Marketplace, *, now: datetime) -> OrdersFile:
    """Return the orders of the report, one for each order id, with all its items.

    A row that cannot be read is reported and takes the other rows of its order with it: an order
    is whole or it is not imported. Raises Rejected where the file is not this report.
    """
    check_bytes(content)
    text, charset = decode(content, marketplace)
    check_text(text)
    lines = _read_lines(text, ZoneInfo(marketplace.time_zone))
    by_order: dict[str, list[_Line]] = defaultdict(list)
    for line in lines:
        by_order[line.row["order-id"]].append(line)
    whole = [rows for rows in by_order.values() if not any(row.problem for row in rows)]
    orders = tuple([_order([line.row for line in rows], marketplace, now) for rows in whole])
    return OrdersFile(orders, _skipped(by_order.values()), charset)


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    row: Row
    problem: Sentence | None


def _read_lines(text: str, zone: tzinfo) -> list[_Line]:
    # Only line feeds end a row: other separators that Python knows occur inside of cells.
    numbered = enumerate(text.split("\n"), start=1)
    filled = [(number, line.rstrip("\r")) for number, line in numbered if line.strip()]
    names = columns(filled[0][1])
    return [_read_line(number, read_row(line, names), zone) for number, line in filled[1:]]


def _read_line(number: int, row: Row, zone: tzinfo) -> _Line:
    try:
        check_row(row, zone)
    except BrokenRow as broken:
        return _Line(number, row, broken.sentence)
    return _Line(number, row, None)


def _skipped(orders: Iterable[list[_Line]]) -> tuple[SkippedRow, ...]:
    incomplete = Sentence(OTHER_ROW_BROKEN)
    skipped = [
        SkippedRow(line.number, line.problem or incomplete)
        for lines in orders
        if any(line.problem for line in lines)
        for line in lines
    ]
    return tuple(sorted(skipped, key=lambda row: row.line))


def _order(rows: Sequence[Row], marketplace: Marketplace, now: datetime) -> ChannelOrder:
    """Return one order; what concerns the whole of it stands in its first row."""
    zone = ZoneInfo(marketplace.time_zone)
    first = rows[0]
    items = _items(rows)
    status, remote_status = _status(items)
    return ChannelOrder(
        external_id=first["order-id"],
        marketplace_id=marketplace.id,
        status=status,
        remote_status=remote_status,
        created_at=read_time(first["purchase-date"], zone) or now,
        updated_at=now,
        programs=programs(first),
        service_level=service_level(first),
        ship_from_at=read_time(first["earliest-ship-date"], zone),
        ship_by_at=read_time(first.first("promise-date", "latest-ship-date"), zone, day_ends=True),
        deliver_from_at=read_time(first["earliest-delivery-date"], zone),
        deliver_by_at=read_time(first["latest-delivery-date"], zone, day_ends=True),
        replaces=first["original-order-id"],
        buyer=buyer(first),
        recipient=recipient(first),
        items=items,
    )


def _items(rows: Sequence[Row]) -> tuple[ChannelItem, ...]:
    """Return the items once each, should the file hold a row twice."""
    return tuple({row["order-item-id"]: item(row) for row in rows}.values())


def _status(items: Sequence[ChannelItem]) -> tuple[OrderStatus, str]:
    left = sum(max(0, each.quantity - each.quantity_fulfilled) for each in items)
    if not left:
        return OrderStatus.SHIPPED, "SHIPPED"
    if any(each.quantity_fulfilled for each in items):
        return OrderStatus.PARTIALLY_SHIPPED, "PARTIALLY_SHIPPED"
    return OrderStatus.AWAITING_SHIPMENT, "UNSHIPPED"
