"""Settings: addresses, labels, people, the workspace's name."""

import pytest

from packbench.accounts.models import Member, Person, Workspace
from packbench.carriers.models import CarrierAccount, Warehouse
from packbench.events.models import Event
from tests.making import PASSWORD, make_member, make_warehouse, make_workspace
from tests.web.stores.consenting import text_of
from tests.web.stores.test_setting_up import ADDRESS

pytestmark = pytest.mark.django_db


def invite(owner, email="pau@example.com", role="packer"):
    return owner.post("/settings/people", {"email": email, "role": role})


def password_on(page):
    return page.partition('id="one-time-password">')[2].partition("<")[0]


def test_a_second_address_is_added_and_made_the_default(owner, workspace):
    first = make_warehouse(workspace)
    owner.post("/settings/addresses/new", ADDRESS)
    second = Warehouse.objects.exclude(pk=first.pk).get()
    assert not second.is_default

    owner.post(f"/settings/addresses/{second.pk}/default")

    assert Warehouse.objects.get(is_default=True) == second
    assert Event.objects.filter(name="warehouse.saved").count() == 2


def test_an_address_is_changed(owner, workspace):
    warehouse = make_warehouse(workspace)
    assert "Carrer del Port 8" in text_of(owner.get(f"/settings/addresses/{warehouse.pk}"))

    owner.post(f"/settings/addresses/{warehouse.pk}", ADDRESS | {"line1": "Muelle 3"})

    assert Warehouse.objects.get().line1 == "Muelle 3"


def test_two_addresses_have_two_names(owner, workspace):
    make_warehouse(workspace)

    answer = owner.post("/settings/addresses/new", ADDRESS | {"name": "Almacén"})

    assert "The name “Almacén” is taken." in text_of(answer)


def test_an_address_that_lacks_something_says_what(owner):
    page = text_of(owner.post("/settings/addresses/new", ADDRESS | {"city": "", "country": ""}))

    assert page.count('class="errorlist"') == 2
    assert "Main bench" in page


def test_the_carrier_is_named_and_its_paper_chosen(owner):
    owner.get("/settings")
    carrier = CarrierAccount.objects.get()
    form = {"name": "Our van", "label_size": "a6", "default_service": "express"}

    owner.post(f"/settings/carriers/{carrier.pk}", form)
    owner.post(f"/settings/carriers/{carrier.pk}", form | {"default_service": "rocket"})

    carrier.refresh_from_db()
    assert (carrier.name, carrier.label_size, carrier.default_service) == (
        "Our van",
        "a6",
        "express",
    )


def test_a_person_is_let_in_with_a_password_shown_once(owner, anybody):
    password = password_on(text_of(invite(owner)))

    assert len(password) >= 12
    assert sum(password in page for page in owner.shown) == 1
    assert not any(password in page for page in (text_of(owner.get("/settings")),))
    anybody.post("/sign-in", {"username": "pau@example.com", "password": password})
    assert anybody.get("/stores").status_code == 200
    assert anybody.get("/stores/connect").status_code == 403


def test_nobody_is_let_in_twice_or_taken_from_elsewhere(owner):
    invite(owner)
    make_member(make_workspace("Elsewhere"), "otto@example.com")

    assert "works in the workspace already" in text_of(invite(owner, "PAU@example.com"))
    assert "belongs to another workspace" in text_of(invite(owner, "otto@example.com"))
    assert Person.objects.get(email="otto@example.com").check_password(PASSWORD)


def test_a_removed_person_is_out_at_once_and_can_be_let_in_again(owner, packer):
    member = Member.objects.get(role="packer")

    owner.post(f"/settings/people/{member.pk}/remove")

    assert packer.get("/stores")["Location"].startswith("/sign-in")
    assert password_on(text_of(invite(owner)))
    assert Person.objects.get(email="pau@example.com").is_active


def test_the_last_owner_stays(owner, packer):
    me = Member.objects.get(role="owner")

    for url, form in (("remove", {}), ("role", {"role": "viewer"})):
        answer = owner.post(f"/settings/people/{me.pk}/{url}", form)
        assert "A workspace needs an owner." in text_of(answer)
    assert Member.objects.get(pk=me.pk).role == "owner"


def test_a_role_is_changed(owner, packer):
    member = Member.objects.get(role="packer")

    owner.post(f"/settings/people/{member.pk}/role", {"role": "owner"})
    owner.post(f"/settings/people/{member.pk}/role", {"role": "emperor"})

    assert Member.objects.get(pk=member.pk).role == "owner"


def test_the_workspace_is_renamed(owner):
    owner.post("/settings/workspace", {"name": " Casa Nova "})

    assert Workspace.objects.get().name == "Casa Nova"


def test_packers_and_viewers_have_their_own_account_only(packer, viewer):
    for browser in (packer, viewer):
        assert browser.get("/settings")["Location"] == "/settings/me"
        assert browser.get("/settings/me").status_code == 200
        assert browser.get("/settings/addresses/new").status_code == 403
        for url in ("workspace", "people", "people/1/remove", "people/1/role", "carriers/car_x"):
            assert browser.post(f"/settings/{url}").status_code == 403
