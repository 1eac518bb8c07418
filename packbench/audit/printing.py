"""Printing the report: text for a terminal, JSON for programs, PDF for the auditor."""

import json
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer

from packbench.audit.auditing import Line, Report
from packbench.audit.finding import Verdict

WORDS = {Verdict.MET: "met", Verdict.NOT_MET: "NOT MET", Verdict.UNATTESTED: "NOT ATTESTED"}
TITLE = "Amazon Data Protection Policy: audit of this installation"
BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=9, leading=12)
HEAD = ParagraphStyle("head", parent=BODY, fontName="Helvetica-Bold")
TOP = ParagraphStyle("top", parent=HEAD, fontSize=14, leading=18)


def as_text(report: Report) -> str:
    """One block a control; what is not met says what to do."""
    blocks = [_block(line) for line in report.lines]
    return "\n".join([f"{TITLE}\n{_summary(report)}\n", *blocks])


def as_json(report: Report) -> str:
    body = {
        "workspace": report.workspace.name,
        "at": report.at.isoformat(),
        "counts": {verdict.value: report.counts[verdict] for verdict in Verdict},
        "controls": [_values(line) for line in report.lines],
    }
    return json.dumps(body, indent=1, ensure_ascii=False)


def as_pdf(report: Report) -> bytes:
    paper = BytesIO()
    document = SimpleDocTemplate(
        paper, pagesize=A4, margin=18 * mm, title=TITLE, author="Packbench"
    )
    story: list[Flowable] = [
        Paragraph(TITLE, TOP),
        Paragraph(escape(_summary(report)), BODY),
        Spacer(1, 6 * mm),
    ]
    story += [KeepTogether(_paragraphs(line)) for line in report.lines]
    document.build(story)
    return paper.getvalue()


def _summary(report: Report) -> str:
    counts = ", ".join(f"{report.counts[verdict]} {WORDS[verdict]}" for verdict in Verdict)
    return f"{report.workspace.name}, {report.at:%Y-%m-%d %H:%M} UTC: {counts}"


def _block(line: Line) -> str:
    first = f"[{WORDS[line.finding.verdict]}] {line.control.part} {line.control.title}"
    lines = [first, f"    {line.finding.evidence}"]
    if line.finding.todo:
        lines.append(f"    → {line.finding.todo}")
    return "\n".join(lines)


def _values(line: Line) -> dict[str, Any]:
    return {
        "code": line.control.code,
        "part": line.control.part,
        "title": line.control.title,
        "verdict": line.finding.verdict.value,
        "evidence": str(line.finding.evidence),
        "todo": str(line.finding.todo) if line.finding.todo else None,
    }


def _paragraphs(line: Line) -> list[Flowable]:
    finding = line.finding
    first = f"{line.control.part}  {line.control.title} — {WORDS[finding.verdict]}"
    texts = [str(finding.evidence), *([f"To do: {finding.todo}"] if finding.todo else [])]
    return [
        Paragraph(escape(first), HEAD),
        *(Paragraph(escape(text), BODY) for text in texts),
        Spacer(1, 3 * mm),
    ]
