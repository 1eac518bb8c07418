"""What people see of buyers' data that ended, that they may not see, and of the proofs of it."""

import base64
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from pyrage import x25519

from packbench.accounts.models import ApiKey
from packbench.lib import clock
from packbench.privacy.models import ArchivePlan, Disclosure
from packbench.privacy.redacting import REDACTED
from packbench.shipments.erasing import erase_now
from tests.making import make_account, make_member, make_order, make_store
from tests.web.browser.test_stores_browser import (
    CHROMIUM,
    PASSWORD,
    chromium,
    fits,
    open_page,
    sandbox,
    sign_in,
)
from tests.web.orders.conftest import labeled

__all__ = ["chromium", "open_page", "sandbox"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium: apt install chromium"),
]
BUYER = "Lucía Ferrer"


@pytest.fixture
def order(db):
    return make_order(make_store(make_account(make_member().workspace)))


def keep(page, name):
    """A picture for who looks at them (PACKBENCH_PICTURES names a folder)."""
    if folder := os.environ.get("PACKBENCH_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_an_erased_order_and_its_label_say_so_in_five_languages(open_page, order):
    labeled(order)
    with open_page() as page:
        sign_in(page)
        page.goto(f"/orders/{order.pk}")
        assert page.get_by_text(BUYER).first.is_visible()  # the control
        erase_now(order, why="buyer", actor="test", now=clock.now())

        for language, words in REDACTED.items():
            page.context.add_cookies(
                [{"name": "django_language", "value": language, "url": page.url}]
            )
            page.goto(f"/orders/{order.pk}")

            assert page.locator("html").get_attribute("lang") == language
            places = page.locator("[data-redacted]").all_text_contents()
            assert len(places) >= 2
            assert all(words in place for place in places)
            assert words in page.locator(".redacted-label").first.text_content()
            assert BUYER not in page.content()
            assert fits(page)
            keep(page, f"erased-{language}")


def test_who_may_not_see_buyers_is_refused_and_nothing_is_recorded(open_page, order):
    make_member(order.workspace, "vera@example.com", "viewer")
    with open_page(width=390) as page:
        sign_in(page, "vera@example.com")
        page.goto(f"/orders/{order.pk}")

        assert page.get_by_text("Your role does not show who bought.").is_visible()
        assert BUYER not in page.content()
        assert page.goto("/settings/privacy/looks").status == 403
        assert not Disclosure.objects.exists()
        keep(page, "refused")


@pytest.mark.parametrize("width", [1440, 390])
def test_the_audit_is_read_and_vouched_for(open_page, order, width):
    with open_page(width=width) as page:
        sign_in(page)
        page.goto("/settings/audit")

        chain = page.locator('[id="logging.trail"]')
        assert "What was written down of looks was not edited" in chain.inner_text()
        plan = page.locator('[id="incidents.plan"]')
        plan.locator("summary").click()
        plan.get_by_label("What was done, and where it can be seen").fill("In the safe, read today")
        plan.get_by_role("button", name="I vouch for it").click()
        assert "In the safe, read today" in page.locator('[id="incidents.plan"]').inner_text()
        assert fits(page)
        keep(page, f"audit-{width}")


@pytest.mark.parametrize("width", [1440, 390])
def test_a_key_for_a_program_is_made_and_revoked(open_page, order, width):
    with open_page(width=width) as page:
        sign_in(page)
        page.goto("/settings/api-keys")
        keep(page, f"keys-empty-{width}")
        page.get_by_role("textbox", name="Name").fill(
            "Printer in the hall with a long name of its own"
        )
        page.get_by_role("button", name="Make the key").click()
        assert page.locator("#api-key").inner_text().startswith("pbk_")
        assert fits(page)
        keep(page, f"key-made-{width}")
        page.get_by_role("link", name="I have copied it").click()
        assert fits(page)
        keep(page, f"keys-{width}")

        page.get_by_role("button", name="Revoke").click()

        assert page.get_by_text("Revoked on").is_visible()
        assert ApiKey.objects.get().revoked_at


@pytest.mark.parametrize("width", [1440, 390])
def test_a_second_factor_is_set_up_and_asked_for(open_page, order, width):
    with open_page(width=width) as page:
        sign_in(page)
        page.goto("/settings/me")
        keep(page, f"me-{width}")
        page.get_by_role("link", name="Set it up").click()
        keep(page, f"factor-{width}")
        secret = page.locator("#factor-secret").inner_text().replace(" ", "")
        app = TOTP(base64.b32decode(secret), 6, SHA1(), 30)
        now = int(clock.now().timestamp())
        page.get_by_role("textbox", name="Code").fill(app.generate(now).decode())
        page.keyboard.press("Enter")
        code = page.locator(".recovery-codes code").first.inner_text()
        assert fits(page)
        keep(page, f"recovery-{width}")
        page.context.clear_cookies()

        page.goto("/sign-in")
        page.get_by_label("E-mail address").fill("ines@example.com")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/sign-in/code")
        keep(page, f"code-{width}")
        page.keyboard.type(code)  # the field has the focus
        page.keyboard.press("Enter")

        page.wait_for_url(lambda url: "/sign-in" not in url)
        assert page.goto("/orders").ok


@pytest.mark.parametrize("width", [1440, 390])
def test_what_goes_into_the_archive_is_chosen(open_page, order, width):
    with open_page(width=width) as page:
        sign_in(page)
        page.goto("/settings/privacy")
        page.locator("#archive").get_by_role("link", name="Open").click()
        page.get_by_label("Recipient").fill("age1nothing")
        page.get_by_label("Invoices and taxes").check()
        page.get_by_label("Parcels to").select_option(["ES", "FR"])
        page.get_by_role("button", name="Save").click()
        assert page.get_by_text("Enter an age recipient").is_visible()
        keep(page, f"archive-refused-{width}")

        page.get_by_label("Recipient").fill(str(x25519.Identity.generate().to_public()))
        page.get_by_role("button", name="Save").click()

        assert page.get_by_role("button", name="End the archive").is_visible()
        assert ArchivePlan.objects.get().countries == ["ES", "FR"]
        assert fits(page)
        keep(page, f"archive-{width}")
