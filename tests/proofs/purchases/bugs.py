"""Bugs that are planted, one at a time, to see the proof catch them."""

from msgspec.structs import replace

from packbench.carriers.base import Prepared, RetryClass
from packbench.carriers.registry import open_carrier
from packbench.lib import errors
from packbench.lib.ids import new_id
from packbench.shipments import buying, deciding, preparing, purchasing, settling
from packbench.shipments.models import Label, Shipment
from packbench.shipments.status import Status
from tests.proofs.purchases.carrier import ProofCarrier


def _key_of_each_try():
    """A new reference with every call: the carrier's key protects nothing."""
    real = ProofCarrier.buy

    def buy(self, request):
        return real(self, _with(request, reference=new_id("lbl")))

    ProofCarrier.buy = buy


def _call_before_the_claim():
    """The carrier is asked before anything is written down."""
    real = buying._claim

    def claim(shipment, *, now):
        _sell_early(shipment)
        return real(shipment, now=now)

    buying._claim = claim


def _no_claim():
    """Whoever comes takes it, whatever another worker is doing."""

    def move(self, to, **fields):
        Shipment.objects.filter(pk=self.pk).update(status=to, **fields)
        self.status = to
        for name, value in fields.items():
            setattr(self, name, value)

    Shipment.move = move
    settling._claim = lambda shipment, *, now: True


def _no_quarantine():
    """What is not shown yet counts as not bought."""
    ProofCarrier.quarantine_s = 0.0


def _blind_is_tried_again():
    """A blind carrier is treated like one that can be searched."""
    real = settling._look_up

    def look_up(shipment, label, carrier, *, now):
        try:
            return real(shipment, label, carrier, now=now)
        except settling.Undecided:
            return None

    settling._look_up = look_up


def _lost_is_not_sent():
    """A lost answer counts as a call that never left."""
    real = ProofCarrier._call

    def call(self, method, path, said, *, repeatable):
        try:
            return real(self, method, path, said, repeatable=repeatable)
        except errors.OutcomeUnknown as error:
            raise errors.TemporaryError(error.sentence.text, code="down") from error

    ProofCarrier._call = call


def _preparation_is_not_written():
    """What was prepared, and that the carrier is asked now, is nowhere."""

    def forget(shipment, label, prepared, *, now):
        label.ticket = None

    buying.record_preparation = forget


def _preparation_after_the_call():
    """It is written down that the carrier is asked, once it was asked."""
    real, later = buying.record_preparation, []

    def postpone(shipment, label, prepared, *, now):
        later.append((shipment, label, prepared, now))

    def record(shipment, label, bought, *, now):
        for one in later:
            real(*one[:3], now=one[3])
        purchasing.record_purchase(shipment, label, bought, now=now)

    buying.record_preparation, buying.record_purchase = postpone, record


def _ticket_is_lost():
    """The ticket is not kept: a new one is drawn after the answer got lost."""
    real = preparing.record_preparation

    def forget(shipment, label, prepared, *, now):
        real(shipment, label, Prepared(cost=prepared.cost), now=now)

    def look_up(shipment, label, carrier, *, now):
        request = settling.label_request(shipment, label)
        ticket = carrier.prepare(request).ticket
        return carrier.buy(_with(request, ticket=ticket))

    real_look_up = settling._look_up
    buying.record_preparation = forget
    settling._look_up = lambda shipment, label, carrier, *, now: (
        look_up(shipment, label, carrier, now=now)
        if carrier.retry_class is RetryClass.TWO_PHASE
        else real_look_up(shipment, label, carrier, now=now)
    )


def _new_label_for_each_try():
    """A purchase that was doubted is forgotten and begun anew."""

    def settle(shipment, carrier, *, now):
        shipment.labels.update(status=Label.Status.VOIDED)
        Shipment.objects.filter(pk=shipment.pk).update(status=Status.READY, next_try_at=None)

    settling.settle_doubt = settle


def _nobody_settles():
    """What a dead worker left is never looked into."""
    settling.settle_doubt = lambda shipment, carrier, *, now: None


def _purchase_is_not_recorded():
    """The number of a label that was found is thrown away."""
    settling.record_purchase = lambda shipment, label, bought, *, now: Shipment.objects.filter(
        pk=shipment.pk
    ).update(status=Status.PURCHASED)


def _doubt_ends_unasked():
    """A blind doubt is closed as bought without anybody looking."""

    def close(shipment, label):
        Shipment.objects.filter(pk=shipment.pk).update(status=Status.PURCHASED)

    settling._leave_to_a_person = close


def _refused_is_believed_at_once():
    """A doubt whose look-up failed counts as not bought."""

    def record(shipment, label, error, *, wait, now):
        purchasing._set_label(label, Label.Status.REFUSED)
        Shipment.objects.filter(pk=shipment.pk).update(status=Status.READY, next_try_at=None)

    settling.record_doubt = buying.record_doubt = record


def _person_is_not_heard():
    """*It was bought* buys again."""
    real = deciding.it_was_not_bought
    deciding.it_was_bought = lambda shipment, finding, *, actor, now: real(
        shipment, actor=actor, now=now
    )


BUGS = {
    "blind_is_tried_again": _blind_is_tried_again,
    "call_before_the_claim": _call_before_the_claim,
    "doubt_ends_unasked": _doubt_ends_unasked,
    "key_of_each_try": _key_of_each_try,
    "lost_is_not_sent": _lost_is_not_sent,
    "new_label_for_each_try": _new_label_for_each_try,
    "no_claim": _no_claim,
    "no_quarantine": _no_quarantine,
    "nobody_settles": _nobody_settles,
    "person_is_not_heard": _person_is_not_heard,
    "preparation_after_the_call": _preparation_after_the_call,
    "preparation_is_not_written": _preparation_is_not_written,
    "purchase_is_not_recorded": _purchase_is_not_recorded,
    "refused_is_believed_at_once": _refused_is_believed_at_once,
    "ticket_is_lost": _ticket_is_lost,
}


def _sell_early(shipment):
    carrier = open_carrier(shipment.carrier_account)
    label = Label(pk=new_id("lbl"), shipment=shipment, claimed_at=shipment.created_at)
    request = buying.label_request(shipment, label)
    request = _with(request, ticket=carrier.prepare(request).ticket)
    carrier.buy(request)


def _with(request, **changes):
    return replace(request, **changes)
