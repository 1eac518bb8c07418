"""Client secret, tokens and the mail server's password go through everything; then we look."""

import logging

import pytest

from packbench.channels.ending import end_authorization
from packbench.channels.models import SellerAccount
from packbench.channels.registry import open_channel
from packbench.connectors.amazon import lwa
from packbench.lib import clock
from packbench.lib.errors import BadCredentials
from packbench.orders.importing import import_orders
from packbench_sandbox import Sandbox
from tests.making import make_member, make_store
from tests.posting import MailServer, send_all, use
from tests.test_privacy import everything_in_the_database

pytestmark = pytest.mark.django_db
PASSWORD = "hush-hush-mail-99417"
WRONG = "amzn1.oa2-cs.v1.wrong99417"
OTHER = "Atzr|another-token-99417"


@pytest.fixture
def amazon(settings):
    with Sandbox(orders_per_store=1, arrivals_per_hour=0, rate_scale=1e6) as sandbox:
        settings.SANDBOX_URL = sandbox.url
        yield sandbox


@pytest.fixture
def post(settings):
    with MailServer() as server:
        yield use(server, settings, EMAIL_HOST_USER="desk", EMAIL_HOST_PASSWORD=PASSWORD)


@pytest.fixture
def access_tokens(monkeypatch):
    """Every access token that Amazon gave in the test."""
    given = []

    def fetch(*args, **options):
        token = real(*args, **options)
        given.append(token.value)
        return token

    real = lwa.fetch_access_token
    monkeypatch.setattr("packbench.connectors.amazon.client.fetch_access_token", fetch)
    return given


def connect(client, amazon):
    """Connect an account by its page, with every secret typed in wrong first."""
    keys = amazon.authorize("europe")
    form = {**keys, "country": "ES", "has_read_terms": "on", "is_responsible": "on"}
    shown = [
        client.post("/stores/connect/app", form | wrong)
        for wrong in ({"client_secret": WRONG}, {"refresh_token": OTHER}, {})
    ]
    account = SellerAccount.objects.select_related(
        "application__workspace__key", "workspace__key"
    ).get()
    make_store(account)
    return keys, account, shown


def test_no_secret_stands_anywhere_in_clear(client, amazon, post, access_tokens, caplog):
    caplog.set_level(logging.DEBUG)
    member = make_member()
    client.force_login(member.person, backend="packbench.accounts.backends.MemberBackend")
    keys, account, shown = connect(client, amazon)
    import_orders(account, open_channel(account), clock=clock.now)
    page = f"/stores/accounts/{account.pk}"
    amazon.rotate_secret()
    secret = amazon.application("demo").client_secret
    for tail, given in (
        ("/secret", {"client_secret": WRONG}),
        ("/secret", {"client_secret": secret}),
        ("/token", {"refresh_token": OTHER}),
        ("/token", {"refresh_token": keys["refresh_token"]}),
        ("/check", {}),
    ):
        shown.append(client.post(page + tail, given))
    amazon.revoke("europe")
    account = SellerAccount.objects.select_related("application", "workspace__key").get()
    with pytest.raises(BadCredentials) as refusal:
        import_orders(account, open_channel(account), clock=clock.now)
    assert not end_authorization(account, refusal.value, now=clock.now())  # it has ended already
    post.answers = {"AUTH": f"535 {PASSWORD}"}
    send_all(clock.now())
    shown += [client.get(url) for url in (page, "/stores", "/settings", "/orders")]
    shown.append(client.post("/settings/mail/test", follow=True))
    client.post(page + "/revoke", {"is_meant": "on"})

    places = {
        "database": everything_in_the_database(),
        "log": caplog.text,
        "pages": "".join(f"{dict(each.headers)}{each.content.decode()}" for each in shown),
        "exceptions": f"{refusal.value!r}{refusal.value.__cause__!r}{account!r}{account.__dict__}",
        "mails": b"".join(post.letters).decode(),
    }
    secrets = [
        PASSWORD,
        WRONG,
        OTHER,
        secret,
        keys["client_secret"],
        keys["refresh_token"],
        *access_tokens,
    ]
    assert len(access_tokens) > 2
    assert post.letters
    found = [
        (place, value)
        for place, text in places.items()
        for value in secrets
        if value in text or value.encode().hex() in text
    ]
    assert found == []


def test_the_control_finds_a_secret_that_is_not_sealed(client, amazon):
    member = make_member()
    client.force_login(member.person, backend="packbench.accounts.backends.MemberBackend")
    keys, _, _ = connect(client, amazon)
    SellerAccount.objects.update(seller_id=keys["refresh_token"][:32])

    assert keys["refresh_token"][:32] in everything_in_the_database()
