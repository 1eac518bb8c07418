"""Whether a call may have happened decides its error."""

import socket
import threading
import zlib

import httpx
import pytest

from packbench.lib import http
from packbench.lib.errors import OutcomeUnknown, TemporaryError
from packbench.lib.http import new_client, send


@pytest.fixture
def serve():
    """Answer one connection after another with exactly these bytes, then hang up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def start(*answers):
        def run():
            for answer in answers:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)

        threading.Thread(target=run, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield start
    listener.close()


def call(url, *, repeatable):
    with new_client() as client:
        return send(client, client.build_request("POST", url), repeatable=repeatable)


def test_the_answer_comes_whole_whatever_its_status(serve):
    url = serve(b"HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy")

    response = call(url, repeatable=False)

    assert (response.status_code, response.text) == (503, "busy")


def test_a_compressed_answer_is_unpacked(serve):
    body = zlib.compress(b"hello")
    head = f"HTTP/1.1 200 OK\r\ncontent-encoding: deflate\r\ncontent-length: {len(body)}\r\n\r\n"

    assert call(serve(head.encode() + body), repeatable=True).content == b"hello"


LOST = [
    b"",
    b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\ncut",
    b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nnot",
    b"this is no HTTP\r\n\r\n",
]


@pytest.mark.parametrize("answer", LOST, ids=range(len(LOST)))
def test_a_lost_answer_is_temporary_only_where_the_call_may_be_repeated(serve, answer):
    url = serve(answer, answer)

    with pytest.raises(TemporaryError):
        call(url, repeatable=True)
    with pytest.raises(OutcomeUnknown):
        call(url, repeatable=False)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "nowhere://host/"])
def test_what_was_never_sent_did_not_happen(url):
    with pytest.raises(TemporaryError) as error:
        call(url, repeatable=False)

    assert error.value.code == "not_reached"


def test_a_name_that_nobody_knows_and_a_certificate_that_nobody_trusts_are_told_apart(serve):
    with pytest.raises(TemporaryError, match="could not be looked up") as unknown:
        call("http://nobody.invalid/", repeatable=False)
    untrusted = serve(b"this is no TLS").replace("http://", "https://")
    with pytest.raises(TemporaryError, match="No safe connection") as bad:
        call(untrusted, repeatable=False)

    assert (unknown.value.code, bad.value.code) == ("name_not_found", "not_trusted")


def test_an_answer_without_end_is_cut_off(serve, monkeypatch):
    monkeypatch.setattr(http, "MAX_BODY_BYTES", 10)
    url = serve(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n" + b"x" * 50)

    with pytest.raises(TemporaryError) as error:
        call(url, repeatable=True)

    assert error.value.code == "answer_lost"


def test_a_redirect_is_not_followed(serve):
    url = serve(b"HTTP/1.1 302 Go\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n")

    assert call(url, repeatable=True).status_code == 302


def test_the_error_names_the_host_and_nothing_more_of_the_address():
    with pytest.raises(TemporaryError) as error, new_client() as client:
        send(
            client, httpx.Request("GET", "http://127.0.0.1:1/orders?token=secret"), repeatable=True
        )

    assert "127.0.0.1" in str(error.value)
    assert "secret" not in repr(error.value) + str(error.value.__cause__)
