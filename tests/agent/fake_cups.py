"""Plays `lp`, `lpstat` and `cancel`: jobs are files in $FAKE_CUPS, what is printed is a ledger.

As CUPS does it prints what is not on hold, and refuses to alter what it printed. Run by its name.
"""

import fcntl
import getpass
import json
import os
import sys
from pathlib import Path

HOME = Path(os.environ["FAKE_CUPS"])
QUEUE = "Office"


def main(words):
    with (HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return {"lp": lp, "lpstat": lpstat, "cancel": cancel}[Path(sys.argv[0]).name](words)


def lp(words):
    options = dict(zip(words[::2], words[1::2], strict=False))
    if "-i" in options:
        return resume(options["-i"])
    if options["-d"] != QUEUE:
        print("lp: The printer or class does not exist.", file=sys.stderr)
        return 1
    number = len(list(HOME.glob("job-*"))) + 1
    job = {"title": options["-t"], "size": len(sys.stdin.buffer.read()), "state": "held"}
    if options.get("-H") != "hold":
        job["state"] = "completed"
        count(job)
    save(number, job)
    print(f"request id is {QUEUE}-{number} (0 file(s))")
    return 0


def resume(request):
    number = int(request.rsplit("-", 1)[1])
    job = load(number)
    if job["state"] != "held":
        print(f"lp: job #{number} is finished and cannot be altered.", file=sys.stderr)
        return 1
    job["state"] = "completed"
    count(job)
    save(number, job)
    return 0


def lpstat(words):
    if "-e" in words:
        print(QUEUE)
        return 0
    if "-p" in words:
        alert = (HOME / "alert").read_text() if (HOME / "alert").exists() else "none"
        print(f"printer {QUEUE} is idle.  enabled since now\n\tAlerts: {alert}")
        return 0
    for path in sorted(HOME.glob("job-*")):
        number = int(path.name.split("-")[1])
        if load(number)["state"] == "held":
            print(f"{QUEUE}-{number}  {getpass.getuser()}  1024  now")
            if "-l" in words:
                print("\tStatus: \n\tAlerts: job-hold-until-specified\n\tqueued for Office")
    return 0


def cancel(words):
    number = int(words[0].rsplit("-", 1)[1])
    save(number, load(number) | {"state": "cancelled"})
    return 0


def count(job):
    with (HOME / "ledger").open("a") as ledger:
        ledger.write(job["title"].split()[-1] + "\n")


def load(number):
    return json.loads((HOME / f"job-{number:06}").read_text())


def save(number, job):
    (HOME / f"job-{number:06}").write_text(json.dumps(job))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
