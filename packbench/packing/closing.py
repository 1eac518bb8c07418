"""Closing: everything is in; the parcel gets its label if it has none, and is packed."""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import Count

from packbench.accounts.models import Member, Workspace
from packbench.carriers.models import PackageType
from packbench.events.recording import record
from packbench.labels.queueing import Routes
from packbench.lib.errors import Rejected
from packbench.lib.sentences import Sentence, marked
from packbench.orders.standing import PROBLEMS
from packbench.packing.models import PackedLine, Packing
from packbench.packing.opening import empty_totes, settings_of
from packbench.packing.printing import send_papers
from packbench.shipments.batching import create_labels, create_parcel_label
from packbench.shipments.choosing import choose_means, ways_of
from packbench.shipments.models import Shipment, ShipmentItem
from packbench.shipments.photographing import attach_photos
from packbench.shipments.planning import REFUSALS, CannotPlan, Means
from packbench.shipments.status import LABELED, Status

LONGEST_REASON = 200
DAY = timedelta(days=1)

NO_REASON = marked("Write why the parcel goes without being scanned whole.")
NOT_ALLOWED = marked("Ask an owner: packers may not close a parcel that was not scanned whole.")
NOT_COMPLETE = marked("Scan what is missing first.")
ASKED_ALREADY = marked("The label of this parcel was asked for already.")


class Step(StrEnum):
    """What the bench waits for."""

    SCAN = "scan"
    BOX = "box"  # which box, or what it weighs
    BUYING = "buying"
    DOUBT = "doubt"  # the carrier's answer got lost: it is looked up
    REFUSED = "refused"
    PACKED = "packed"
    LEFT = "left"


def step_of(packing: Packing) -> Step:
    """Where the parcel stands, by its row, its lines and its label."""
    if packing.status != Packing.Status.OPEN:
        return Step.PACKED if packing.status == Packing.Status.PACKED else Step.LEFT
    shipment = packing.shipment
    if packing.asked_at is None or shipment is None:
        return Step.BOX if _is_whole(packing) else Step.SCAN
    if shipment.status in LABELED:
        return Step.PACKED
    if shipment.status == Status.UNKNOWN:
        return Step.DOUBT
    is_refused = shipment.status in (Status.DRAFT, Status.VOIDED, Status.VOIDING)
    return Step.REFUSED if is_refused else Step.BUYING


def go_on(packing: Packing, *, routes: Routes | None = None, actor: str, now: datetime) -> Step:
    """Do what needs no person: pack what has its label, ask for one where nothing is asked first.

    What is packed is printed where the routes say. Safe to run again. Raises Rejected where the
    label cannot be asked for, and NoWarehouse.
    """
    step = step_of(packing)
    if step == Step.BOX and packing.is_label_first:
        return _close(packing, routes, actor=actor, now=now)
    if step == Step.PACKED and packing.status == Packing.Status.OPEN:
        return _close(packing, routes, actor=actor, now=now)
    settings = settings_of(packing.workspace)
    if step == Step.BOX and not (settings.asks_box or settings.asks_weight):
        ask_for_label(packing, actor=actor, now=now)
        return Step.BUYING
    return step


@transaction.atomic
def ask_for_label(
    packing: Packing,
    *,
    box: PackageType | None = None,
    weight_g: int | None = None,
    actor: str,
    now: datetime,
) -> None:
    """Ask for the label of what was packed, in that box and of that weight in grams, box included.

    Without them, those that the order's rules and products give. Raises Rejected, NoWarehouse.
    """
    row = _locked(packing)
    if step_of(row) not in (Step.BOX, Step.REFUSED):
        is_early = step_of(row) == Step.SCAN
        raise Rejected(NOT_COMPLETE if is_early else ASKED_ALREADY, code="not_now")
    try:
        shipment = _planned(row, _means(row, box, weight_g, now=now), actor=actor, now=now)
    except CannotPlan as refusal:
        code = refusal.problems[0]
        raise Rejected(PROBLEMS.get(code) or REFUSALS[code], code=code) from refusal
    row.shipment, row.package_type, row.weight_g, row.asked_at = shipment, box, weight_g, now
    row.save(update_fields=["shipment", "package_type", "weight_g", "asked_at"])
    _tell_numbers(row, shipment)
    packing.shipment, packing.asked_at = shipment, now


@transaction.atomic
def override(packing: Packing, reason: str, *, member: Member, now: datetime) -> None:
    """Take the parcel as whole though not everything was scanned. Raises Rejected."""
    reason = " ".join(reason.replace("\0", "").split())[:LONGEST_REASON]
    if not (member.can_manage or settings_of(packing.workspace).packers_may_override):
        raise Rejected(NOT_ALLOWED, code="not_allowed")
    if not reason:
        raise Rejected(NO_REASON, code="no_reason")
    row = _locked(packing)
    if step_of(row) != Step.SCAN:
        return
    row.override_reason, row.overridden_by = reason, member.person_id
    row.save(update_fields=["override_reason", "overridden_by"])
    packing.override_reason = reason
    record(
        "packing.overridden",
        row.workspace_id,
        actor=member.person_id,
        now=now,
        order_id=row.order_id,
        shipment_id=row.shipment_id or "",
        packing_id=row.pk,
    )


def packed_since(workspace: Workspace, *, now: datetime) -> dict[str, int]:
    """How many parcels each person packed within the last 24 hours, by their id."""
    rows = workspace.packings.filter(status=Packing.Status.PACKED, closed_at__gt=now - DAY)
    return dict(rows.order_by().values_list("packed_by").annotate(count=Count("id")))


def problem_of(shipment: Shipment) -> Sentence | None:
    """Why the carrier refused its label."""
    return Sentence.from_json(shipment.problem) if shipment.problem else None


def _locked(packing: Packing) -> Packing:
    rows = Packing.objects.select_for_update(of=("self",))
    rows = rows.select_related("workspace", "order__workspace", "order__store", "shipment")
    return rows.get(pk=packing.pk)


def _is_whole(packing: Packing) -> bool:
    rows = packing.lines.select_related("order_item")
    return bool(packing.override_reason) or all(line.is_complete for line in rows)


def _means(
    packing: Packing, box: PackageType | None, weight_g: int | None, *, now: datetime
) -> Means:
    chosen = choose_means(ways_of(packing.workspace, now=now), packing.order, now=now)
    return replace(
        chosen,
        package_type=box or chosen.package_type,
        weight_g=weight_g or chosen.weight_g,
    )


def _planned(packing: Packing, means: Means, *, actor: str, now: datetime) -> Shipment:
    """Raises CannotPlan."""
    if packing.shipment is not None and packing.shipment.is_composed:
        create_parcel_label(packing.shipment, means, actor=actor, now=now)
        return packing.shipment
    batch = create_labels(packing.workspace, [packing.order], means, actor=actor, now=now)
    if batch.refused:
        raise CannotPlan(batch.refused[0]["problems"])
    return batch.shipments.get()


@transaction.atomic
def _close(packing: Packing, routes: Routes | None, *, actor: str, now: datetime) -> Step:
    row = _locked(packing)
    if row.status != Packing.Status.OPEN:
        return step_of(row)
    shipment = row.shipment
    if shipment is None or shipment.status not in LABELED:
        return step_of(row)
    row.status, row.closed_at = Packing.Status.PACKED, now
    row.save(update_fields=["status", "closed_at"])
    packing.status, packing.closed_at = row.status, now
    _tell_numbers(row, shipment)
    attach_photos(shipment)
    empty_totes(row.order)
    if routes is not None and settings_of(row.workspace).prints_itself:
        send_papers(row, routes, actor=actor, now=now)
    record(
        "packing.closed",
        row.workspace_id,
        actor=actor,
        now=now,
        order_id=row.order_id,
        shipment_id=shipment.pk,
        packing_id=row.pk,
    )
    return Step.PACKED


def _tell_numbers(packing: Packing, shipment: Shipment) -> None:
    """Keep the pieces' own numbers with the parcel: Amazon is told of them (SEED-66)."""
    for line in PackedLine.objects.filter(packing=packing):
        if line.serial_numbers or line.transparency_codes:
            ShipmentItem.objects.filter(shipment=shipment, order_item=line.order_item_id).update(
                serial_numbers=line.serial_numbers, transparency_codes=line.transparency_codes
            )
