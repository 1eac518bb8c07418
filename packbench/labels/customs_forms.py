"""Customs forms: CN22, CN23 and commercial invoices, for parcels whose carrier makes none.

CN22 is for parcels of at most 2 kg and 300 special drawing rights, CN23 for all others (UPU Parcel
Post Regulations, forms CN 22 and CN 23). Both are printed in English and French, as the UPU asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from packbench.carriers.base import Contents, Feature, TaxNumber
from packbench.carriers.models import options_of
from packbench.carriers.registry import can
from packbench.labels.drawing import Material, draw_blocks
from packbench.labels.markup import Block, Cell, Rule, Table, Text
from packbench.labels.models import Kind
from packbench.labels.papers import Paper
from packbench.labels.slip_values import Packed, money_words
from packbench.labels.slips import ERASED, PageRange, Slips, new_paper
from packbench.lib import fonts
from packbench.lib.addresses import Address
from packbench.lib.customs import Place, crosses_border
from packbench.lib.errors import Rejected
from packbench.lib.money import Money
from packbench.lib.personal import Personal
from packbench.lib.postal.lines import address_lines
from packbench.orders.sealing import label_address
from packbench.privacy.models import opened_if_alive
from packbench.shipments.models import Label
from packbench.shipments.requesting import contents_of, tax_numbers_of

SMALL_WEIGHT_G = 2_000
# 300 special drawing rights, rounded down: what is worth more, or in another currency, has a CN23.
SMALL_VALUES = {
    "AUD": 550, "CAD": 500, "CHF": 320, "CZK": 8_000, "DKK": 2_400, "EUR": 330, "GBP": 280,
    "JPY": 50_000, "MXN": 6_000, "NOK": 3_800, "PLN": 1_400, "SEK": 3_700, "USD": 360,
}  # fmt: skip
NUMBERS = {"eori": "EORI", "vat": "VAT", "ioss": "IOSS"}
PLAIN: frozenset[str] = frozenset()


class Declaration(Personal, frozen=True, kw_only=True):
    """What customs is told of a parcel."""

    number: str
    sender: Address
    recipient: Address
    contents: tuple[Contents, ...]
    tax_numbers: tuple[TaxNumber, ...]
    weight_g: int
    sent_on: date
    is_duty_paid: bool = False


@dataclass(slots=True)
class CustomsPapers:
    """Forms on label paper (CN22), and on the paper of documents (CN23, invoices)."""

    small: Slips
    large: Slips


def crosses(packed: Packed) -> bool:
    """Whether customs asks what is in the parcel."""
    warehouse, order = packed.shipment.warehouse, packed.order
    here = Place(warehouse.country, warehouse.postal_code, warehouse.state)
    there = Place(order.ship_to_country, order.ship_to_postal_code, order.ship_to_state)
    return crosses_border(here, there)


def is_drawn(packed: Packed, kind: str) -> bool:
    """Whether the parcel needs the form from us: some carriers tell customs of it themselves."""
    account = packed.shipment.carrier_account
    return crosses(packed) and (kind != Kind.CUSTOMS or not can(account, Feature.CUSTOMS))


def draw_customs(
    parcels: Sequence[Packed],
    kinds: Sequence[str],
    *,
    has_own: frozenset[str],
    small_paper: str,
    paper: str,
) -> CustomsPapers:
    """Draw what the parcels need that cross a border.

    `has_own` are the shipments for which the carrier sent papers. Raises Rejected naming an order
    that was erased.
    """
    papers = CustomsPapers(Slips(), Slips())
    due = [packed for packed in parcels if packed.shipment.pk not in has_own and crosses(packed)]
    if not due:
        return papers
    with fonts.lock:
        small = new_paper(small_paper, "CN 22")
        large = new_paper(paper, "Customs")
        for packed in due:
            declared = declaration_of(packed)
            material = Material(packed.order.external_id, {})
            if Kind.CUSTOMS in kinds and is_drawn(packed, Kind.CUSTOMS):
                is_small = is_small_parcel(declared)
                sheet, slips = (small, papers.small) if is_small else (large, papers.large)
                form = _cn22(declared) if is_small else _cn23(declared)
                slips.pages[packed.shipment.pk, Kind.CUSTOMS.value] = _put(sheet, form, material)
            if Kind.INVOICE in kinds:
                pages = _put(large, _invoice(declared), material)
                papers.large.pages[packed.shipment.pk, Kind.INVOICE.value] = pages
        for sheet, slips in ((small, papers.small), (large, papers.large)):
            if slips.pages:
                slips.content = sheet.finish()
    return papers


def declaration_of(packed: Packed) -> Declaration:
    """What customs is told of the parcel. Raises Rejected where the address was erased."""
    shipment, order = packed.shipment, packed.order
    label = shipment.labels.filter(status=Label.Status.PURCHASED).first()
    script = label.address_script if label else ""
    recipient = label_address(order, script, opened_if_alive(order.key))
    if recipient is None or order.erased_at is not None:
        raise Rejected(ERASED, code="erased", number=order.external_id)
    sent_at = shipment.ships_at or shipment.purchased_at or shipment.created_at
    return Declaration(
        number=order.external_id,
        sender=shipment.warehouse.address,
        recipient=recipient,
        contents=tuple(contents_of(item.order_item, item.quantity) for item in packed.items),
        tax_numbers=tax_numbers_of(order),
        weight_g=shipment.weight_g,
        sent_on=sent_at.date(),
        is_duty_paid=options_of(shipment.options).is_duty_paid,
    )


def is_small_parcel(declared: Declaration) -> bool:
    """Whether a CN22 is enough."""
    value = total_of(declared)
    most = SMALL_VALUES.get(value.currency, 0) if value else 0
    return declared.weight_g <= SMALL_WEIGHT_G and value is not None and value.amount <= most


def total_of(declared: Declaration) -> Money | None:
    """The value of all items; None where one is not known, or currencies differ."""
    values = [(each.unit_value, each.quantity) for each in declared.contents]
    known = [(value, quantity) for value, quantity in values if value is not None]
    if not known or len(known) < len(values) or len({value.currency for value, _ in known}) != 1:
        return None
    total = sum((value.amount * quantity for value, quantity in known), Decimal())
    return Money(total, known[0][0].currency)


def _put(sheet: Paper, form: list[Block], material: Material) -> PageRange:
    first = sheet.pages
    draw_blocks(sheet, form, material)
    return PageRange(first, sheet.pages - first)


def _cn22(declared: Declaration) -> list[Block]:
    total = total_of(declared)
    return [
        _table(
            [[_cell("CUSTOMS DECLARATION", "DÉCLARATION EN DOUANE", classes="bold", width=68),
              _cell("CN 22", classes="bold large right", width=32)]],
            is_plain=True,
        ),
        Text("small", PLAIN, "May be opened officially · Peut être ouvert d'office"),
        _category(),
        _items(declared),
        _table([[
            _cell("Total weight · Poids total", width=40),
            _cell(_kilograms(declared.weight_g), classes="bold", width=25),
            _cell(money_words(total) or "–", classes="bold right", width=35),
        ]]),
        *_numbers(declared),
        Text("small", PLAIN, CERTIFIED),
        *_signed(declared),
    ]  # fmt: skip


def _cn23(declared: Declaration) -> list[Block]:
    total = total_of(declared)
    return [
        _table(
            [[_cell("CUSTOMS DECLARATION", "DÉCLARATION EN DOUANE", classes="bold", width=70),
              _cell("CN 23", classes="bold large right", width=30)]],
            is_plain=True,
        ),
        Text("small", PLAIN, "May be opened officially · Peut être ouvert d'office"),
        _table([[
            _cell("From · De", *_address(declared.sender), width=50),
            _cell("To · À", *_address(declared.recipient), width=50),
        ]]),
        *_numbers(declared),
        _category(),
        _items(declared),
        _table([[
            _cell("Total gross weight · Poids brut total", width=40),
            _cell(_kilograms(declared.weight_g), classes="bold", width=25),
            _cell(money_words(total) or "–", classes="bold right", width=35),
        ]]),
        Text("small", PLAIN, f"Invoice · Facture: {declared.number}"),
        Text("small", PLAIN, CERTIFIED),
        *_signed(declared),
    ]  # fmt: skip


def _invoice(declared: Declaration) -> list[Block]:
    total = total_of(declared)
    terms = "DDP" if declared.is_duty_paid else "DAP"
    return [
        _table(
            [[_cell("COMMERCIAL INVOICE", classes="bold large", width=60),
              _cell(f"No. {declared.number}", declared.sent_on.isoformat(), classes="right",
                    width=40)]],
            is_plain=True,
        ),
        _table([[
            _cell("Seller and shipper", *_address(declared.sender), width=50),
            _cell("Buyer and consignee", *_address(declared.recipient), width=50),
        ]]),
        *_numbers(declared),
        _items(declared),
        _table([[
            _cell("Total", classes="bold", width=40),
            _cell(_kilograms(declared.weight_g), width=25),
            _cell(money_words(total) or "–", classes="bold right", width=35),
        ]]),
        Text("p", PLAIN, f"Terms of delivery: {terms} (Incoterms 2020). "
             "Reason for export: sale of goods."),
        Text("small", PLAIN, "These goods are as described. We declare that all information on "
             "this invoice is true and correct."),
        *_signed(declared),
    ]  # fmt: skip


CERTIFIED = (
    "I, the undersigned, whose name and address are given on the item, certify that the "
    "particulars given in this declaration are correct and that this item does not contain any "
    "dangerous article or articles prohibited by legislation or by postal or customs regulations."
)


def _category() -> Text:
    """A sale stays one for customs, whoever it is given to."""
    return Text(
        "small",
        PLAIN,
        "[X] Sale of goods · Vente de marchandises   [ ] Gift · Cadeau   "
        "[ ] Documents   [ ] Sample · Échantillon   [ ] Returned goods · Retour",
    )


def _items(declared: Declaration) -> Table:
    rows = [
        [
            _cell("Quantity and detailed description", "Quantité et description", width=40),
            _cell("Weight", "Poids", width=16),
            _cell("HS · origin", "SH · origine", width=20),
            _cell("Value", "Valeur", width=24, classes="right"),
        ]
    ]
    for each in declared.contents:
        described = each.customs_description or each.title or each.sku
        weight = each.weight_g * each.quantity
        value = each.unit_value
        worth = Money(value.amount * each.quantity, value.currency) if value else None
        rows.append(
            [
                _cell(f"{each.quantity} × {described}", width=40),
                _cell(_kilograms(weight) if weight else "–", width=16),
                _cell(each.hs_code or "–", each.country_of_origin or "–", width=20),
                _cell(money_words(worth) or "–", classes="right", width=24),
            ]
        )
    return _table(rows)


def _numbers(declared: Declaration) -> list[Block]:
    """Tax numbers, the IOSS number of the store first: without it the buyer pays twice."""
    shown = sorted(declared.tax_numbers, key=lambda each: each.kind != "ioss")
    words = [f"{NUMBERS.get(each.kind, each.kind.upper())} {each.number}" for each in shown]
    return [Text("b", PLAIN, " · ".join(words))] if words else []


def _signed(declared: Declaration) -> list[Block]:
    who = declared.sender.name or declared.sender.company
    words = (
        f"Date and sender's signature · Date et signature: {declared.sent_on.isoformat()}, {who}"
    )
    return [Rule(), Text("small", PLAIN, words)]


def _address(address: Address) -> list[str]:
    try:
        lines = [line.text for line in address_lines(address, is_abroad=True)]
    except Rejected:
        lines = [address.name or address.company, address.line1, address.city, address.country]
    return [*filter(None, lines), *([address.phone] if address.phone else [])]


def _kilograms(grams: int) -> str:
    return f"{Decimal(grams) / 1000:.3f} kg"


def _table(rows: list[list[Cell]], *, is_plain: bool = False) -> Table:
    return Table(frozenset({"plain"}) if is_plain else PLAIN, rows)


def _cell(*lines: str, width: int, classes: str = "") -> Cell:
    cell = Cell(frozenset(classes.split()), width)
    head, *rest = lines
    cell.texts = [Text("p" if "bold" in classes else "small", PLAIN, head)]
    cell.texts += [Text("small", PLAIN, line) for line in rest]
    return cell
