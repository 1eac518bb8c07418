"""The command: which desk, which printers, where the journal lies."""

import argparse
import platform
from collections.abc import Sequence
from pathlib import Path

from packbench.agent.cups import CupsPrinter, queues
from packbench.agent.desk import Desk
from packbench.agent.journal import Journal, JournalTaken
from packbench.agent.printers import Printer
from packbench.agent.raw import PORT, RawPrinter
from packbench.agent.running import PAUSE_S, Agent, complain, run
from packbench.lib.errors import Rejected

STATE = "~/.local/share/packbench-agent"
BAD_PRINTER = "A printer is NAME=lp:QUEUE or NAME=raw:HOST or NAME=raw:HOST:9100, not {given!r}."
NO_PRINTER = "No printer: name one with --printer, or set one up in CUPS."
NO_KEY = "Write the key from Settings › API keys into {path} (chmod 600), or name another file."
LOOSE_KEY = "Others can read {path}: chmod 600 it first."
TAKEN = "Another print agent works in {folder}: stop it, or name another folder with --state."


def main(words: Sequence[str]) -> int:
    """Print what the desk asks for, on the printers of this machine."""
    given = _parser().parse_args(words)
    state = Path(given.state).expanduser().absolute()
    key_file = Path(given.key_file).expanduser() if given.key_file else state / "key"
    try:
        printers = _printers(given.printer)
        desk = Desk(given.desk, _key(key_file))
        journal = Journal(state)
    except (ValueError, OSError, Rejected) as error:
        return complain(error)
    except JournalTaken:
        return complain(TAKEN.format(folder=state))
    try:
        agent = Agent(given.name, desk, journal, {each.name: each for each in printers})
        print(
            f"Prints for {given.desk} on {', '.join(agent.printers)} (Ctrl-C stops it)", flush=True
        )
        run(agent, pause_s=given.pause)
    finally:
        journal.close()
    return 0


def printer_of(given: str) -> Printer:
    """Read `NAME=lp:QUEUE` or `NAME=raw:HOST:PORT`. Raises ValueError with a sentence."""
    name, _, address = given.partition("=")
    kind, _, place = address.partition(":")
    if name and kind == "lp" and place:
        return CupsPrinter(name, place)
    host, _, port = place.partition(":")
    if name and kind == "raw" and host and (port or str(PORT)).isdigit():
        return RawPrinter(f"{name} (ZPL)", host, int(port or PORT))
    raise ValueError(BAD_PRINTER.format(given=given))


def _printers(given: Sequence[str]) -> list[Printer]:
    named = [printer_of(each) for each in given] or [CupsPrinter(each, each) for each in queues()]
    if not named:
        raise ValueError(NO_PRINTER)
    return named


def _key(path: Path) -> str:
    if not path.is_file() or not (key := path.read_text().strip()):
        raise ValueError(NO_KEY.format(path=path))
    if path.stat().st_mode & 0o077:
        raise ValueError(LOOSE_KEY.format(path=path))
    return key


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="packbench agent", description=main.__doc__)
    parser.add_argument("desk", help="the desk's address, such as https://desk.example.com")
    parser.add_argument("--name", default=platform.node() or "agent", help="of this machine")
    parser.add_argument(
        "--printer",
        action="append",
        default=[],
        metavar="NAME=lp:QUEUE|raw:HOST",
        help="a printer; without any, all queues of CUPS",
    )
    parser.add_argument("--state", default=STATE, help="the folder of its journal")
    parser.add_argument("--key-file", help="the file with its API key; STATE/key if none")
    parser.add_argument("--pause", type=float, default=PAUSE_S, help=argparse.SUPPRESS)
    return parser
