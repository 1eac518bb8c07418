"""What a parcel's card says of its label for the way back, and the store's page of its sender."""

from typing import Any

from packbench.accounts.models import Member
from packbench.channels.models import Store
from packbench.lib.marketplaces import by_id, is_known
from packbench.shipments.models import ReturnLabel, ReturnMail, Shipment
from packbench.shipments.return_mailing import approval_of, sender
from packbench.shipments.returning import ways_back
from packbench.shipments.status import LABELED

KINDS = {
    ReturnLabel.Status.ASKED: "",
    ReturnLabel.Status.BUYING: "",
    ReturnLabel.Status.UNKNOWN: "warn",
    ReturnLabel.Status.REFUSED: "bad",
    ReturnLabel.Status.MADE: "ok",
}
MAIL_KINDS = {
    ReturnMail.Status.SENT: "ok",
    ReturnMail.Status.REFUSED: "bad",
    ReturnMail.Status.UNKNOWN: "warn",
}
# Amazon's article on who may write to buyers; it leads on to the page itself.
ARTICLE = "{host}/gp/help/external/G201054220"


def return_context(shipment: Shipment, member: Member) -> dict[str, Any]:
    """The parcel's return label, or the ways to get one; empty where there is none to be had."""
    order = shipment.order
    if shipment.status not in LABELED:
        return {}
    live = shipment.return_labels.exclude(status=ReturnLabel.Status.REMOVED)
    row = live.select_related("carrier_account", "mail").first()
    is_over = order.erased_at is not None
    if row is None and (is_over or not member.can_ship):
        return {}
    letter = getattr(row, "mail", None)
    return {
        "shipment": shipment,
        "label": row,
        "kind": KINDS[ReturnLabel.Status(row.status)] if row else "",
        "is_under_way": row is not None and row.next_try_at is not None,
        "has_file": row is not None and row.content is not None,
        "is_erased": is_over,
        "letter": letter,
        "letter_kind": MAIL_KINDS.get(ReturnMail.Status(letter.status), "") if letter else "",
        "can_mail": letter is None or letter.status == ReturnMail.Status.REFUSED,
        "ways": [] if row else ways_back(shipment),
    }


def sender_context(store: Store) -> dict[str, Any]:
    """The address that e-mails come from, whether it is approved, and where that is done."""
    host = by_id(store.marketplace_id).seller_central if is_known(store.marketplace_id) else ""
    return {
        "sender": sender(store),
        "approval": approval_of(store),
        "article": ARTICLE.format(host=host) if host else "",
    }
