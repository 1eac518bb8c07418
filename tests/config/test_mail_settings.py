"""The mail server in the environment: read, or refused with a sentence that tells no password."""

import pytest

from packbench.config.environment import MailServer, read_environment


@pytest.fixture
def environ(monkeypatch):
    def environ(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(f"PACKBENCH_{name}", value)
        return read_environment()

    return environ


@pytest.mark.parametrize(
    ("url", "server", "has_starttls"),
    [
        (
            "smtp://desk%40example.com:p%3Aw@mail.example.com",
            MailServer("mail.example.com", 587, "desk@example.com", "p:w"),
            True,
        ),
        (
            "smtps://me:pw@mail.example.com",
            MailServer("mail.example.com", 465, "me", "pw", is_encrypted=True),
            False,
        ),
        ("smtp://localhost:25", MailServer("localhost", 25), False),
    ],
)
def test_a_mail_server_is_read(environ, url, server, has_starttls):
    read = environ(SMTP_URL=url, MAIL_FROM="Packbench <desk@example.com>")

    assert read.mail_server == server
    assert read.mail_server.has_starttls is has_starttls
    assert read.mail_from == "Packbench <desk@example.com>"
    assert "pw" not in repr(read)


def test_without_one_nothing_is_demanded(environ):
    assert environ().mail_server is None


def test_a_user_that_is_an_address_is_the_sender(environ):
    assert environ(SMTP_URL="smtp://a%40example.com:pw@h").mail_from == "a@example.com"


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com",
        "http://u:hush-hush@mail.example.com:587",
        "smtp://u:hush-hush@mail.example.com:port",
        "smtp://u@mail.example.com",
        "smtp://u:hush-hush@",
    ],
)
def test_a_malformed_url_is_refused_without_telling_the_password(environ, url):
    with pytest.raises(SystemExit) as refusal:
        environ(SMTP_URL=url, MAIL_FROM="desk@example.com")

    assert "PACKBENCH_SMTP_URL must look like" in str(refusal.value)
    assert "hush-hush" not in str(refusal.value)


@pytest.mark.parametrize("sender", ["", "desk"])
def test_a_sender_is_needed(environ, sender):
    with pytest.raises(SystemExit, match="PACKBENCH_MAIL_FROM"):
        environ(SMTP_URL="smtp://localhost", MAIL_FROM=sender)
