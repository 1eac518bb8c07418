"""The first start, and signing in afterwards."""

import pytest

from packbench.accounts.models import Member, Person, Workspace
from packbench.carriers.models import Warehouse
from tests.making import PASSWORD, make_member
from tests.web.stores.consenting import text_of

pytestmark = pytest.mark.django_db

FIRST = {"email": "Ines@Example.com", "password": PASSWORD, "workspace": "Casa Marina"}
ADDRESS = {
    "name": "Main bench",
    "company": "Casa Marina S.L.",
    "line1": "Carrer del Port 8",
    "postal_code": "46024",
    "city": "Valencia",
    "country": "ES",
}


@pytest.mark.parametrize("page", ["/", "/orders", "/stores", "/settings", "/sign-in"])
def test_on_an_empty_desk_every_page_leads_to_the_set_up(anybody, page):
    answer = anybody.get(page, follow=True)

    assert answer.redirect_chain[-1][0] == "/setup"


def test_the_first_person_becomes_owner_and_is_led_to_the_address_and_to_connecting(anybody):
    answer = anybody.post("/setup", FIRST)
    assert answer["Location"] == "/setup/ship-from"

    answer = anybody.post("/setup/ship-from", ADDRESS)

    assert answer["Location"] == "/stores/connect"
    member = Member.objects.get()
    assert (member.person.email, member.role) == ("ines@example.com", "owner")
    assert Warehouse.objects.get().is_default


def test_set_up_works_once(anybody):
    make_member()

    answers = [anybody.get("/setup"), anybody.post("/setup", FIRST | {"email": "b@example.com"})]

    assert {answer["Location"] for answer in answers} == {"/sign-in"}
    assert Person.objects.count() == Workspace.objects.count() == 1


def test_a_short_password_is_refused_and_typed_again(anybody):
    answer = anybody.post("/setup", FIRST | {"password": "too-short-7"})

    assert "at least 12 characters" in text_of(answer)
    assert "too-short-7" not in text_of(answer)
    assert not Person.objects.exists()


def test_an_address_needs_a_postal_code_of_its_country(owner):
    answer = owner.post("/setup/ship-from", ADDRESS | {"postal_code": "4602"})

    assert "Postal codes of this country look like" in text_of(answer)
    assert not Warehouse.objects.exists()


def test_a_person_signs_in_and_out(anybody):
    make_member()

    answer = anybody.post("/sign-in", {"username": "INES@example.com", "password": PASSWORD})
    assert answer["Location"] == "/orders"
    assert anybody.post("/sign-out")["Location"] == "/sign-in"
    assert anybody.get("/stores")["Location"] == "/sign-in?next=/stores"


def test_ten_wrong_passwords_lock_however_the_address_is_written(anybody):
    make_member()
    names = ["ines@example.com", "Ines@example.com", "INES@EXAMPLE.COM", " ines@example.com "]

    for attempt in range(10):
        answer = anybody.post("/sign-in", {"username": names[attempt % 4], "password": "wrong"})

    assert answer.status_code == 429
    assert "Locked for 15 minutes" in text_of(answer)
    right = {"username": "ines@example.com", "password": PASSWORD}
    assert anybody.post("/sign-in", right).status_code == 429


def test_a_wrong_password_and_an_unknown_address_sound_alike(anybody):
    make_member()

    pages = [
        text_of(anybody.post("/sign-in", {"username": name, "password": "wrong"}))
        for name in ("ines@example.com", "nobody@example.com")
    ]

    assert all("do not belong together" in page for page in pages)


def test_signing_in_does_not_lead_to_another_host(anybody):
    make_member()

    answer = anybody.post(
        "/sign-in",
        {"username": "ines@example.com", "password": PASSWORD, "next": "https://evil.example/"},
    )

    assert answer["Location"] == "/orders"


def test_a_person_changes_name_language_and_password(owner, anybody):
    owner.post("/settings/me", {"name": "Inés", "language": "fr"})
    answer = owner.post("/settings/me/password", {"old": PASSWORD, "new": "another-quiet-bench-9"})

    assert answer["Location"] == "/settings/me"
    assert owner.get("/stores").status_code == 200
    person = Person.objects.get()
    assert (person.name, person.language) == ("Inés", "fr")
    assert person.check_password("another-quiet-bench-9")


def test_the_old_password_is_asked_for(owner):
    answer = owner.post("/settings/me/password", {"old": "x", "new": "another-quiet-bench-9"})

    assert "This is not your password." in text_of(answer)
    assert Person.objects.get().check_password(PASSWORD)


def test_a_person_without_workspace_is_told_so(anybody):
    person = Person.objects.create_user("lost@example.com", PASSWORD)
    anybody.force_login(person, backend="packbench.accounts.backends.MemberBackend")

    answer = anybody.get("/stores")

    assert answer.status_code == 403
    assert "You work in no workspace" in text_of(answer)
