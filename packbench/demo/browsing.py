"""A seller's browser, as far as forms go: fill in, press, follow."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

MOST_REDIRECTS = 10


class NoSuchForm(Exception):
    """The page has no form with these fields."""


@dataclass(slots=True)
class Form:
    """A form of a page, with what it would send as it stands."""

    action: str
    method: str
    values: dict[str, str | list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class Browser:
    """Keeps cookies and the page it is on. Raises NoSuchForm, httpx.HTTPError."""

    def __init__(self) -> None:
        self._http = httpx.Client(follow_redirects=False, timeout=60, trust_env=False)
        self.url = ""
        self.text = ""

    def open(self, url: str) -> None:
        self._arrive(self._http.get(url))

    def has_form(self, *names: str) -> bool:
        """Whether the page has a form with these fields."""
        return any(set(names) <= form.names for form in self._forms())

    def submit(self, **values: str | list[str]) -> None:
        """Send the form that has these fields, filled in with them."""
        form = self._form(set(values))
        fields = {**form.values, **values}
        url = urljoin(self.url, form.action)
        if form.method == "get":
            self._arrive(self._http.get(url, params=fields))
        else:
            self._arrive(self._http.post(url, data=fields, headers={"Referer": self.url}))

    def _form(self, names: set[str]) -> Form:
        for form in self._forms():
            if names <= form.names:
                return form
        raise NoSuchForm(f"{self.url} has no form with {', '.join(sorted(names))}.")

    def _forms(self) -> list[Form]:
        reader = _Forms()
        reader.feed(self.text)
        return reader.forms

    def _arrive(self, response: httpx.Response) -> None:
        for _ in range(MOST_REDIRECTS):
            target = response.headers.get("location") or _refresh(response)
            if not target:
                break
            response = self._http.get(urljoin(str(response.url), target))
        response.raise_for_status()
        self.url, self.text = str(response.url), response.text


def _refresh(response: httpx.Response) -> str:
    """Where a page that refreshes at once leads to."""
    refresh: str = response.headers.get("refresh", "")
    return refresh.partition("url=")[2]


class _Forms(HTMLParser):
    """Reads the forms of a page: hidden and filled fields, ticked boxes, chosen options."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            method = given.get("method", "get").lower()
            self.forms.append(Form(given.get("action", ""), method))
        elif self.forms:
            self._read_field(tag, given, self.forms[-1])

    def _read_field(self, tag: str, given: dict[str, str], form: Form) -> None:
        name = given.get("name", "")
        if tag == "option" and self._select:
            if "selected" in given or self._select not in form.values:
                form.values[self._select] = given.get("value", "")
            return
        if not name:
            return
        form.names.add(name)
        if tag == "select":
            self._select = name
        elif tag == "input" and _is_sent(given):
            form.values[name] = given.get("value", "on" if _is_ticked_kind(given) else "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""


def _is_sent(given: dict[str, str]) -> bool:
    if _is_ticked_kind(given):
        return "checked" in given
    return given.get("type", "text") not in ("submit", "button", "file")


def _is_ticked_kind(given: dict[str, str]) -> bool:
    return given.get("type") in ("checkbox", "radio")
