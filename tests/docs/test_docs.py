"""The docs say what is there: every number, setting, event and command has its sentence."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from packbench.events.catalog import EVENTS

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "docs/requirements.md"
SETTINGS_PAGE = ROOT / "docs/help/en/settings.md"
TROUBLESHOOTING = ROOT / "docs/help/en/troubleshooting.md"
ROW = re.compile(r"^\| SEED-(\d\d) \|([^|]*)\|([^|]*)\|([^|]*)\|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)(?:#[^)]*)?\)")
# Put together here, so that this file does not mention them itself.
FORBIDDEN = [
    "/wo" + "rk/",
    "py" + "pi.org",
    "python" + "hosted",
    "npm" + "js",
    "helper" + "-",
    "session" + " note",
]
EVENT_WRITERS = {"record", "event", "note"}


def rows():
    return ROW.findall(REQUIREMENTS.read_text())


@cache
def functions_of(path):
    return {
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }


@cache
def files():
    """The text files of the checkout, new ones included, without what git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("this is not a checkout of git")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:8000]]


def pages():
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def settings_read():
    """The names that environment.py reads, as the operator writes them."""
    tree = ast.parse((ROOT / "packbench/config/environment.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    named = {
        f"PACKBENCH_{call.args[0].value}"
        for call in calls
        if getattr(call.func, "id", "") in ("_text", "_number")
        and isinstance(call.args[0], ast.Constant)
    }
    plain = {
        call.args[0].value
        for call in calls
        if ast.unparse(call.func) == "os.environ.get" and isinstance(call.args[0], ast.Constant)
    }
    return named | plain


def events_written():
    """Every event name that the code hands to a function that writes events."""
    written = set()
    for path in (ROOT / "packbench").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in EVENT_WRITERS:
                words = [*node.args[:1], *(each.value for each in node.keywords)]
                written |= {
                    word.value
                    for word in words
                    if isinstance(word, ast.Constant)
                    and re.fullmatch(r"[a-z]+(_[a-z]+)*\.[a-z]+", str(word.value))
                }
    return written


def test_every_requirement_has_exactly_one_line():
    assert [int(number) for number, *_ in rows()] == list(range(1, 100))


def test_every_requirement_names_a_test_or_says_not_yet():
    bare = [
        number
        for number, _, _, shown in rows()
        if not TEST.search(shown) and "*not yet*" not in shown
    ]

    assert bare == []


def test_every_requirement_is_told_in_ten_words():
    assert [number for number, what, *_ in rows() if len(what.split()) > 10] == []


def test_every_test_that_the_requirements_name_exists():
    named = TEST.findall(REQUIREMENTS.read_text())

    missing = [
        f"{file}::{function}"
        for file, function in named
        if not (ROOT / file).is_file() or function not in functions_of(ROOT / file)
    ]

    assert len(named) > 50
    assert missing == []


def test_every_module_that_the_requirements_name_exists():
    named = set(re.findall(r"`(packbench/[\w/.]+|docs/[\w/.]+)`", REQUIREMENTS.read_text()))

    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_setting_has_its_sentence():
    page = SETTINGS_PAGE.read_text()
    read = settings_read()

    assert len(read) > 10
    assert [name for name in sorted(read) if f"`{name}`" not in page] == []


def test_no_setting_is_described_that_nobody_reads():
    described = set(re.findall(r"`(PACKBENCH_\w+)`", SETTINGS_PAGE.read_text()))

    assert sorted(described - settings_read()) == []


def test_every_event_has_its_sentence():
    assert [name for name, text in EVENTS.items() if not text.strip().endswith(".")] == []
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*\.[a-z]+", name) for name in EVENTS)


def test_every_event_that_is_written_is_in_the_catalog():
    written = events_written()

    assert len(written) > 15
    assert sorted(written - set(EVENTS)) == []


def test_troubleshooting_answers_whatever_keeps_an_order_from_its_label():
    from packbench.orders.standing import PROBLEMS
    from packbench.shipments.planning import REFUSALS

    page = TROUBLESHOOTING.read_text()
    beginnings = [re.split(r"[.:]", text)[0] for text in [*PROBLEMS.values(), *REFUSALS.values()]]

    assert [words for words in beginnings if words not in page] == []


def test_troubleshooting_names_where_amazon_keeps_weights():
    page = TROUBLESHOOTING.read_text()

    for place in ("item package weight", "Shipping Weight", "More details"):
        assert place in page


def test_every_status_is_in_the_architecture():
    from packbench.shipments.models import Label, Notice
    from packbench.shipments.status import Status

    page = (ROOT / "docs/architecture.md").read_text()
    statuses = [*Status.values, *Label.Status.values, *Notice.Status.values]

    assert [status for status in statuses if f"`{status}`" not in page] == []


def test_every_make_command_in_the_docs_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    told = {
        command
        for page in pages()
        for command in re.findall(r"(?:`|^|    )make ([a-z]+)", page.read_text(), re.MULTILINE)
    }

    assert {"demo", "test"} <= told
    assert sorted(told - targets) == []


def test_every_packbench_command_in_the_readme_exists():
    source = (ROOT / "packbench/cli.py").read_text()
    commands = set(re.findall(r'add\("([\w-]+)"', source))
    told = set(re.findall(r"packbench ([a-z][\w-]*)`", (ROOT / "README.md").read_text()))

    assert {"serve", "web", "worker"} <= told
    assert sorted(told - commands) == []


def test_every_link_between_the_pages_leads_somewhere():
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages()
        for target in LINK.findall(page.read_text())
        if not target.endswith(".png") and not (page.parent / target).exists()
    ]

    assert broken == []


def test_one_module_alone_can_send_mail_and_knows_members_only():
    tools = re.compile(
        r"django\.core\.mail|\bsmtplib\b|\bemail\.m(essage|ime)|\bsendmail\b|send_mail\(.*recipient"
    )
    buyers = re.compile(r"packbench\.(orders|shipments|channels|privacy)|\bBuyer\b")

    found = [path for path in (ROOT / "packbench").rglob("*.py") if tools.search(path.read_text())]
    sender = ROOT / "packbench/accounts/mailing.py"

    assert found == [sender]
    assert not buyers.search(sender.read_text())
    assert "to=[mail.person.email]" in sender.read_text()
    posting = re.compile(r"import (\w+, )*post\b")
    sources = (ROOT / "packbench").rglob("*.py")
    others = [path for path in sources if posting.search(path.read_text())]
    assert others == [ROOT / "packbench/shipments/messaging.py"]
    sources = (ROOT / "packbench").rglob("*.py")
    returning = [path for path in sources if "post_return_label" in path.read_text()]
    assert sorted(returning) == [sender, ROOT / "packbench/shipments/return_mailing.py"]


@pytest.mark.parametrize("words", FORBIDDEN)
def test_nothing_tells_of_the_place_where_it_was_made(words):
    found = [
        str(path.relative_to(ROOT))
        for path in files()
        if words in path.read_text(errors="replace").lower()
    ]

    assert found == []
