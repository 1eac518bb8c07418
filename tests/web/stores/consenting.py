"""What a seller does in a browser: the desk's forms, then Seller Central's page."""

from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
from django.test import Client

CALLBACK = "http://testserver/stores/connect/callback"
CONSENTS = {"has_read_terms": "on", "is_responsible": "on"}


class Watched(Client):
    """A browser that remembers every page and header it was shown."""

    def __init__(self, **options):
        super().__init__(**options)
        self.shown = []

    def request(self, **request):
        answer = super().request(**request)
        self.shown.append(repr(dict(answer.headers)))
        if not answer.streaming:
            self.shown.append(unescape(answer.content.decode(errors="replace")))
        return answer

    def has_seen(self, text):
        return any(text in page for page in self.shown)


def text_of(answer):
    return unescape(answer.content.decode())


def app_form(sandbox, seller="europe", **changes):
    """What is pasted into the form of the private app."""
    keys = sandbox.authorize(seller)
    form = {name: keys[name] for name in ("client_id", "client_secret", "refresh_token")}
    more = {"seller_id": keys["seller_id"], "country": "ES", **CONSENTS}
    return {**form, **more, **changes}


def website_form(sandbox, **changes):
    demo = sandbox.application("demo")
    return {
        "name": "Amazon ES",
        "country": "ES",
        "feedback": "label_created",
        "application": "new",
        "client_id": demo.client_id,
        "client_secret": demo.client_secret,
        "application_id": demo.application_id,
        **CONSENTS,
        **changes,
    }


def leave(browser, sandbox, **changes):
    """Send the form and return the address in Seller Central."""
    answer = browser.post("/stores/connect/website", website_form(sandbox, **changes))
    assert "Refresh" in answer.headers, text_of(answer)
    return answer.headers["Refresh"].removeprefix("0;url=")


def agree(sandbox, url, seller="europe", decision="confirm", code="good"):
    """Agree at Seller Central (or cancel) and return the address that it sends back to."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    form = {
        **asked,
        "selling_partner_id": sandbox.world.seller(seller).id,
        "agree": "yes",
        "decision": decision,
        "code": code,
    }
    answer = httpx.post(url, data=form)
    assert answer.status_code in (302, 303), answer.text
    return answer.headers["location"].removeprefix("http://testserver")


def ticks(*marketplace_ids, **names):
    return {"marketplace": marketplace_ids, "feedback": "label_created", **names}
