"""Addresses that a person enters lead to nothing inside: neither now nor when names change."""

import socket

import httpx
import pytest

from packbench.lib import hosts
from packbench.lib.errors import Rejected, TemporaryError
from packbench.lib.hosts import Reach, check_url
from packbench.lib.http import new_client, send

INSIDE = [
    "127.0.0.1",
    "10.0.0.8",
    "192.168.1.20",
    "172.16.5.5",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "::1",
    "fd00::1",
    "fe80::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.8",
    "64:ff9b::a00:8",
    "2002:a00:8::1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_inside_is_not_reached(address):
    assert not Reach().allows(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111"])
def test_what_is_outside_is_reached(address):
    assert Reach().allows(address)


@pytest.mark.parametrize("address", INSIDE)
def test_a_local_network_is_reached_where_its_owner_said_so_and_never_this_machine(address):
    is_local = address in (
        "10.0.0.8",
        "192.168.1.20",
        "172.16.5.5",
        "100.64.0.1",
        "fd00::1",
        "::ffff:10.0.0.8",
        "64:ff9b::a00:8",
        "2002:a00:8::1",
    )

    assert Reach(local_network=True).allows(address) is is_local


def resolve_to(monkeypatch, *addresses):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]
    monkeypatch.setattr(hosts.socket, "getaddrinfo", lambda *a, **k: found)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("shop.example/hook", "bad_address"),
        ("ftp://shop.example/", "bad_address"),
        ("https://", "bad_address"),
        ("https://ines:word@shop.example/", "bad_address"),
        ("http://shop.example/", "needs_https"),
        ("https://[::1", "bad_address"),
    ],
)
def test_an_address_that_cannot_be_is_refused_with_what_to_change(monkeypatch, url, code):
    resolve_to(monkeypatch, "93.184.216.34")

    with pytest.raises(Rejected) as refusal:
        check_url(url, Reach())

    assert refusal.value.code == code


def test_a_name_that_leads_inside_beside_outside_is_refused(monkeypatch):
    resolve_to(monkeypatch, "93.184.216.34", "10.0.0.8")

    with pytest.raises(Rejected, match="inside your own network"):
        check_url("https://shop.example/", Reach())


def test_a_name_that_leads_inside_later_is_not_connected_to(monkeypatch):
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    listener.settimeout(0.3)

    with new_client(Reach()) as client:
        request = client.build_request("GET", f"http://localhost:{port}/")
        with pytest.raises(TemporaryError):
            send(client, request, repeatable=True)

    with pytest.raises(TimeoutError):
        listener.accept()
    listener.close()


def test_plain_http_is_for_this_machine_and_the_sandbox_only():
    assert check_url("http://127.0.0.1:9/", Reach(this_machine=True)) == "http://127.0.0.1:9/"
    with pytest.raises(Rejected):
        check_url("http://127.0.0.1:9/", Reach())


def test_a_guarded_client_follows_no_redirect():
    assert isinstance(new_client(Reach()), httpx.Client)
    assert new_client(Reach()).follow_redirects is False
