"""Arranging: on which paper a workspace prints, which papers its stores have, and how they look."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.channels.models import Store
from packbench.events.recording import record
from packbench.labels.bundling import ORDER, Form
from packbench.labels.models import Kind, PaperSettings, Printer, StorePapers
from packbench.labels.papers import LETTER_COUNTRIES
from packbench.labels.slip_values import LANGUAGES, samples
from packbench.labels.slips import our_template
from packbench.labels.templating import check_template, fill_template


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks for beyond the settings; what is None is as the settings say."""

    kinds: tuple[str, ...] | None = None
    format: str = "pdf"
    sheet: str | None = None
    paper: str | None = None
    start: int = 0
    is_by_kind: bool | None = None


def papers_of(workspace: Workspace) -> PaperSettings:
    """The workspace's settings, or those of a workspace that changed none."""
    row = PaperSettings.objects.filter(workspace=workspace).first()
    return row or PaperSettings(workspace=workspace)


def papers_of_stores(store_ids: Iterable[str]) -> dict[str, StorePapers]:
    """The settings of these stores, also of those that changed none."""
    wanted = set(store_ids)
    found = {row.store_id: row for row in StorePapers.objects.filter(store__in=wanted)}
    return {pk: found.get(pk) or StorePapers(store_id=pk) for pk in wanted}


def kinds_wanted(settings: PaperSettings, wanted: Wanted) -> tuple[str, ...]:
    """The kinds to print, in their order; labels bring along what the settings say."""
    if wanted.kinds is not None:
        return tuple(kind for kind in ORDER if kind in wanted.kinds)
    return tuple(kind for kind in ORDER if kind == Kind.LABEL or kind in settings.with_labels)


def form_of(settings: PaperSettings, wanted: Wanted) -> Form:
    """How the papers come out in a browser."""
    paper = settings.document_paper if wanted.paper is None else wanted.paper
    return Form(
        format=wanted.format,
        sheet=settings.label_sheet if wanted.sheet is None else wanted.sheet,
        paper=paper or usual_paper(settings.workspace),
        start=wanted.start,
        is_by_kind=settings.is_by_kind if wanted.is_by_kind is None else wanted.is_by_kind,
    )


def form_for(printer: Printer, *, is_by_kind: bool, start: int = 0) -> Form:
    """How the papers come out of a printer."""
    paper = printer.document_paper or usual_paper(printer.workspace)
    return Form(
        format=printer.language,
        sheet=printer.label_sheet,
        paper=paper,
        start=start,
        is_by_kind=is_by_kind,
        dpi=printer.dpi if printer.language == Printer.Language.ZPL else 0,
    )


def usual_paper(workspace: Workspace) -> str:
    """What offices have where the workspace ships from."""
    home = workspace.warehouses.filter(is_default=True).values_list("country", flat=True).first()
    return "letter" if home in LETTER_COUNTRIES else "a4"


@transaction.atomic
def change_papers(row: PaperSettings, *, actor: str, now: datetime) -> None:
    """Keep on which paper is printed from now on."""
    row.save()
    record("papers.arranged", row.workspace_id, actor=actor, now=now)


@transaction.atomic
def change_store_papers(row: StorePapers, *, actor: str, now: datetime) -> None:
    """Keep which papers the store has, and how they look. Raises BrokenTemplate, keeping nothing.

    A template that says what ours says is not kept: it goes on following ours.
    """
    for kind, field in TEMPLATE_FIELDS.items():
        text = str(getattr(row, field)).replace("\r\n", "\n").strip()
        setattr(row, field, "" if text == our_template(kind).strip() else text)
        if getattr(row, field):
            check_look(text)
    row.save()
    workspace_id = Store.objects.values_list("workspace_id", flat=True).get(pk=row.store_id)
    record("papers.arranged", workspace_id, actor=actor, now=now, store_id=row.store_id)


def check_look(template: str) -> None:
    """Raise BrokenTemplate where the template could not be printed in every language."""
    check_template(template, samples())
    for language in LANGUAGES:
        fill_template(template, samples(language), language=language)


TEMPLATE_FIELDS: Mapping[str, str] = {
    Kind.SLIP.value: "slip_template",
    Kind.GIFT_CARD.value: "card_template",
}


def known_kinds(names: Sequence[str]) -> tuple[str, ...]:
    """Those of the names that are kinds of papers."""
    return tuple(kind for kind in ORDER if kind in names)
