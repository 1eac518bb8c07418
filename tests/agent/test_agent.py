"""The print agent: each job once, whenever it is killed, and every trouble told."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from packbench.accounts.keys import make_key
from packbench.agent.commanding import main
from packbench.agent.desk import Desk
from packbench.agent.journal import Journal, JournalTaken
from packbench.agent.printers import Interrupted, NotReady, put
from packbench.agent.raw import RawPrinter
from packbench.labels.models import Printer, PrintJob
from packbench.labels.queueing import queue_test
from packbench.lib import clock
from packbench.lib.errors import Rejected
from tests.agent.fakes import FakeCups, FakeZebra
from tests.making import make_workspace

ROOT = Path(__file__).parents[2]
LABELS = b"^XA^FDone^FS^XZ\n^XA^FDtwo^FS^XZ\n^XA^FDthree^FS^XZ\n"


@pytest.fixture
def zebra():
    printer = FakeZebra()
    yield printer
    printer.close()


@pytest.fixture
def journal(tmp_path):
    book = Journal(tmp_path / "agent")
    yield book
    book.close()


def raw(zebra):
    printer = RawPrinter("Zebra (ZPL)", "127.0.0.1", zebra.port)
    printer.settles_s = 0.0
    return printer


def test_a_job_is_printed_once_however_often_it_is_handed_out(zebra, journal):
    for _ in range(3):
        put(raw(zebra), "job_1", LABELS, "zpl", journal)

    assert len(zebra.printed) == 3
    assert journal.entry("job_1")["state"] == "printed"


def test_after_a_death_the_printer_is_asked_how_much_of_it_came_out(zebra, journal):
    put(raw(zebra), "job_0", LABELS, "zpl", journal)
    printed = journal.entry("job_0")

    def cut(job_id, *, missing):
        """As if we had died when so many labels of the job had been printed."""
        journal.write(job_id, "sending", count=len(zebra.printed) - missing, done=0,
                      digest=digest(LABELS))  # fmt: skip

    for job_id, missing, more in (("job_1", 0, 3), ("job_2", 1, 2), ("job_3", 3, 0)):
        before = len(zebra.printed)
        cut(job_id, missing=missing)
        put(raw(zebra), job_id, LABELS, "zpl", journal)
        assert len(zebra.printed) - before == more
    assert printed["state"] == "printed"


def digest(content):
    import hashlib

    return hashlib.sha256(content).hexdigest()


def test_a_label_that_came_in_part_is_forgotten_before_it_is_sent_again(zebra, journal):
    journal.write("job_1", "sending", count=0, done=0, digest=digest(LABELS))
    zebra._take(b"^XA^FDon")

    put(raw(zebra), "job_1", LABELS, "zpl", journal)

    assert [label[5:9] for label in zebra.printed] == [b"Done", b"Dtwo", b"Dthr"]


def test_a_printer_that_does_not_count_leaves_a_doubt_and_prints_nothing_twice(journal):
    mute = FakeZebra(speaks=False)
    printer = raw(mute)
    put(printer, "job_1", LABELS, "zpl", journal)
    journal.write("job_2", "sending", count=None, done=0, digest=digest(LABELS))

    with pytest.raises(Interrupted):
        put(printer, "job_2", LABELS, "zpl", journal)

    assert len(mute.printed) == 3
    mute.close()


def test_what_was_changed_meanwhile_is_not_mended_blindly(zebra, journal):
    journal.write("job_1", "sending", count=0, done=0, digest=digest(b"^XA^XZ"))

    with pytest.raises(Interrupted):
        put(raw(zebra), "job_1", LABELS, "zpl", journal)


@pytest.mark.parametrize(
    ("flag", "code"), [("paper", "paper_out"), ("open", "open"), ("pause", "paused")]
)
def test_a_printer_that_is_not_ready_is_sent_nothing(zebra, journal, flag, code):
    zebra.flags[flag] = 1

    with pytest.raises(NotReady) as error:
        put(raw(zebra), "job_1", LABELS, "zpl", journal)

    assert error.value.code == code
    assert journal.entry("job_1") is None
    zebra.flags[flag] = 0
    put(raw(zebra), "job_1", LABELS, "zpl", journal)
    assert len(zebra.printed) == 3


def test_a_printer_that_is_not_there_is_told_so(zebra, journal):
    printer = raw(zebra)
    zebra.close()
    gone = RawPrinter("gone", "127.0.0.1", 1)

    with pytest.raises(NotReady) as error:
        put(gone, "job_1", LABELS, "zpl", journal)

    assert error.value.code == "unreachable"
    assert printer.name == "Zebra (ZPL)"


def test_a_journal_is_one_agents_and_outlives_torn_lines(tmp_path):
    book = Journal(tmp_path)
    book.write("job_1", "printed")
    with pytest.raises(JournalTaken):
        Journal(tmp_path)
    book.close()
    with (tmp_path / "journal").open("a") as file:
        file.write('{"id": "job_2", "sta')

    again = Journal(tmp_path)

    assert again.id == book.id
    assert again.entry("job_1") == {"state": "printed"}
    assert again.entry("job_2") is None
    assert "job_2" not in (tmp_path / "journal").read_text()
    again.close()


def test_a_journal_does_not_grow_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr("packbench.agent.journal.LONGEST", 40)
    monkeypatch.setattr("packbench.agent.journal.KEPT", 5)
    book = Journal(tmp_path)

    for number in range(200):
        book.write(f"job_{number}", "printed")

    assert len((tmp_path / "journal").read_text().splitlines()) <= 45
    assert book.entry("job_199") == {"state": "printed"}
    book.close()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [("desk.example.com", "must look like"), ("http://desk.example.com", "use https://")],
)
def test_a_desk_must_be_safe_to_fetch_labels_from(url, sentence):
    with pytest.raises(Rejected, match=sentence):
        Desk(url, "pbk_x")


def test_the_command_says_what_is_missing(tmp_path, capsys):
    words = ["http://127.0.0.1:1", "--state", str(tmp_path)]
    assert main([*words, "--printer", "zebra=usb:1"]) == 2
    assert "NAME=raw:HOST" in capsys.readouterr().err
    assert main([*words, "--printer", "zebra=raw:10.0.0.9"]) == 2
    assert "Write the key" in capsys.readouterr().err
    (tmp_path / "key").write_text("pbk_x")
    (tmp_path / "key").chmod(0o644)
    assert main([*words, "--printer", "zebra=raw:10.0.0.9"]) == 2
    assert "chmod 600" in capsys.readouterr().err


# Killed.


class Shop:
    """A desk that answers over HTTP, an agent's folder, and agents to kill."""

    def __init__(self, url, folder, printers, environment):
        self.workspace = make_workspace()
        made = make_key(self.workspace, "agent", ["print"], actor="t", now=clock.now())
        self.order = {
            "desk": url,
            "key": made.token,
            "state": str(folder / "agent"),
            "printers": printers,
        }
        self.zygote = subprocess.Popen(
            [sys.executable, "-m", "tests.agent.zygote"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, **environment},
            text=True,
        )

    def agent(self, *, die_at=0):
        """Run an agent until it has nothing to do, or dies."""
        self.zygote.stdin.write(json.dumps(self.order | {"die_at": die_at}) + "\n")
        self.zygote.stdin.flush()
        ended = json.loads(self.zygote.stdout.readline())
        assert not ended["failed"]
        self.workspace.api_keys.update(minute=0)  # a life a second is no pace for a key
        return ended

    def ask(self, count):
        printer = Printer.objects.get()
        return [queue_test(printer, actor="t", now=clock.now()) for _ in range(count)]

    def close(self):
        self.zygote.stdin.close()
        self.zygote.wait(10)


def sweep(shop, ledger, *, jobs, step, deaths, first=1):
    """Kill agents at every `step`-th moment of their work; count what came out each time."""
    shop.agent()  # it tells of its printers
    moment, lives = first, 0
    while True:
        before = ledger()
        asked = shop.ask(jobs)
        killed = [shop.agent(die_at=moment + n)["killed"] for n in range(deaths)]
        shop.agent()
        assert ledger() - before == jobs, f"killed at moment {moment}"
        states = PrintJob.objects.filter(pk__in=[job.pk for job in asked])
        assert {job.status for job in states} == {"printed"}, f"killed at moment {moment}"
        lives += sum(killed)
        if not any(killed):
            return lives
        moment += step


def shops(live_server, tmp_path, kind, zebra):
    cups = FakeCups(tmp_path)
    where = f"office=raw:127.0.0.1:{zebra.port}" if kind == "raw" else "office=lp:Office"
    shop = Shop(live_server.url, tmp_path, [where], cups.environment())
    ledger = (lambda: len(zebra.printed)) if kind == "raw" else (lambda: len(cups.printed))
    return shop, ledger, cups


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["raw", "cups"])
def test_an_agent_that_is_killed_prints_each_job_once(live_server, tmp_path, zebra, kind):
    shop, ledger, cups = shops(live_server, tmp_path, kind, zebra)

    lives = sweep(shop, ledger, jobs=1, step=2, deaths=1, first=2)

    shop.close()
    assert lives >= 3
    assert len(set(cups.printed)) == len(cups.printed)
    assert not cups.held


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["raw", "cups"])
def test_killed_at_every_moment_each_job_is_printed_once(live_server, tmp_path, zebra, kind):
    shop, ledger, cups = shops(live_server, tmp_path, kind, zebra)

    lives = sweep(shop, ledger, jobs=3, step=1, deaths=3)

    shop.close()
    print(f"{kind}: {lives} agents killed")
    assert len(set(cups.printed)) == len(cups.printed)
    assert not cups.held
