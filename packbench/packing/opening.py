"""Opening: a parcel comes to the bench, and leaves it unpacked."""

import re
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from packbench.accounts.models import Workspace
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.models import Order
from packbench.packing.finding import Parcel, find_parcel
from packbench.packing.models import BenchSettings, PackedLine, Packing, Tote

IDLE = timedelta(minutes=30)  # then somebody else may take over a parcel that was left standing
TOTE = re.compile(r"T(OTE)?[-_ ]?\d{1,6}")

SOMEBODY_ELSE = marked("Somebody else is packing this parcel.")
BEGUN = marked("Finish this parcel first, or leave it with Esc.")
TAKEN = marked("Tote %(tote)s holds order %(number)s. Pack that one first.")


def settings_of(workspace: Workspace) -> BenchSettings:
    """What the bench asks for here; as usual where nobody said so."""
    found = BenchSettings.objects.filter(workspace=workspace).first()
    return found or BenchSettings(workspace=workspace)


def open_parcel(workspace: Workspace, code: str, *, actor: str, now: datetime) -> Packing:
    """Take the scanned parcel to the bench; one that its packer had begun goes on.

    Raises Rejected where there is none, where it must not go out, or where it is another's.
    """
    parcel = find_parcel(workspace, code)
    begun = _begun(parcel)
    if begun is None:
        try:
            with transaction.atomic():
                return _begin(parcel, workspace, actor=actor, now=now)
        except IntegrityError:  # two scanners at the same moment
            begun = _begun(parcel)
    if begun is None or (begun.packed_by != actor and now - begun.opened_at < IDLE):
        raise Rejected(SOMEBODY_ELSE, code="somebody_else")
    if begun.packed_by != actor:
        Packing.objects.filter(pk=begun.pk).update(packed_by=actor, opened_at=now)
        begun.packed_by, begun.opened_at = actor, now
    return begun


def open_packing(workspace: Workspace, actor: str) -> Packing | None:
    """What the person is packing now."""
    rows = workspace.packings.filter(packed_by=actor, status=Packing.Status.OPEN)
    return rows.select_related("order__store", "shipment").order_by("-opened_at").first()


@transaction.atomic
def leave_parcel(packing: Packing, *, now: datetime) -> bool:
    """Put the parcel aside: what was counted is forgotten. False: it was closed by then."""
    rows = Packing.objects.filter(pk=packing.pk, status=Packing.Status.OPEN)
    return rows.update(status=Packing.Status.LEFT, closed_at=now) == 1


def is_tote(code: str) -> bool:
    """Whether it is the barcode of a tote: T-12, TOTE 12."""
    return TOTE.fullmatch(code.strip().upper()) is not None


@transaction.atomic
def fill_tote(packing: Packing, code: str, *, now: datetime) -> Tote:
    """Say that what was picked for the order lies in the tote; the bench is free again.

    Raises Rejected where pieces were counted already, or where the tote holds another order.
    """
    name = code.strip().upper()
    if any(line.packed for line in packing.lines.all()):
        raise Rejected(BEGUN, code="begun")
    tote, is_new = Tote.objects.select_for_update().get_or_create(
        workspace_id=packing.workspace_id,
        code=name,
        defaults={"order_id": packing.order_id, "filled_at": now},
    )
    if not is_new and tote.order_id != packing.order_id:
        raise Rejected(TAKEN, code="tote_taken", tote=name, number=tote.order.external_id)
    leave_parcel(packing, now=now)
    return tote


def empty_totes(order: Order) -> None:
    """What was packed lies in no tote any more."""
    Tote.objects.filter(order=order).delete()


def _begun(parcel: Parcel) -> Packing | None:
    rows = Packing.objects.filter(order=parcel.order, status=Packing.Status.OPEN)
    return rows.filter(shipment=parcel.shipment).first()


def _begin(parcel: Parcel, workspace: Workspace, *, actor: str, now: datetime) -> Packing:
    # A person packs one parcel at a time: what was left standing is free for others.
    workspace.packings.filter(packed_by=actor, status=Packing.Status.OPEN).update(
        status=Packing.Status.LEFT, closed_at=now
    )
    packing = Packing.objects.create(
        workspace=workspace,
        order=parcel.order,
        shipment=parcel.shipment,
        is_label_first=parcel.is_label_first,
        packed_by=actor,
        opened_at=now,
    )
    pieces = parcel.pieces()
    items = sorted(pieces.items(), key=lambda piece: piece[0])
    PackedLine.objects.bulk_create(
        PackedLine(packing=packing, order_item_id=item_id, expected=count)
        for item_id, count in items
    )
    return packing
