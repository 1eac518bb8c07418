"""The second factor: asked for after the password, each code once, ten wrong ones lock."""

import base64
import re
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.core.management import call_command
from django.test import Client

from packbench.accounts.factors import LOCKED_FOR
from packbench.accounts.models import SecondFactor
from packbench.lib import clock
from packbench.privacy.rotating import replace_workspace_key
from tests.making import make_member
from tests.test_privacy import everything_in_the_database

pytestmark = pytest.mark.django_db
PASSWORD = "a few good words"
PAGE = "/settings/me/second-factor"


@pytest.fixture
def moment(monkeypatch):
    """A clock that stands until it is moved."""

    class Moment:
        at = clock.now()

        def pass_by(self, **time):
            self.at += timedelta(**time)

    moment = Moment()
    monkeypatch.setattr(clock, "now", lambda: moment.at)
    return moment


@pytest.fixture
def person(workspace):
    person = make_member(workspace).person
    person.set_password(PASSWORD)
    person.save()
    return person


@pytest.fixture
def app(person, sign_in, moment):
    """The factor set up by the person's page: an app that shows codes, and the recovery codes."""
    browser = sign_in(person.memberships.get())
    page = browser.get(PAGE).content.decode()
    secret = re.search(r'id="factor-secret">([A-Z2-7 ]+)<', page).group(1).replace(" ", "")
    app = App(base64.b32decode(secret), moment)
    said = browser.post(PAGE, {"code": app.code()}).content.decode()
    app.recovery = re.findall(r"<li><code>([0-9a-f-]+)</code>", said)
    app.browser, app.secret = browser, secret
    moment.pass_by(seconds=60)
    return app


class App:
    def __init__(self, secret, moment):
        self.totp, self.moment = TOTP(secret, 6, SHA1(), 30), moment

    def code(self):
        return self.totp.generate(int(self.moment.at.timestamp())).decode()


def half_way(person):
    browser = Client()
    answer = browser.post("/sign-in", {"username": person.email, "password": PASSWORD})
    return browser, answer


def is_in(browser):
    return browser.get("/orders").status_code == 200


def test_the_password_alone_lets_nobody_in(app, person):
    browser, answer = half_way(person)

    assert answer["Location"] == "/sign-in/code"
    assert not is_in(browser)
    assert browser.post("/sign-in/code", {"code": "000000"}).status_code == 200
    assert not is_in(browser)
    assert browser.post("/sign-in/code", {"code": app.code()})["Location"] == "/orders"
    assert is_in(browser)


def test_a_code_is_taken_once_and_its_neighbours_for_slow_clocks(app, person, moment):
    code = app.code()
    moment.pass_by(seconds=30)
    first, _ = half_way(person)
    first.post("/sign-in/code", {"code": code})
    assert is_in(first)
    second, _ = half_way(person)

    second.post("/sign-in/code", {"code": code})

    assert not is_in(second)


def test_a_recovery_code_is_taken_once(app, person):
    assert len(set(app.recovery)) == 10
    for expected in (True, False):
        browser, _ = half_way(person)
        browser.post("/sign-in/code", {"code": app.recovery[3].upper()})
        assert is_in(browser) is expected


def test_ten_wrong_codes_lock_even_the_right_one_for_a_while(app, person, moment):
    for _ in range(10):
        browser, _ = half_way(person)
        browser.post("/sign-in/code", {"code": "123456"})

    locked = browser.post("/sign-in/code", {"code": app.code()})
    assert "locked for 15 minutes" in locked.content.decode()
    assert not is_in(browser)
    moment.pass_by(seconds=LOCKED_FOR.total_seconds() + 1)
    browser, _ = half_way(person)
    browser.post("/sign-in/code", {"code": app.code()})
    assert is_in(browser)


def test_who_waits_for_more_than_five_minutes_begins_anew(app, person, moment):
    browser, _ = half_way(person)
    moment.pass_by(minutes=6)

    assert browser.post("/sign-in/code", {"code": app.code()})["Location"] == "/sign-in"
    assert not is_in(browser)


def test_nothing_of_it_stands_in_clear(app):
    dump = everything_in_the_database()

    assert app.secret not in dump
    assert base64.b32decode(app.secret).hex() not in dump
    assert not [code for code in app.recovery if code in dump]


def test_it_outlives_a_new_key_of_the_workspace(app, person, workspace, moment):
    replace_workspace_key(workspace, now=moment.at)
    browser, _ = half_way(person)

    browser.post("/sign-in/code", {"code": app.code()})

    assert is_in(browser)


def test_it_is_removed_with_the_password_or_on_the_server(app, person):
    app.browser.post(PAGE, {"password": "wrong"})
    assert SecondFactor.objects.exists()
    assert "10 recovery codes are left" in app.browser.get(PAGE).content.decode()

    app.browser.post(PAGE, {"password": PASSWORD})
    assert not SecondFactor.objects.exists()
    assert half_way(person)[1]["Location"] == "/orders"
    app.browser.get(PAGE)
    call_command("removefactor", person.email.upper())
    assert not SecondFactor.objects.exists()


def test_a_wrong_first_code_turns_nothing_on(person, sign_in, moment):
    browser = sign_in(person.memberships.get())
    browser.get(PAGE)

    said = browser.post(PAGE, {"code": "12345"}).content.decode()

    assert "This code is not right" in said
    assert half_way(person)[1]["Location"] == "/orders"


def test_the_last_ten_passwords_are_not_taken_again(person, sign_in):
    browser, had = sign_in(person.memberships.get()), PASSWORD
    for number in range(10):
        new = f"another good phrase {number}"
        assert browser.post("/settings/me/password", {"old": had, "new": new}).status_code == 302
        had = new

    refused = browser.post("/settings/me/password", {"old": had, "new": "another good phrase 0"})
    assert "You had this password before" in refused.content.decode()
    again = browser.post("/settings/me/password", {"old": had, "new": PASSWORD})
    assert again.status_code == 302  # eleven ago
