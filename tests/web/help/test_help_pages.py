"""The help in the desk: articles, unknown errors, and a bundle without secrets and people."""

import io
import json
import re
import zipfile
from html import unescape

import pytest

from packbench.channels.counting import count_unknown
from packbench.channels.models import SellerAccount, UnknownFault
from packbench.events.recording import record
from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.privacy.fields import unseal
from packbench.web import articles
from packbench.web.diagnosing import pack_diagnostics
from tests.making import make_account, make_address, make_order, make_store, make_workspace
from tests.web.stores.consenting import text_of

pytestmark = pytest.mark.django_db

STRANGE = marked("Amazon says %(message)s (%(amazon_code)s).")


def strange(code="Odd.Thing", request_id="req-1", operation="confirmShipment"):
    return Rejected(
        STRANGE,
        code="rejected",
        request_id=request_id,
        message="no parcel for Lucía Ferrer",
        amazon_code=code,
        operation=operation,
    )


def test_every_article_is_a_page_and_its_links_lead_somewhere(owner):
    index = text_of(owner.get("/help"))
    slugs = set(re.findall(r'href="/help/([a-z-]+)"', index)) - {"errors"}

    assert {"connect", "troubleshooting", "settings"} <= slugs
    for slug in slugs:
        answer = owner.get(f"/help/{slug}")
        page = text_of(answer)
        assert answer.content.count(b"<h1>") == 1, slug
        for target, anchor in re.findall(r'href="(/help/[a-z-]*)(#[\w%-]*)?"', page):
            shown = page if target.endswith(f"/{slug}") else text_of(owner.get(target))
            assert not anchor or f'id="{anchor[1:]}"' in shown, f"{slug}: {target}{anchor}"
        for anchor in re.findall(r'href="#([\w%-]+)"', page):
            assert f'id="{anchor}"' in page, f"{slug}: #{anchor}"
        assert not re.search(r'href="[^"]*\.md', page)


def test_html_in_an_article_is_text(tmp_path, monkeypatch, owner):
    (tmp_path / "en").mkdir()
    bad = "# Bad\n\n<script>alert(1)</script> [x](javascript:alert(1)) <b onclick=x>y</b>\n"
    (tmp_path / "en/bad.md").write_text(bad)
    monkeypatch.setattr(articles, "ROOT", tmp_path)

    page = owner.get("/help/bad").content.decode()

    body = page[page.index("<article") : page.index("</article>")]
    assert "<script" not in body
    assert 'href="javascript' not in body
    assert "<b " not in body


def test_an_article_comes_in_the_readers_language_where_it_is_translated(
    tmp_path, monkeypatch, owner
):
    for language, text in (("en", "# Labels\n\nEnglish."), ("de", "# Etiketten\n\nDeutsch.")):
        (tmp_path / language).mkdir()
        (tmp_path / language / "labels.md").write_text(text)
    (tmp_path / "en/rules.md").write_text("# Rules\n\nEnglish.")
    monkeypatch.setattr(articles, "ROOT", tmp_path)
    owner.cookies["django_language"] = "de"

    translated, other = (text_of(owner.get(f"/help/{slug}")) for slug in ("labels", "rules"))

    assert 'lang="de">' in translated
    assert "Deutsch." in translated
    assert '<article class="article" lang="en">' in other


@pytest.mark.parametrize("slug", ["nothing", "..%2Fsettings", "en", "UPPER"])
def test_what_is_no_article_is_not_there(owner, slug):
    assert owner.get(f"/help/{slug}").status_code == 404


def test_the_search_finds_passages_of_the_articles_too(owner):
    page = text_of(owner.get("/help/errors", {"q": "spreadsheet"}))

    assert "In the articles" in page
    assert re.search(r'href="/help/troubleshooting#[\w%-]+', page)


def test_the_help_is_for_members(anybody, viewer):
    for url in ("/help", "/help/errors", "/help/errors/throttled", "/help/connect"):
        assert anybody.get(url).status_code == 302
        assert viewer.get(url).status_code == 200


def test_every_page_leads_to_the_help(owner):
    assert owner.get("/orders").content.decode().count('href="/help"') == 2


def test_a_viewer_gets_the_steps_without_the_buttons_of_others(viewer, owner):
    for browser, has_button in ((owner, True), (viewer, False)):
        page = text_of(browser.get("/help/errors/authorization_ended"))
        assert ("Connect again</a>" in page) is has_button


def test_an_unknown_error_is_counted_by_its_code_and_shown_to_owners_alone(
    owner, packer, workspace
):
    for number in range(3):
        error = strange(request_id=f"req-{number}")
        assert count_unknown(workspace.pk, error, operation="confirm", now=clock.now())

    fault = UnknownFault.objects.get()
    assert (fault.count, fault.code, fault.operation) == (3, "Odd.Thing", "confirmShipment")
    assert fault.request_id == "req-2"
    assert "Odd.Thing" in text_of(owner.get("/help"))
    assert "Odd.Thing" not in text_of(packer.get("/help"))


def test_a_code_that_is_a_sentence_is_not_kept(workspace):
    count_unknown(workspace.pk, strange(code="ship to Lucía"), operation="x y", now=clock.now())

    assert UnknownFault.objects.get().code == "unreadable"


def test_what_the_catalog_explains_is_not_counted(workspace):
    known = Rejected(STRANGE, code="item_unknown", message="", amazon_code="InvalidInput")

    assert not count_unknown(workspace.pk, known, operation="confirm", now=clock.now())
    assert not UnknownFault.objects.exists()


def test_a_code_of_another_place_keeps_its_sentence(owner, workspace):
    account = make_account(workspace)
    store = make_store(account)
    SellerAccount.objects.update(
        import_error={"text": "The moon is full.", "values": {}, "code": "moon", "request_id": "m1"}
    )

    page = text_of(owner.get(f"/stores/{store.pk}"))

    assert "The moon is full." in page
    assert '<span class="code">moon</span>' in page
    assert "/help/errors/moon" not in page


# Diagnostics.

CANARY = "Xylophonia Quetzalcoatl"
STREET = "Canary Lane 4711"


@pytest.fixture
def crowded(owner, workspace):
    """A workspace with a buyer whose name would be noticed, and something of everything."""
    account = make_account(workspace)
    store = make_store(account, name="Canary store name")
    make_order(store, recipient=make_address(name=CANARY, line1=STREET, phone="+34 999 canary"))
    count_unknown(workspace.pk, strange(), operation="confirm", now=clock.now())
    record(
        "label.printed",
        workspace.pk,
        actor="per_canary",
        now=clock.now(),
        tracking_number="CANARYTRACK1",
        code="fine",
        request_id="req-7",
    )
    error = {"text": f"about {CANARY}", "values": {}, "code": "rejected", "request_id": "req-9"}
    SellerAccount.objects.update(import_error=error, status_reason=error)
    return workspace


def read_bundle(content):
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        return {name: bundle.read(name).decode() for name in bundle.namelist()}


def test_the_bundle_tells_what_helps(owner, crowded):
    answer = owner.post("/help/diagnostics")
    files = read_bundle(answer.content)
    facts = {name: json.loads(text) for name, text in files.items() if name.endswith(".json")}

    assert answer["Content-Type"] == "application/zip"
    assert re.search(r"packbench-diagnostics-\d{8}-\d{4}\.zip", answer["Content-Disposition"])
    assert facts["versions.json"]["postgresql"]
    assert facts["accounts.json"][0]["import_error"] == {"code": "rejected", "request_id": "req-9"}
    assert facts["accounts.json"][0]["stores"][0]["marketplace_id"]
    assert facts["faults.json"][0]["code"] == "Odd.Thing"
    assert facts["counts.json"]["orders"] == {"awaiting_shipment": 1}
    printed = next(each for each in facts["events.json"] if each["name"] == "label.printed")
    assert printed["data"] == {"code": "fine", "request_id": "req-7"}
    assert printed["actor"] == "person"


def test_the_bundle_holds_no_secret_and_nobody(owner, crowded, settings):
    whole = "\n".join(read_bundle(pack_diagnostics(crowded, now=clock.now())).values())
    account = crowded.seller_accounts.select_related("application").get()
    key = crowded.key.opened()
    order = crowded.orders.get()
    hidden = [
        CANARY,
        STREET,
        "canary",
        "Canary store name",
        "CANARYTRACK1",
        "Lucía",
        "ines@example.com",
        crowded.name,
        account.seller_id,
        account.application.client_id,
        unseal(account.refresh_token, key),
        unseal(account.application.client_secret, key) + '"',
        order.external_id,
        order.ship_to_postal_code,
        settings.SECRET_KEY,
        settings.DATABASES["default"]["PASSWORD"] or "no password",
    ]

    assert [text for text in hidden if text in unescape(whole)] == []


def test_the_bundle_is_of_ones_own_workspace(owner, crowded):
    make_order(make_store(make_account(make_workspace("Elsewhere"), seller_id="A9OTHER")))
    facts = read_bundle(owner.post("/help/diagnostics").content)

    assert len(json.loads(facts["accounts.json"])) == 1
    assert json.loads(facts["counts.json"])["orders"] == {"awaiting_shipment": 1}


def test_the_bundle_is_for_owners(packer, viewer):
    assert packer.post("/help/diagnostics").status_code == 403
    assert viewer.post("/help/diagnostics").status_code == 403
