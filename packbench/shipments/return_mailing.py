"""Return mailing: a return label goes to the buyer by e-mail, once (SEED-72).

The one e-mail that Amazon allows to its buyers, if the address that it comes from is an approved
sender in Seller Central. An owner vouches for that, for each store and for this address alone;
nothing is sent before, nor to an address of Amazon's relay of any other shop.
"""

from datetime import datetime
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import translation

from packbench.accounts.mailing import post_return_label
from packbench.accounts.writing import has_mail
from packbench.channels.models import Store
from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.relays import is_relay
from packbench.lib.sentences import marked
from packbench.privacy.revealing import reveal
from packbench.shipments.messaging import NO_MAIL_SERVER, address_of
from packbench.shipments.models import ApprovedSender, ReturnLabel, ReturnMail
from packbench.shipments.posting import LANGUAGES, Clock, due, give_up_lost, send_once

NOT_APPROVED = marked(
    "First add %(address)s as an approved sender in Seller Central and say so on the store's page."
)
NO_FILE = marked("There is no PDF of this return label to send.")
SENT_ALREADY = marked("This return label was e-mailed already.")


def sender(store: Store) -> str:
    """The address that the store's return labels come from; empty without a mail server."""
    if not has_mail():
        return ""
    return (store.brand_email or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]).casefold()


def approval_of(store: Store) -> ApprovedSender | None:
    """That the address of now is approved for the store; None: nobody said so."""
    return ApprovedSender.objects.filter(store=store, address=sender(store)).first()


@transaction.atomic
def confirm_sender(store: Store, *, is_approved: bool, actor: str, now: datetime) -> None:
    """Note that the address of now is approved, or not any more. Safe to run again.

    Raises Rejected without a mail server.
    """
    if is_approved and not has_mail():
        raise Rejected(NO_MAIL_SERVER, code="no_mail_server")
    if is_approved == (approval_of(store) is not None):
        return
    ApprovedSender.objects.filter(store=store).delete()
    if is_approved:
        ApprovedSender.objects.create(
            store=store, address=sender(store), confirmed_by=actor, confirmed_at=now
        )
    name = "sender.approved" if is_approved else "sender.withdrawn"
    record(name, store.workspace_id, actor=actor, now=now, store_id=store.pk)


@transaction.atomic
def mail_return(row: ReturnLabel, *, actor: str, now: datetime) -> ReturnMail:
    """Owe the buyer an e-mail with it; one that was refused is tried anew. Raises Rejected."""
    here = ReturnLabel.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if here.status != ReturnLabel.Status.MADE or here.content is None or here.format != "pdf":
        raise Rejected(NO_FILE, code="no_file")
    _check(row, address_of(row.shipment.order))
    anew = ReturnMail.objects.filter(return_label=here).first()
    if anew is None:
        return ReturnMail.objects.create(
            workspace_id=here.workspace_id,
            return_label=here,
            created_by=actor,
            created_at=now,
            next_try_at=now,
        )
    refused = ReturnMail.objects.filter(pk=anew.pk, status=ReturnMail.Status.REFUSED)
    if not refused.update(
        status=ReturnMail.Status.PENDING, attempts=0, problem=None, next_try_at=now
    ):
        raise Rejected(SENT_ALREADY, code="sent_already")
    return anew


def due_return_mails(*, now: datetime) -> QuerySet[ReturnMail]:
    return due(ReturnMail.objects.all(), now=now)


def settle_return_mails(*, now: datetime) -> None:
    """Give up what a dead worker may have sent."""
    give_up_lost(ReturnMail.objects.all(), now=now)


def send_return_mail(mail_id: str, *, clock: Clock) -> None:
    """Send it, once, in the language of where the parcel went. Raises RemoteError as noted."""
    rows = ReturnMail.objects.select_related(
        "return_label__shipment__order__store", "return_label__shipment__order__key__parent"
    )
    send_once(rows, mail_id, _send, _note, clock=clock)


def _check(row: ReturnLabel, address: str) -> None:
    """Raise Rejected where the step in Seller Central was not confirmed."""
    if not has_mail():
        raise Rejected(NO_MAIL_SERVER, code="no_mail_server")
    store = row.shipment.order.store
    leads_to_amazon = not store.is_own_shop or is_relay(address)
    if leads_to_amazon and approval_of(store) is None:
        raise Rejected(NOT_APPROVED, code="not_approved", address=sender(store))


def _send(mail: ReturnMail) -> None:
    row = mail.return_label
    order = row.shipment.order
    address = address_of(order)
    _check(row, address)
    content = reveal(row, "content", order.key)
    if content is None or row.status != ReturnLabel.Status.MADE:
        raise Rejected(NO_FILE, code="no_file")
    with translation.override(LANGUAGES.get(order.ship_to_country, "en")):
        shop = order.store.brand_name or order.store.name
        said = {
            "shop": shop,
            "number": order.external_id,
            "tracking_number": row.tracking_number,
            "language": translation.get_language(),
        }
        subject = translation.gettext("Return label for your order %(number)s") % said
        post_return_label(
            address,
            sender=formataddr((shop, sender(order.store))),
            subject=subject,
            text=render_to_string("shipments/return_message.txt", said),
            html=render_to_string("shipments/return_message.html", {**said, "subject": subject}),
            key=mail.pk,
            name=f"{translation.gettext('return-label')}.pdf",
            content=content,
        )


def _note(mail: ReturnMail, now: datetime) -> None:
    shipment = mail.return_label.shipment
    record(
        "return.mailed",
        mail.workspace_id,
        actor=mail.created_by,
        now=now,
        order_id=shipment.order_id,
        store_id=shipment.order.store_id,
        shipment_id=shipment.pk,
    )
