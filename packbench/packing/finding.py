"""Finding: which parcel is meant by what was scanned: a label, a slip, an order, or a tote."""

import re
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from packbench.accounts.models import Workspace
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.models import WORK, Order
from packbench.orders.models import Status as OrderStatus
from packbench.orders.standing import PROBLEMS
from packbench.packing.models import Packing
from packbench.shipments.models import Shipment
from packbench.shipments.planning import REFUSALS, composed_drafts, pieces_left
from packbench.shipments.status import LABELED, UNDER_WAY, Status

LONGEST = 100
ASKED = "cancel_requested"
# USPS prints 420 and the postal code (5 or 9 digits) before the tracking number.
ROUTING = re.compile(r"420(\d{5}|\d{9})(9\d{21,25})")
ON_THE_BENCH = (Status.PURCHASED, Status.PRINTED)

NOTHING = marked("Nothing here is called “%(given)s”. Scan a label, an order number or a tote.")
SEVERAL = marked("More than one order is called “%(given)s”. Scan its label, or its packing slip.")
CANCELLED = marked("This order was cancelled. Do not send it: void its label.")
ASKS_TO_CANCEL = marked("The buyer asked to cancel this order. Put it aside.")
GONE = marked("Everything in this order was packed already.")
SEVERAL_LABELS = marked("This order has several labels. Scan the label of the parcel.")
HANDED_OVER = marked("This parcel was handed over already.")
VOIDED = marked("This label was voided. Take the new one.")


@dataclass(frozen=True, slots=True)
class Parcel:
    """An order's parcel that is to be packed: with its label, as a draft, or not begun."""

    order: Order
    shipment: Shipment | None = None

    @property
    def is_label_first(self) -> bool:
        return self.shipment is not None and self.shipment.status in ON_THE_BENCH

    def pieces(self) -> dict[str, int]:
        """What belongs in it, by item id."""
        if self.shipment is None:
            return pieces_left(self.order)
        return dict(self.shipment.items.values_list("order_item_id", "quantity"))


def find_parcel(workspace: Workspace, code: str) -> Parcel:
    """The parcel that was scanned: by tracking number, shipment, order number or tote.

    Raises Rejected with what to do where there is none, or where it must not be packed.
    """
    code = code.replace("\0", "").strip()[:LONGEST]
    shipment = _by_label(workspace, code) if code else None
    if shipment is not None:
        return _of_label(shipment)
    orders = list(_by_number(workspace, code)[:2]) if code else []
    if not orders:
        raise Rejected(NOTHING, code="not_found", given=code)
    if len(orders) > 1:
        raise Rejected(SEVERAL, code="several", given=code)
    return _of_order(orders[0])


def _by_label(workspace: Workspace, code: str) -> Shipment | None:
    numbers = {code, code.upper()}
    if routed := ROUTING.fullmatch(code):
        numbers.add(routed[2])
    rows = workspace.shipments.filter(Q(tracking_number__in=numbers) | Q(pk=code))
    return rows.select_related("order__store").order_by("-created_at").first()


def _by_number(workspace: Workspace, code: str) -> QuerySet[Order]:
    named = Q(external_id__iexact=code) | Q(seller_order_id__iexact=code) | Q(pk=code)
    in_tote = Q(totes__workspace=workspace, totes__code=code.upper())
    return workspace.orders.filter(named | in_tote).select_related("store").distinct()


def _of_label(shipment: Shipment) -> Parcel:
    status = Status(shipment.status)
    if status in (Status.VOIDED, Status.VOIDING):
        raise Rejected(VOIDED, code="voided")
    if status in LABELED and status not in ON_THE_BENCH:
        raise Rejected(HANDED_OVER, code="handed_over")
    if status in UNDER_WAY:
        raise Rejected(REFUSALS["under_way"], code="under_way")
    if _is_packed(shipment):
        raise Rejected(GONE, code="packed")
    _check_wanted(shipment.order)
    if status == Status.DRAFT:
        _check_ready(shipment.order)
    return Parcel(shipment.order, shipment)


def _of_order(order: Order) -> Parcel:
    """Its label, its first part without one, or what is left of it."""
    _check_wanted(order)
    rows = list(Shipment.objects.of_orders([order.pk]).order_by("created_at", "id"))
    if any(row.status in UNDER_WAY for row in rows):
        raise Rejected(REFUSALS["under_way"], code="under_way")
    labelled = [row for row in rows if row.status in ON_THE_BENCH and not _is_packed(row)]
    if len(labelled) > 1:
        raise Rejected(SEVERAL_LABELS, code="several_labels")
    if labelled:
        return Parcel(labelled[0].order, labelled[0])
    draft = composed_drafts([order.pk]).order_by("created_at", "id").first()
    if draft is None and not pieces_left(order):
        raise Rejected(GONE, code="packed")
    _check_ready(order)
    return Parcel(draft.order if draft else order, draft)


def _is_packed(shipment: Shipment) -> bool:
    return Packing.objects.filter(shipment=shipment, status=Packing.Status.PACKED).exists()


def _check_wanted(order: Order) -> None:
    """Whoever has the goods in hand learns at once that nobody wants them any more."""
    if order.channel_status == OrderStatus.CANCELLED:
        raise Rejected(CANCELLED, code="cancelled")
    if order.is_cancel_requested and ASKED not in order.waived:
        raise Rejected(ASKS_TO_CANCEL, code=ASKED)


def _check_ready(order: Order) -> None:
    """Before a label is asked for. Raises Rejected with the first thing that is wrong."""
    if order.status == OrderStatus.ON_HOLD:
        raise Rejected(REFUSALS["on_hold"], code="on_hold")
    if order.status not in WORK:
        raise Rejected(REFUSALS["not_waiting"], code="not_waiting")
    for code in order.problems:
        raise Rejected(PROBLEMS[code], code=code)
