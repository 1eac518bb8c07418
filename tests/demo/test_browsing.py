"""The demo's browser sends what a person's would."""

import http.server
import threading
from urllib.parse import parse_qs

import pytest

from packbench.demo.browsing import Browser, NoSuchForm

PAGE = b"""<form method="post" action="/take"><input name="street"><input name="line2">
<input type="checkbox" name="agree"><input type="checkbox" name="news" checked>
<select name="country"><option value="ES">Spain</option><option value="FR" selected>France</option>
</select><button name="go" value="1">Go</button></form>"""


@pytest.fixture
def site():
    class Site(http.server.BaseHTTPRequestHandler):
        taken = None

        def do_GET(self):
            self.answer(PAGE)

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            Site.taken = parse_qs(body, keep_blank_values=True)
            self.answer(b"thanks")

        def answer(self, content):
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *words):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        Site.url = f"http://127.0.0.1:{server.server_port}"
        yield Site
        server.shutdown()


def test_a_form_is_sent_as_it_stands_with_what_was_filled_in(site):
    browser = Browser()
    browser.open(site.url)

    browser.submit(street="Calle 1", agree="on")

    assert site.taken == {
        "street": ["Calle 1"],
        "line2": [""],
        "agree": ["on"],
        "news": ["on"],
        "country": ["FR"],
    }


def test_a_page_without_the_form_says_so(site):
    browser = Browser()
    browser.open(site.url)

    with pytest.raises(NoSuchForm, match="has no form with password"):
        browser.submit(password="x")
