"""Amazon without its API: the shipping confirmations go out as a file (design §6.3)."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from packbench.channels.base import Confirmation
from packbench.connectors.amazon.marketplaces import Marketplace
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

COLUMNS = (
    "order-id",
    "order-item-id",
    "quantity",
    "ship-date",
    "carrier-code",
    "carrier-name",
    "tracking-number",
    "ship-method",
)
NOT_ENCODABLE = marked(
    "The carrier, the service or the tracking number of order %(order_id)s has letters that the "
    "file for %(store)s cannot hold. Write them in other letters."
)


def write_confirmations(confirmations: Iterable[Confirmation], marketplace: Marketplace) -> bytes:
    """Return the file that Seller Central takes as the confirmation of shipments.

    The ship date is the day in the marketplace. Raises Rejected where the marketplace's charset
    cannot hold a value.
    """
    lines = [_line(COLUMNS).encode(marketplace.charset)]
    for confirmation in confirmations:
        text = "".join(_line(cells) for cells in _rows(confirmation, marketplace))
        try:
            lines.append(text.encode(marketplace.charset))
        except UnicodeEncodeError:
            raise _not_encodable(confirmation, marketplace) from None
    return b"".join(lines)


def _rows(confirmation: Confirmation, marketplace: Marketplace) -> Iterable[tuple[str, ...]]:
    day = confirmation.shipped_at.astimezone(ZoneInfo(marketplace.time_zone)).date()
    is_other = confirmation.carrier_code == "Other"
    for item_id, quantity in confirmation.items:
        yield (
            confirmation.order_id,
            item_id,
            str(quantity),
            day.isoformat(),
            confirmation.carrier_code,
            confirmation.carrier_name if is_other else "",
            confirmation.tracking_number,
            confirmation.shipping_method,
        )


def _line(cells: Iterable[str]) -> str:
    return "\t".join(" ".join(cell.split()) for cell in cells) + "\r\n"


def _not_encodable(confirmation: Confirmation, marketplace: Marketplace) -> Rejected:
    return Rejected(
        NOT_ENCODABLE,
        code="letters_not_in_charset",
        order_id=confirmation.order_id,
        store=marketplace.name,
    )
