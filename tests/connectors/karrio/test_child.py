"""Karrio in its child: what leaves it, how often, and what its death means."""

import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from packbench.carriers.base import CarrierSecrets, Opening
from packbench.connectors.karrio import children
from packbench.connectors.karrio.child import is_sign_in
from packbench.connectors.karrio.opening import open_carrier
from packbench.lib.errors import (
    OutcomeUnknown,
    Rejected,
    RemoteError,
    TemporaryError,
    Unsupported,
)
from packbench_sandbox import Sandbox
from tests.connectors.contract.playing import PLAYERS, START
from tests.connectors.karrio.environment import (
    REAL,
    environment_with,
    karrio_python,
    karrio_with_sentry,
)

PLAYER = next(player for player in PLAYERS if player.name == "karrio")
LOOPBACK = ip_address("127.0.0.1")
of_standin = pytest.mark.skipif(bool(REAL), reason="the stand-in alone can be made to do this")


@contextmanager
def playing():
    with Sandbox(seed=7, orders_per_store=2, clock=START, rate_scale=10**6) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def running():
    with playing() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running):
    yield running
    running.faults.clear()


@pytest.fixture
def carrier(sandbox):
    return opened(sandbox.url)


def opened(url, *, python=None, **settings):
    return open_carrier(
        Opening(
            settings=PLAYER.settings | settings,
            secrets=CarrierSecrets(values=PLAYER.secrets | {"password": "dpd"}),
            sandbox_url=url,
            interpreter=python or karrio_python(),
        )
    )


def calls(sandbox):
    return sandbox.stats()["calls"].get("ups.ship", 0)


@pytest.mark.parametrize("fault", ["500", "500_after", "lost_answer", "reset_after", "503_html"])
def test_a_purchase_that_failed_was_sent_once_even_where_sentry_watches(sandbox, fault):
    carrier = opened(sandbox.url, python=karrio_with_sentry())
    request, before = PLAYER.request(sandbox), calls(sandbox)
    sandbox.faults.arm(fault, "ups.ship")

    with pytest.raises(OutcomeUnknown):
        carrier.buy(request)

    assert calls(sandbox) == before + 1
    assert len(PLAYER.sold(sandbox, request)) <= 1


def self_signed():
    """A key and its certificate for 127.0.0.1, by nobody but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(LOOPBACK)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, plain) + certificate.public_bytes(
        serialization.Encoding.PEM
    )


@pytest.fixture
def impostor(tmp_path):
    """Somebody else behind a certificate that nobody trusts. Gives its address and what it read."""
    pair = tmp_path / "pair.pem"
    pair.write_bytes(self_signed())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    listener, heard = socket.create_server(("127.0.0.1", 0)), []

    def serve():
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            try:
                with plain, context.wrap_socket(plain, server_side=True) as secret:
                    secret.settimeout(2)
                    heard.append(secret.recv(1000))
            except OSError:
                continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{listener.getsockname()[1]}", heard
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


def test_whoever_has_no_certificate_that_is_trusted_hears_nothing(sandbox, impostor):
    url, heard = impostor

    with pytest.raises(TemporaryError) as failure:
        opened(url).buy(PLAYER.request(sandbox))

    assert failure.value.code == "not_trusted"
    assert heard == []


@pytest.mark.parametrize(
    ("body", "is_one"),
    [
        (b"grant_type=client_credentials", True),
        (b"client_id=a&client_secret=b%26c&grant_type=password", True),
        (b'{"grant_type": "client_credentials", "client_id": "a"}', True),
        (b"ship_to=Ada&service=11", False),
        (b'{"ship_to": {"name": "&grant_type=1"}}', False),
        (b'[{"name": "x&grant_type=1&y"}]', False),
        (b"<name><![CDATA[&grant_type=1&]]></name>", False),
        (b"name: &grant_type=1&", False),
        (b"\xff&grant_type=1", False),
        (b"", False),
        (None, False),
    ],
)
def test_only_what_asks_for_a_token_is_a_sign_in_whatever_an_address_says(body, is_one):
    assert is_sign_in(body) is is_one


@of_standin
def test_a_child_that_dies_before_it_sends_has_bought_nothing(sandbox, carrier):
    request = PLAYER.request(sandbox, service="dies_before")

    with pytest.raises(TemporaryError):
        carrier.buy(request)

    assert PLAYER.sold(sandbox, request) == []
    assert carrier.buy(replace(request, service="ups_ground")).tracking_number


@of_standin
def test_a_child_that_dies_after_it_sent_leaves_a_doubt(sandbox, carrier):
    request = PLAYER.request(sandbox, service="dies_after")

    with pytest.raises(OutcomeUnknown):
        carrier.buy(request)

    assert len(PLAYER.sold(sandbox, request)) == 1


@of_standin
def test_labels_are_drawn_by_nobody_else_over_plain_http(sandbox):
    with pytest.raises(Rejected) as refusal:
        opened("").buy(PLAYER.request(sandbox, service="previews"))

    assert refusal.value.code == "not_made"
    assert "not_https" in str(refusal.value)


def test_a_child_that_is_silent_is_ended_and_the_next_one_answers(sandbox, carrier, monkeypatch):
    monkeypatch.setattr("packbench.lib.http.DEADLINE_S", 0.2)
    monkeypatch.setattr(children, "GRACE_S", -0.1)  # before the child itself gives up
    request = PLAYER.request(sandbox)
    sandbox.faults.arm("timeout", "ups.ship", seconds=3)

    with pytest.raises(OutcomeUnknown):
        carrier.buy(request)

    monkeypatch.undo()
    assert carrier.rates(PLAYER.request(sandbox)).offers


@pytest.mark.parametrize("fault", ["slow", "delay", "endless", "interim"])
def test_an_answer_that_drips_is_cut_by_the_child_itself(sandbox, carrier, monkeypatch, fault):
    carrier.rates(PLAYER.request(sandbox))  # signed in
    monkeypatch.setattr("packbench.lib.http.DEADLINE_S", 0.4)
    options = {"delay_seconds": 3.0} if fault == "delay" else {"seconds": 3.0}
    sandbox.faults.arm(fault, "ups.ship", **options)
    began = time.monotonic()

    with pytest.raises(OutcomeUnknown) as doubt:
        carrier.buy(PLAYER.request(sandbox))

    assert time.monotonic() - began < 2.5
    assert doubt.value.code == "may_have_happened"  # it answered; ended by us it would be lost


def test_many_at_once_share_a_few_children(sandbox, carrier):
    requests = [PLAYER.request(sandbox) for _ in range(8)]

    with ThreadPoolExecutor(8) as threads:
        bought = list(threads.map(carrier.buy, requests))

    assert len({label.tracking_number for label in bought}) == len(requests)
    assert len(children._pool(karrio_python())._idle) <= children.MOST_CHILDREN


@of_standin
def test_who_names_no_prices_sells_at_a_price_not_known(sandbox):
    dpd = opened(sandbox.url, carrier="dpd")
    request = PLAYER.request(sandbox, service="dpd_cl")

    assert [(rate.name, rate.cost) for rate in dpd.rates(request).offers] == [("DPD CL", None)]
    assert dpd.prepare(request).cost is None
    for deed in (lambda: dpd.void("1"), lambda: dpd.track("1", "1")):
        with pytest.raises(Unsupported):
            deed()


def test_a_token_that_ended_is_asked_for_again(monkeypatch):
    errors = []
    with playing() as sandbox:
        carrier = opened(sandbox.url)
        carrier.rates(PLAYER.request(sandbox))
        monkeypatch.setattr("packbench_sandbox.ups.selling.TOKEN", "another")
        for _ in range(3):
            try:
                carrier.rates(PLAYER.request(sandbox))
            except RemoteError as error:
                errors.append(error.code)

    assert set(errors) <= {"token_ended"}  # once for each child that has the old one
    assert len(errors) < 3


def test_a_token_is_shown_to_nobody_but_who_gave_it(sandbox, carrier):
    carrier.rates(PLAYER.request(sandbox))
    with playing() as another:
        opened(another.url).rates(PLAYER.request(another))

        assert another.stats()["calls"]["ups.token"] == 1


@pytest.mark.parametrize("folders", [(), ("nothing",)])
def test_without_karrio_a_sentence_says_how_to_install_it(tmp_path, folders):
    python = environment_with(*folders) if folders else str(tmp_path / "bin" / "python")

    with pytest.raises(Unsupported, match="packbench install-karrio"):
        opened("", python=python)
