"""Every row of the catalog is brought about once, and explained where it is met."""

import ast
from html import escape, unescape
from pathlib import Path

import pytest

from packbench.channels.troubles.base import Action
from packbench.channels.troubles.catalog import ROWS, TROUBLES, trouble_named
from packbench.connectors.amazon import confirming, errors, lwa
from packbench.connectors.amazon.operations import OPERATIONS
from packbench.orders.standing import PROBLEMS
from packbench.web.explaining import BUTTONS
from packbench_sandbox import Sandbox
from packbench_sandbox.world.sellers import ROLES
from tests.web.help.meeting import CASES, Desk
from tests.web.stores.consenting import CALLBACK

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parents[3] / "packbench"
# Pictures are fetched beside the work: what fails there is logged and shown to nobody.
SHOWN_TO_NOBODY = {"connectors/amazon/images.py"}


@pytest.fixture(scope="module")
def amazon():
    with Sandbox(orders_per_store=1, arrivals_per_hour=0, rate_scale=1e6) as sandbox:
        demo = sandbox.application("demo")
        sandbox.grants.register_redirect_uri(demo.client_id, CALLBACK)
        yield sandbox


@pytest.fixture
def desk(amazon, settings, owner, workspace):
    settings.SANDBOX_URL = amazon.url
    settings.BASE_URL = "http://testserver"
    amazon.withhold = "omit"
    yield Desk(amazon, owner, workspace, settings)
    amazon.faults.clear()
    amazon.set_roles("europe", sorted(ROLES))
    for seller in ("europe", "wide", "individual"):
        amazon.revoke(seller)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_every_row_is_met_and_explained_with_its_steps(desk, row):
    assert row.code in CASES, f"nothing brings {row.code} about: add a case to meeting.py"

    page = CASES[row.code](desk, row.code)

    assert f"/help/errors/{row.code}" in page or f'<dd class="code">{row.code}' in page
    for text in (row.title, row.cause, *(step.text for step in row.steps)):
        assert text in page


def test_lists_and_the_top_bar_lead_to_the_explanation(desk):
    CASES["tracking_invalid"](desk, "tracking_invalid")
    CASES["unavailable"](desk, "unavailable")

    page = desk.page("/shipments?notice=refused")

    assert page.count('href="/help/errors/tracking_invalid"') == 1
    assert page.count('href="/help/errors/unavailable"') == 1


def test_there_is_no_case_for_a_row_that_is_gone():
    assert sorted(set(CASES) - set(TROUBLES)) == []


def test_every_code_is_in_one_row():
    assert len(ROWS) == len(TROUBLES)


# What is said of one parcel or one archive says itself what to change.
SAYS_ITSELF = tuple(f"connectors/amazon/{part}/" for part in ("custom", "merchant", "shipping"))


def codes_in(*folders):
    """Every literal that the code gives as `code=`, with the file that does."""
    found = {}
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            for node in ast.walk(ast.parse(path.read_text())):
                is_code = isinstance(node, ast.keyword) and node.arg == "code"
                if is_code and name not in SHOWN_TO_NOBODY and not name.startswith(SAYS_ITSELF):
                    found |= dict.fromkeys(texts_of(node.value), name)
    return found


def texts_of(value):
    """The text that is given, or either one of two."""
    if isinstance(value, ast.IfExp):
        return texts_of(value.body) + texts_of(value.orelse)
    is_text = isinstance(value, ast.Constant) and isinstance(value.value, str)
    return [value.value] if is_text and value.value else []


def codes_of_tables():
    """Codes that stand in tables instead of beside the error."""
    from packbench.channels import authorizing

    denials = {errors._denial(operation) for operation in OPERATIONS}
    logins = {
        lwa._sentence(said, grant, client)[1]
        for said in ("invalid_grant", "invalid_client", "unauthorized_client", "invalid_scope")
        for grant in ("refresh_token", "authorization_code")
        for client in ("amzn1.application-oa2-client.1", "amzn1.sp.solution.1")
    }
    refused = {code for _, code, _ in (*confirming.KNOWN, *errors.KNOWN)}
    consent = {code for _, code in authorizing.SAID_BY_AMAZON.values()}
    return denials | logins | refused | consent | {code for _, code in errors.DENIED}


def test_every_code_that_can_be_met_has_its_row():
    raised = codes_in("connectors/amazon", "channels")

    assert len(raised) > 50
    assert {code: file for code, file in raised.items() if code not in TROUBLES} == {}
    assert sorted(codes_of_tables() - set(TROUBLES)) == []
    assert sorted(set(PROBLEMS) - set(TROUBLES)) == []
    assert {"name_not_found", "not_trusted", "not_reached", "answer_lost"} <= set(TROUBLES)


def test_every_row_says_why_and_what_to_do():
    for row in ROWS:
        assert row.title, row.code
        assert not row.title.endswith("."), row.code
        assert row.cause.endswith("."), row.code
        assert row.steps, row.code
        assert all(step.text.endswith(".") for step in row.steps), row.code


def test_every_action_has_its_button():
    assert set(BUTTONS) == set(Action)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("MD1000", "app_unavailable"),
        ("md5101", "address_unknown"),
        ("MD9100", "app_misconfigured"),
        ("QuotaExceeded", "throttled"),
        ("unauthorized_client", "other_application"),
        ("Feed rejected", "feed_rejected"),
        ("invalid_grant", None),  # two rows: the search decides
    ],
)
def test_amazons_own_codes_lead_to_their_row(name, code):
    row = trouble_named(name)

    assert (row.code if row else None) == code


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Shipping Weight", "missing_weight"),
        ("feed rejected", "feed_rejected"),
        ("only us orders", "marketplaces_without_store"),
        ("throttle", "throttled"),
        ("403", "role_missing_orders"),
        ("InternalServiceError", "feed_rejected"),
        ("SEED-97", "authorization_ended"),
        ("redirect uri", "address_unknown"),
    ],
)
def test_the_catalog_is_found_by_code_word_and_old_name(owner, words, code):
    page = unescape(owner.get("/help/errors", {"q": words}).content.decode())

    assert f'href="/help/errors/{code}"' in page


def test_what_nobody_knows_finds_nothing_and_leads_back(owner):
    page = owner.get("/help/errors/XYZ-4711", follow=True).content.decode()

    assert "Nothing is known by these words" in page
    assert 'value="XYZ-4711"' in page
    assert escape("<b>") not in page
