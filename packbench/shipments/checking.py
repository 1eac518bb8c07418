"""Checking: what a carrier would refuse is said before anything is bought, and what to change."""

from collections.abc import Iterator

from packbench.carriers.base import Carrier, Feature, LabelRequest
from packbench.carriers.customs import problem_of
from packbench.lib.addresses import Address
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.models import Order
from packbench.orders.weighing import MISSING_CUSTOMS

TOO_HEAVY = marked(
    "The parcel weighs %(grams)s g: more than the %(most)s g that the carrier takes. Split it or "
    "choose another carrier."
)
TOO_LONG_A_SIDE = marked(
    "The parcel is %(length)s mm long: more than the %(most)s mm that the carrier takes. Choose "
    "another box or another carrier."
)
TOO_LARGE = marked(
    "The parcel's length and girth are %(length)s mm: more than the %(most)s mm that the carrier "
    "takes. Choose another box or another carrier."
)
LONG_TO = marked(
    "The recipient's %(part)s has %(count)s characters: the carrier takes %(most)s. Shorten it on "
    "the order's page."
)
LONG_FROM = marked(
    "The sender's %(part)s has %(count)s characters: the carrier takes %(most)s. Shorten it in "
    "Settings, Warehouses."
)
NAME, COMPANY, CITY, PHONE = marked("name"), marked("company"), marked("city"), marked("phone")
LINES = (marked("first address line"), marked("second address line"), marked("third address line"))


def check_parcel(request: LabelRequest, carrier: Carrier, *, asks_customs: bool = True) -> None:
    """Raises Rejected that says what to shorten, to add or to choose."""
    _check_size(request, carrier)
    check_papers(request, carrier, asks_customs=asks_customs)


def check_papers(request: LabelRequest, carrier: Carrier, *, asks_customs: bool = True) -> None:
    """Raises Rejected that says which line to shorten, or what customs must know.

    Where the store itself tells the carrier where to, the recipient is not looked at. What a
    person ships without customs data all the same is not asked for it.
    """
    _check_lines(request.ship_from, carrier, LONG_FROM)
    if Feature.TELLS_STORE not in carrier.features:
        _check_lines(request.ship_to, carrier, LONG_TO)
    problem = problem_of(request) if asks_customs else None
    if problem:
        raise Rejected(problem.text, code=MISSING_CUSTOMS, request_id="", **problem.values)


def asks_customs(order: Order) -> bool:
    """Whether customs data must be there: a person may have waived that (`orders.waiving`)."""
    return MISSING_CUSTOMS not in order.waived


def _check_size(request: LabelRequest, carrier: Carrier) -> None:
    limits, grams = carrier.limits, request.weight_g
    if limits.weight_g and grams > limits.weight_g:
        raise Rejected(TOO_HEAVY, code="too_heavy", grams=grams, most=limits.weight_g)
    sides = sorted(request.size_mm, reverse=True)
    if limits.length_mm and sides[0] > limits.length_mm:
        raise Rejected(TOO_LONG_A_SIDE, code="too_large", length=sides[0], most=limits.length_mm)
    girth = sides[0] + 2 * (sides[1] + sides[2])
    if limits.girth_mm and all(sides) and girth > limits.girth_mm:
        raise Rejected(TOO_LARGE, code="too_large", length=girth, most=limits.girth_mm)


def _check_lines(address: Address, carrier: Carrier, text: str) -> None:
    """The text itself stays out of the sentence: it is somebody's address."""
    for part, count, most in _lengths(address, carrier):
        if most and count > most:
            raise Rejected(text, code="address_too_long", part=part, count=count, most=most)


def _lengths(address: Address, carrier: Carrier) -> Iterator[tuple[str, int, int]]:
    limits = carrier.limits
    yield NAME, len(address.name), limits.name
    yield COMPANY, len(address.company), limits.name
    for word, line in zip(LINES, (address.line1, address.line2, address.line3), strict=True):
        yield word, len(line), limits.line
    yield CITY, len(address.city), limits.city
    yield PHONE, len(address.phone), limits.phone
