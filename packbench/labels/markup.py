"""Markup: the few tags that papers are written in, read into blocks.

A block is a text, a table, a rule, a figure or a new page. There are no styles but a few classes,
and nothing here can reach beyond the paper.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from packbench.lib.sentences import Sentence, marked

TEXTS = frozenset({"h1", "h2", "p", "small", "b"})
CODES = frozenset({"qr", "barcode"})
EMPTY = frozenset({"br", "hr", "img", "page", "customization"})
TABLES = frozenset({"table", "tr", "th", "td"})
TAGS = TEXTS | CODES | EMPTY | TABLES
CLASSES = frozenset({"right", "center", "muted", "large", "bold", "plain", "boxed"})
PICTURES = frozenset({"logo"})
MOST_BLOCKS = 5_000
BREAK = "\ue002"  # a line break, as `<br>` and what people typed become one

UNKNOWN_TAG = marked("<%(tag)s> cannot be drawn. Use %(known)s.")
UNKNOWN_ATTRIBUTE = marked("<%(tag)s> cannot have “%(name)s”. Use class, width or src.")
UNKNOWN_CLASS = marked("There is no class “%(name)s”. Use %(known)s.")
BAD_WIDTH = marked("A width is a whole number of percent, such as 40.")
BAD_PICTURE = marked("A picture is called logo.")
MISPLACED = marked("<%(tag)s> cannot stand here.")
UNCLOSED = marked("<%(tag)s> is not closed.")
UNOPENED = marked("</%(tag)s> closes what was not opened.")
TOO_MANY = marked("There are more than %(most)s parts on the paper.")


class BadMarkup(Exception):
    """A tag that is not known or does not stand where it may; `line` counts from 1."""

    def __init__(self, text: str, line: int, **values: object) -> None:
        self.sentence = Sentence(text, {name: str(value) for name, value in values.items()})
        self.line = line
        super().__init__(str(self.sentence))


@dataclass(slots=True)
class Text:
    """One paragraph; its own line breaks are kept."""

    kind: str
    classes: frozenset[str]
    text: str = ""


@dataclass(slots=True)
class Figure:
    """A picture by its name, or a barcode of a text; `width` is in percent of the room."""

    kind: str  # img | qr | barcode
    text: str
    classes: frozenset[str] = frozenset()
    width: int = 0


@dataclass(slots=True)
class Cell:
    classes: frozenset[str]
    width: int = 0
    is_head: bool = False
    texts: list[Text] = field(default_factory=list)
    figure: Figure | None = None


@dataclass(slots=True)
class Table:
    classes: frozenset[str]
    rows: list[list[Cell]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the paper."""


@dataclass(frozen=True, slots=True)
class NewPage:
    """What follows begins on a page of its own."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the buyer chose for the customized items of the parcel."""


Block = Text | Figure | Table | Rule | NewPage | Choices


def read_markup(written: str) -> list[Block]:
    """Return the blocks of a text with tags. Raises BadMarkup."""
    reader = _Reader()
    reader.feed(written)
    reader.close()
    return reader.finish()


def check_tags(source: str) -> None:
    """Raise BadMarkup for what a template could never draw, whatever is filled in."""
    read_markup(source)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.stack: list[str] = []
        self.table: Table | None = None
        self.cell: Cell | None = None
        self.text: Text | None = None
        self.code: Figure | None = None
        self.count = 0

    def finish(self) -> list[Block]:
        if self.stack:
            raise self._bad(UNCLOSED, tag=self.stack[-1])
        self._end_text()
        return self.blocks

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            raise self._bad(UNKNOWN_TAG, tag=tag[:20], known=", ".join(sorted(TAGS)))
        self._count()
        given = self._attributes(tag, attributes)
        if tag in TABLES:
            self._begin_table_part(tag, *given)
        elif tag in CODES or tag == "img":
            self._begin_figure(tag, *given)
        elif tag in TEXTS:
            self._begin_text(tag, given[0])
        else:
            self._put_empty(tag)
        if tag not in EMPTY:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in EMPTY:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in EMPTY:
            return
        if not self.stack or self.stack[-1] != tag:
            raise self._bad(UNOPENED, tag=tag[:20])
        self.stack.pop()
        if tag in TEXTS:
            self._end_text()
        elif tag in CODES:
            self._end_code()
        elif tag in {"td", "th"}:
            self._end_text()
            self.cell = None
        elif tag == "table":
            self.table = None

    def handle_data(self, data: str) -> None:
        if self.code is not None:
            self.code.text += data
            return
        if self.text is None:
            if not data.strip():
                return
            if self.stack and self.stack[-1] in {"table", "tr"}:
                raise self._bad(MISPLACED, tag="text")
            self._begin_text("p", frozenset())
        assert self.text is not None  # noqa: S101
        self.text.text += data

    def handle_decl(self, decl: str) -> None:
        raise self._bad(UNKNOWN_TAG, tag="!", known=", ".join(sorted(TAGS)))

    def unknown_decl(self, data: str) -> None:
        self.handle_decl(data)

    def handle_pi(self, data: str) -> None:
        self.handle_decl(data)

    def _begin_text(self, tag: str, classes: frozenset[str]) -> None:
        if self.code is not None or (self.stack and self.stack[-1] in TEXTS | {"table", "tr"}):
            raise self._bad(MISPLACED, tag=tag)
        self._end_text()
        self.text = Text(tag, classes)

    def _end_text(self) -> None:
        text, self.text = self.text, None
        if text is None:
            return
        text.text = _tidy(text.text)
        if not text.text:
            return
        if self.cell is not None:
            self.cell.texts.append(text)
        else:
            self.blocks.append(text)

    def _begin_table_part(self, tag: str, classes: frozenset[str], width: int, _: str) -> None:
        parent = self.stack[-1] if self.stack else ""
        if parent != {"table": "", "tr": "table", "td": "tr", "th": "tr"}[tag]:
            raise self._bad(MISPLACED, tag=tag)
        self._end_text()
        if tag == "table":
            self.table = Table(classes)
            self.blocks.append(self.table)
        elif tag == "tr" and self.table is not None:
            self.table.rows.append([])
        elif self.table is not None:
            self.cell = Cell(classes, width, tag == "th")
            self.table.rows[-1].append(self.cell)

    def _begin_figure(self, tag: str, classes: frozenset[str], width: int, src: str) -> None:
        if self.stack and self.stack[-1] not in {"td", "th"}:
            raise self._bad(MISPLACED, tag=tag)
        if tag == "img" and src not in PICTURES:
            raise self._bad(BAD_PICTURE)
        self._end_text()
        figure = Figure(tag, src, classes, width)
        if self.cell is not None:
            self.cell.figure = figure
        else:
            self.blocks.append(figure)
        self.code = figure if tag in CODES else None

    def _end_code(self) -> None:
        if self.code is not None:
            self.code.text = " ".join(self.code.text.split())
        self.code = None

    def _put_empty(self, tag: str) -> None:
        if tag == "br":
            if self.text is not None:
                self.text.text += BREAK
            return
        if self.stack:
            raise self._bad(MISPLACED, tag=tag)
        self._end_text()
        kinds: dict[str, Block] = {"hr": Rule(), "page": NewPage(), "customization": Choices()}
        self.blocks.append(kinds[tag])

    def _attributes(
        self, tag: str, attributes: list[tuple[str, str | None]]
    ) -> tuple[frozenset[str], int, str]:
        classes: frozenset[str] = frozenset()
        width, src = 0, ""
        for name, value in attributes:
            if name == "class":
                classes = frozenset((value or "").split())
                if unknown := classes - CLASSES:
                    known = ", ".join(sorted(CLASSES))
                    raise self._bad(UNKNOWN_CLASS, name=min(unknown)[:20], known=known)
            elif name == "width":
                width = self._percent(value or "")
            elif name == "src" and tag == "img":
                src = value or ""
            else:
                raise self._bad(UNKNOWN_ATTRIBUTE, tag=tag, name=name[:20])
        return classes, width, src

    def _percent(self, text: str) -> int:
        digits = text.strip().removesuffix("%")
        if re.fullmatch(r"[1-9]\d?|100", digits, re.ASCII):
            return int(digits)
        raise self._bad(BAD_WIDTH)

    def _count(self) -> None:
        self.count += 1
        if self.count > MOST_BLOCKS:
            raise self._bad(TOO_MANY, most=MOST_BLOCKS)

    def _bad(self, text: str, **values: object) -> BadMarkup:
        return BadMarkup(text, self.getpos()[0], **values)


def _tidy(text: str) -> str:
    """One space where there were several; breaks stay."""
    return "\n".join(" ".join(line.split()) for line in text.split(BREAK)).strip("\n")
