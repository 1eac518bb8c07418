"""Take the pictures of the README and the handbook from a running desk.

    python scripts/screenshots.py http://127.0.0.1:8000 ines@example.com PASSWORD

Writes docs/images/*.png: orders, one order, a batch, the stores, an account and the retention of
personal data at 1440 px in light and dark, and the orders on a phone. Needs Debian's Chromium
(scripts/chromium.sh).
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
MOST_BYTES = 300_000
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
SETTLE_MS = 400


def main() -> int:
    words = _words()
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        state = _signed_in(browser, words)
        for scheme in ("light", "dark"):
            with _page(browser, words.url, state, DESK, scheme) as page:
                _take_desk(page, scheme)
        with _page(browser, words.url, state, PHONE, "light") as page:
            _take_phone(page)
        browser.close()
    return _check_sizes()


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("url", help="where the desk runs, http://127.0.0.1:8000")
    parser.add_argument("email", help="who signs in")
    parser.add_argument("password")
    return parser.parse_args()


def _signed_in(browser: Browser, words: argparse.Namespace) -> Any:
    page = browser.new_page(base_url=words.url)
    page.goto("/sign-in")
    page.fill("input[name=username]", words.email)
    page.fill("input[type=password]", words.password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return page.context.storage_state()


@contextmanager
def _page(browser: Browser, url: str, state: Any, size: Any, scheme: Any) -> Iterator[Page]:
    context = browser.new_context(
        base_url=url, storage_state=state, viewport=size, color_scheme=scheme
    )
    yield context.new_page()
    context.close()


def _take_desk(page: Page, scheme: str) -> None:
    page.goto("/orders")
    for key in ("j", "x", "j", "x", "j", "x"):
        page.keyboard.press(key)
    _take(page, f"orders-{scheme}")
    for key in ("Escape", "j", "Enter"):
        page.keyboard.press(key)
    page.locator("#panel .details").wait_for()
    _take(page, f"orders-panel-{scheme}")
    if _follow(page, "/shipments", "tbody a.number"):
        _take(page, f"order-{scheme}")
    if _follow(page, "/batches", ".batch-table a"):
        _take(page, f"batch-{scheme}")
    page.goto("/stores")
    _take(page, f"stores-{scheme}")
    if _follow(page, "/stores", "a[href^='/stores/accounts/']"):
        _take(page, f"account-{scheme}")
    page.goto("/settings/privacy")
    _take(page, f"privacy-{scheme}")


def _take_phone(page: Page) -> None:
    page.goto("/orders")
    _take(page, "orders-phone")
    if _follow(page, "/shipments", "tbody a.number"):
        _take(page, "order-phone")


def _follow(page: Page, path: str, link: str) -> bool:
    """Open the first of a list; False where the list is empty."""
    page.goto(path)
    first = page.locator(link).first
    if not first.count():
        return False
    page.goto(first.get_attribute("href") or path)
    return True


def _take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=str(IMAGES / f"{name}.png"))
    print(f"docs/images/{name}.png")


def _slim(path: Path) -> None:
    """A page has few colors: 256 of them look the same in half the bytes."""
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def _check_sizes() -> int:
    for path in IMAGES.glob("*.png"):
        _slim(path)
    heavy = [path.name for path in IMAGES.glob("*.png") if path.stat().st_size > MOST_BYTES]
    for name in heavy:
        print(f"{name} is larger than {MOST_BYTES // 1000} kB", file=sys.stderr)
    return int(bool(heavy))


if __name__ == "__main__":
    sys.exit(main())
