"""Where tests find Karrio: the real one where the operator names it, else a stand-in of ours.

The stand-in (`standin/karrio`) has the few functions of Karrio that are used, with its faults: it
turns the verification of certificates off, sends twice where Sentry is there, and makes a message
of every exception.
"""

import atexit
import os
import shutil
import sysconfig
import tempfile
import venv
from functools import cache
from pathlib import Path

STANDIN, SENTRY = (Path(__file__).with_name(name) for name in ("standin", "sentry"))
REAL = os.environ.get("PACKBENCH_KARRIO_PYTHON", "")


@cache
def karrio_python():
    return REAL or environment_with(STANDIN)


@cache
def karrio_with_sentry():
    """The same Karrio where `sentry_sdk` can be imported."""
    real = Path(REAL).parent.parent.glob("lib/python*/site-packages") if REAL else ()
    return environment_with(*(real or (STANDIN,)), SENTRY)


def environment_with(*folders):
    """An environment of its own that finds what is in these folders. Returns its interpreter."""
    home = Path(tempfile.mkdtemp(prefix="packbench-karrio-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    venv.create(home, with_pip=False, symlinks=True)
    variables = {"base": str(home), "platbase": str(home)}
    packages = Path(sysconfig.get_path("purelib", "venv", variables))
    (packages / "standin.pth").write_text("".join(f"{folder}\n" for folder in folders))
    return str(home / "bin" / "python")
