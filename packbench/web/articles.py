"""The help's articles: Markdown from docs/help, as pages of the desk (SEED-29, SEED-99)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from django.urls import reverse
from markdown_it import MarkdownIt
from markdown_it.token import Token

HERE = Path(__file__).resolve().parent
SHIPPED = HERE / "handbook"  # where the wheel puts docs/help
ROOT = SHIPPED if SHIPPED.is_dir() else HERE.parents[1] / "docs/help"
FALLBACK = "en"
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")
FIRST = ("connect", "troubleshooting")  # the others follow by name
ARTICLE = re.compile(r"([a-z0-9-]+)\.md(#[\w%-]*)?")


@dataclass(frozen=True, slots=True)
class Article:
    """One page of the help, in the language that it is written in."""

    slug: str
    language: str
    title: str
    html: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A heading of an article, with the words below it."""

    slug: str
    article: str
    heading: str
    anchor: str
    text: str


def articles(language: str) -> list[Article]:
    """All articles, in this language where there is a translation."""
    slugs = sorted(path.stem for path in (ROOT / FALLBACK).glob("*.md"))
    slugs.sort(key=lambda slug: FIRST.index(slug) if slug in FIRST else len(FIRST))
    return [article for slug in slugs if (article := article_of(slug, language))]


def article_of(slug: str, language: str) -> Article | None:
    """Return the article, in English where it is not translated; None where there is none."""
    if not SLUG.fullmatch(slug):
        return None
    for tongue in (language.split("-")[0], FALLBACK):
        path = ROOT / tongue / f"{slug}.md"
        if SLUG.fullmatch(tongue) and path.is_file():
            return _rendered(slug, tongue, path)
    return None


def find_passages(text: str, language: str) -> list[Passage]:
    """Passages that hold all the words, those with the words in their heading first."""
    words = text.casefold().split()
    if not words:
        return []
    passages = [
        each for article in articles(language) for each in _passages(article.slug, language)
    ]
    found = [
        each
        for each in passages
        if all(word in f"{each.heading} {each.text}".casefold() for word in words)
    ]
    return sorted(found, key=lambda each: not all(w in each.heading.casefold() for w in words))


@cache
def _rendered(slug: str, language: str, path: Path) -> Article:
    parser = _parser()
    tokens = parser.parse(path.read_text(encoding="utf-8"))
    _prepare(tokens)
    title = next((inline.content for inline, _ in _headings(tokens)), slug)
    body = tokens[3:] if tokens and tokens[0].tag == "h1" else tokens
    return Article(slug, language, title, parser.renderer.render(body, parser.options, {}))


@cache
def _passages(slug: str, language: str) -> tuple[Passage, ...]:
    article = article_of(slug, language)
    if article is None:
        return ()
    source = (ROOT / article.language / f"{slug}.md").read_text(encoding="utf-8")
    tokens = _parser().parse(source)
    heads = [*_headings(tokens)]
    ends = [*(start for _, start in heads[1:]), len(tokens)]
    return tuple(
        Passage(slug, article.title, _plain(inline), _anchor(inline), _words(tokens[start:end]))
        for (inline, start), end in zip(heads, ends, strict=True)
    )


def _parser() -> MarkdownIt:
    """HTML in an article is shown as text: articles are texts, not pages."""
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _prepare(tokens: list[Token]) -> None:
    """Give headings their anchors and lead links to the desk's own pages."""
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", _anchor(inline))
        if opening.type == "table_open":
            opening.attrSet("class", "table")
    for token in tokens:
        for place, child in enumerate(token.children or ()):
            if child.type == "link_open" and not _lead(child):
                _make_text(token.children or [], place)


def _lead(link: Token) -> bool:
    """Lead the link to where it is in the desk; False where it is not."""
    href = str(link.attrGet("href") or "")
    named = ARTICLE.fullmatch(href)
    if named:
        link.attrSet("href", reverse("help_article", args=[named[1]]) + (named[2] or ""))
    elif href.startswith("https://"):
        link.attrSet("rel", "noreferrer")
    elif not href.startswith("#"):
        return False  # the repository's own pages are not shipped
    return True


def _make_text(children: list[Token], place: int) -> None:
    end = next(each for each in children[place:] if each.type == "link_close")
    children[place].hidden = end.hidden = True


def _headings(tokens: list[Token]) -> Iterator[tuple[Token, int]]:
    """The text of each heading, and where it begins."""
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            yield tokens[place + 1], place


def _plain(inline: Token) -> str:
    return "".join(child.content for child in inline.children or ())


def _anchor(inline: Token) -> str:
    """As the repository's own pages name it: links between articles work in both."""
    text = re.sub(r"[^\w\- ]", "", _plain(inline).casefold())
    return text.replace(" ", "-")


def _words(tokens: list[Token]) -> str:
    return " ".join(_plain(token) for token in tokens[3:] if token.type == "inline")
