"""A return label is e-mailed to its buyer once, and to Amazon's only from an approved sender."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from packbench.accounts.mailing import post
from packbench.channels.base import Buyer
from packbench.channels.models import Store
from packbench.events.models import Event
from packbench.lib.errors import Rejected, RemoteError
from packbench.shipments import return_mailing
from packbench.shipments.erasing import erase_now
from packbench.shipments.models import ApprovedSender, ReturnLabel, ReturnMail
from packbench.shipments.return_mailing import (
    approval_of,
    confirm_sender,
    due_return_mails,
    mail_return,
    send_return_mail,
    settle_return_mails,
)
from packbench.shipments.returning import give_return, remove_return
from tests.making import DE, NOW, make_address, make_order, make_store
from tests.posting import MailServer, use
from tests.shipments.faking import PDF
from tests.shipments.test_messaging import make_shop, sold
from tests.shipments.test_returning import sent

pytestmark = pytest.mark.django_db
RELAY = "abc@marketplace.amazon.es"


@pytest.fixture
def server(settings):
    with MailServer() as server:
        yield use(server, settings)


@pytest.fixture
def store(server):
    return make_store()


def given(order):
    made = give_return(sent(order), PDF, actor="ana", now=NOW)
    return ReturnLabel.objects.select_related(
        "shipment__order__store", "shipment__order__key__parent"
    ).get(pk=made.pk)


def approve(store):
    confirm_sender(store, is_approved=True, actor="ana", now=NOW)


def send_due(now=NOW):
    for mail in due_return_mails(now=now):
        try:
            send_return_mail(mail.pk, clock=lambda: now)
        except RemoteError:
            continue


@pytest.mark.parametrize(
    ("country", "word"), [("DE", "de"), ("FR", "fr"), ("ES", "es"), ("IT", "it"), ("SE", "en")]
)
def test_the_buyer_at_amazon_gets_it_once_in_the_countrys_language(store, server, country, word):
    approve(store)
    order = make_order(
        store, recipient=make_address(country=country), buyer=Buyer(name="Jo", email=RELAY)
    )
    row = given(order)

    mail_return(row, actor="ana", now=NOW)
    send_due()
    send_due(NOW + timedelta(days=1))

    ((address, subject, _, html),) = server.texts()
    assert address == RELAY
    assert order.external_id in subject
    assert f'lang="{word}"' in html
    letter = message_from_bytes(server.letters[0], policy=policy.default)
    (file,) = letter.iter_attachments()
    assert file.get_content_type() == "application/pdf"
    assert file.get_content() == PDF
    assert ReturnMail.objects.get().status == "sent"
    assert Event.objects.get(name="return.mailed").actor == "ana"
    with pytest.raises(Rejected) as refusal:
        mail_return(row, actor="ana", now=NOW)
    assert refusal.value.code == "sent_already"


def test_nothing_goes_to_amazons_buyers_before_an_owner_vouched_for_the_sender(store, server):
    row = given(make_order(store))

    with pytest.raises(Rejected) as refusal:
        mail_return(row, actor="ana", now=NOW)

    assert refusal.value.code == "not_approved"
    assert not ReturnMail.objects.exists()


def test_nor_where_it_was_withdrawn_after_it_was_asked_for(store, server):
    approve(store)
    mail_return(given(make_order(store)), actor="ana", now=NOW)
    confirm_sender(store, is_approved=False, actor="ana", now=NOW)

    send_due()

    assert server.letters == []
    mail = ReturnMail.objects.get()
    assert (mail.status, mail.problem["code"]) == ("refused", "not_approved")
    approve(store)
    mail_return(mail.return_label, actor="ana", now=NOW)
    send_due()
    assert len(server.letters) == 1


def test_another_sender_must_be_approved_anew(store, server, settings):
    approve(store)
    settings.DEFAULT_FROM_EMAIL = "Desk <other@example.com>"

    assert approval_of(store) is None
    with pytest.raises(Rejected) as refusal:
        mail_return(given(make_order(store)), actor="ana", now=NOW)

    assert refusal.value.sentence.values["address"] == "other@example.com"


def test_it_comes_from_the_stores_own_sender_where_it_has_one(store, server):
    Store.objects.filter(pk=store.pk).update(brand_email="Shop@example.com", brand_name="Müller")
    store.refresh_from_db()
    approve(store)

    mail_return(given(make_order(store)), actor="ana", now=NOW)
    send_due()

    letter = message_from_bytes(server.letters[0], policy=policy.default)
    assert letter["From"] == "Müller <shop@example.com>"
    assert b"from:<shop@example.com>" in b"".join(server.lines).lower()


def test_it_counts_for_its_store_alone_and_is_noted_once(store, server):
    approve(store)
    approve(store)

    other = make_store(store.account, DE, name="Amazon DE")
    assert approval_of(other) is None
    assert ApprovedSender.objects.count() == 1
    assert Event.objects.filter(name="sender.approved").count() == 1


def test_a_buyer_of_an_own_shop_needs_no_approval_but_for_amazons_relay(server):
    shop = make_shop()
    mail_return(given(sold(shop)), actor="ana", now=NOW)
    send_due()
    assert [letter[0] for letter in server.texts()] == ["jo@example.com"]

    with pytest.raises(Rejected) as refusal:
        mail_return(given(sold(shop, "1002", email=RELAY)), actor="ana", now=NOW)
    assert refusal.value.code == "not_approved"


def test_any_other_message_to_the_relay_is_refused_as_before(server):
    with pytest.raises(Rejected) as refusal:
        post(RELAY, subject="x", text="x", html="x", key="msg_1")

    assert refusal.value.code == "relay"


def test_a_busy_server_is_asked_again_and_a_lost_answer_never(store, server):
    approve(store)
    mail_return(given(make_order(store)), actor="ana", now=NOW)
    server.answers["MAIL"] = "421 busy"
    send_due()
    assert ReturnMail.objects.get().status == "pending"
    server.hangs_up_after_data = True

    send_due(NOW + timedelta(hours=1))
    send_due(NOW + timedelta(days=1))

    assert ReturnMail.objects.get().status == "unknown"
    assert server.letters == []
    ReturnMail.objects.update(status="sending", claimed_at=NOW)
    settle_return_mails(now=NOW + timedelta(hours=1))
    assert ReturnMail.objects.get().status == "unknown"


@pytest.mark.parametrize("what", ["erased", "removed"])
def test_what_is_gone_is_not_sent(store, server, what):
    approve(store)
    row = given(make_order(store))
    mail_return(row, actor="ana", now=NOW)
    if what == "erased":
        erase_now(row.shipment.order, why="asked", actor="t", now=NOW)
    else:
        remove_return(row, actor="ana", now=NOW)

    send_due()

    assert server.letters == []
    assert ReturnMail.objects.get().status == "refused"


def test_without_a_mail_server_nobody_vouches(settings):
    settings.EMAIL_HOST = ""
    store = make_store()

    with pytest.raises(Rejected) as refusal:
        approve(store)

    assert refusal.value.code == "no_mail_server"
    assert return_mailing.sender(store) == ""
