"""Where everything goes: one label, laid out for its paper.

return address │ service, weight, date
──────────────────────────────────────
recipient, as large as it fits
──────────────────────────────────────
tracking number as a barcode
──────────────────────────────────────
order number, contents         │ QR
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from packbench.carriers.base import Contents, LabelRequest, Service
from packbench.connectors.local.drawing import (
    PAPER,
    Box,
    Drawing,
    Item,
    OrderBarcode,
    Rule,
    Text,
    TrackingBarcode,
)
from packbench.connectors.local.fitting import NoRoom, Sizes, fitted
from packbench.lib.errors import Rejected
from packbench.lib.postal.lines import AddressLine, address_lines
from packbench.lib.sentences import marked
from packbench.lib.text import Line, line_of, printable, shortened

MARGIN = 12.0  # 4 mm: what label printers cannot reach, and a little more
GAP = 6.0
RULE = 1.0
HEADER, BARCODE, FOOTER = 62.0, 88.0, 82.0
CAPTION = 6.5

RECIPIENT = Sizes(largest=18.0, unwrapped=11.0, whole_words=8.0, smallest=5.0, strong=1.2)
SENDER = Sizes(largest=8.0, unwrapped=6.5, whole_words=5.5, smallest=4.5, strong=1.0)
NOTES = Sizes(largest=8.0, unwrapped=6.5, whole_words=5.0, smallest=5.0, strong=1.0)
SMALL_NOTES = Sizes(largest=5.5, unwrapped=5.0, whole_words=5.0, smallest=4.5, strong=1.0)
HEADLINE = Sizes(largest=13.0, unwrapped=9.0, whole_words=7.0, smallest=5.5, strong=1.0)
CONTENT_LINES = 3
QR_SIDE = 76.0
MAX_ORDER_NUMBER = 100

TO_TOO_LONG = marked("Shorten the ship-to address: even in small type it does not fit the label.")
FROM_TOO_LONG = marked("Shorten the ship-from address: even in small type it does not fit.")
ORDER_TOO_LONG = marked("Shorten the order number: it may have %(maximum)s characters on a label.")
GRAMS_PER_POUND = 453.59237


Lines = Sequence[AddressLine]


class Page(NamedTuple):
    """The sections of the paper, from top to bottom."""

    width: float
    height: float
    header: Box
    recipient: Box
    barcode: Box
    footer: Box


def laid_out(request: LabelRequest, service: Service, tracking_number: str) -> Drawing:
    """Lay out a label. Raises Rejected where something cannot be printed or has no room."""
    page = _page(*PAPER[request.label_size])
    items = [
        *_header(page.header, request, service),
        *_recipient(page.recipient, request),
        *_barcode(page.barcode, tracking_number),
        *_footer(page.footer, request),
        *(
            Rule(Box(MARGIN, box.y - GAP - RULE, page.width - 2 * MARGIN, RULE))
            for box in (page.recipient, page.barcode, page.footer)
        ),
    ]
    return Drawing(page.width, page.height, tuple(items))


def _page(width: float, height: float) -> Page:
    inner, between = width - 2 * MARGIN, 2 * GAP + RULE
    footer = Box(MARGIN, height - MARGIN - FOOTER, inner, FOOTER)
    barcode = Box(MARGIN, footer.y - between - BARCODE, inner, BARCODE)
    header = Box(MARGIN, MARGIN, inner, HEADER)
    top = header.bottom + between
    recipient = Box(MARGIN, top, inner, barcode.y - between - top)
    return Page(width, height, header, recipient, barcode, footer)


def _header(box: Box, request: LabelRequest, service: Service) -> Iterator[Item]:
    left = Box(box.x, box.y + 9, box.width * 0.56, box.height - 9)
    right = Box(box.x + box.width * 0.6, box.y, box.width * 0.4, box.height)
    yield _caption("FROM", box)
    is_abroad = request.ship_from.country != request.ship_to.country
    lines = address_lines(request.ship_from, is_abroad=is_abroad)
    try:
        yield from fitted(lines, left, SENDER)
    except NoRoom:
        raise Rejected(FROM_TOO_LONG, code="ship_from_too_long") from None
    yield from _facts(right, request, service)


def _facts(box: Box, request: LabelRequest, service: Service) -> Iterator[Item]:
    head = Box(box.x, box.y + 8, box.width, 30)
    name = service.channel_name or service.name
    yield _caption("SERVICE", box)
    yield from fitted([AddressLine(printable(name), True)], head, HEADLINE)
    facts = (
        ("WEIGHT", _weight(request.weight_g, request.ship_from.country)),
        ("DATE", request.ships_at.date().isoformat()),
    )
    for place, (caption, value) in enumerate(facts):
        x = box.x + place * box.width * 0.46
        yield Text(x, box.bottom - 13.5, CAPTION, line_of(caption))
        yield Text(x, box.bottom - 2.5, 9.0, line_of(value, is_bold=True), is_bold=True)


def _recipient(box: Box, request: LabelRequest) -> Iterator[Item]:
    yield _caption("SHIP TO", box)
    to, is_abroad = request.ship_to, request.ship_from.country != request.ship_to.country
    lines = address_lines(to, is_abroad=is_abroad)
    notes = [printable(note) for note in (to.phone, to.instructions)]
    noted = [AddressLine(note) for note in notes if note]
    room = Box(box.x + 8, box.y + 10, box.width - 8, box.height - 10)
    try:
        yield from _balanced(lines, noted, room)
    except NoRoom:
        raise Rejected(TO_TOO_LONG, code="ship_to_too_long") from None


def _balanced(lines: Lines, notes: Lines, room: Box) -> list[Text]:
    """Set the address over the phone number and the instructions, which are never larger."""
    if not notes:
        return fitted(lines, room, RECIPIENT)
    try:
        texts, foot = _stacked(lines, notes, room, NOTES)
        if min(text.size for text in texts) >= foot[0].size:
            return texts + foot
    except NoRoom:
        pass
    texts, foot = _stacked(lines, notes, room, SMALL_NOTES)
    return texts + foot


def _stacked(lines: Lines, notes: Lines, room: Box, sizes: Sizes) -> tuple[list[Text], list[Text]]:
    low = Box(room.x, room.bottom - room.height * 0.3, room.width, room.height * 0.3)
    foot = fitted(notes, low, sizes, at_foot=True)
    height = foot[0].box.y - 3 - room.y
    return fitted(lines, Box(room.x, room.y, room.width, height), RECIPIENT), foot


def _barcode(box: Box, tracking_number: str) -> Iterator[Item]:
    yield TrackingBarcode(Box(box.x, box.y, box.width, box.height - 17), tracking_number)
    line = line_of(_grouped(tracking_number), is_bold=True)
    middle = box.x + box.width / 2
    yield Text(middle, box.bottom - 3.5, 11.0, line, is_bold=True, is_centered=True)


def _footer(box: Box, request: LabelRequest) -> Iterator[Item]:
    number = printable(request.order_number)
    if len(number) > MAX_ORDER_NUMBER:
        raise _order_too_long()
    left = Box(box.x, box.y, box.width - QR_SIDE - GAP, box.height)
    shown = number or printable(request.reference)
    head = Box(left.x, left.y + 8, left.width, 24)
    yield _caption("ORDER", left)
    try:
        yield from fitted([AddressLine(shown, True)], head, HEADLINE)
    except NoRoom:
        raise _order_too_long() from None
    yield from _contents(Box(left.x, left.y + 35, left.width, left.height - 35), request.contents)
    if number:
        yield OrderBarcode(Box(box.right - QR_SIDE, box.y, QR_SIDE, QR_SIDE), number)


def _contents(box: Box, contents: tuple[Contents, ...]) -> Iterator[Item]:
    """Name what is in the parcel, and say how much is left unsaid."""
    if not contents:
        return
    yield _caption("CONTENTS", box)
    size, leading = 7.5, 9.5
    shown = contents if len(contents) <= CONTENT_LINES + 1 else contents[:CONTENT_LINES]
    lines = [_content_line(content, box.width / size) for content in shown]
    if len(shown) < len(contents):
        lines.append(line_of(f"+{len(contents) - len(shown)} more"))
    for place, line in enumerate(lines):
        yield Text(box.x, box.y + 15.5 + place * leading, size, line)


def _order_too_long() -> Rejected:
    return Rejected(ORDER_TOO_LONG, code="order_number_too_long", maximum=MAX_ORDER_NUMBER)


def _content_line(content: Contents, limit: float) -> Line:
    quantity = f" × {content.quantity}"
    return shortened(printable(content.sku or content.title), limit, after=quantity)


def _caption(text: str, box: Box) -> Text:
    return Text(box.x, box.y + CAPTION * 0.95, CAPTION, line_of(text))


def _weight(grams: int, country: str) -> str:
    """Return the weight in the unit that people there use."""
    if country == "US":
        return f"{grams / GRAMS_PER_POUND:.2f} lb"
    return f"{grams} g" if grams < 1000 else f"{grams / 1000:.2f} kg"


def _grouped(number: str) -> str:
    """Return the number in groups of four, which people read out without losing their place."""
    letters = number.rstrip("0123456789")
    digits = number[len(letters) :]
    groups = [digits[place : place + 4] for place in range(0, len(digits), 4)]
    return " ".join([letters, *groups])
