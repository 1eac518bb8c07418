"""All benchmarks, one after the other: `make bench`. Fails where a goal is missed."""

import subprocess
import sys

from bench.scratch import machine

BENCHMARKS = (
    "importing",
    "grid",
    "labels",
    "papers",
    "purchases",
    "erasing",
    "revealing",
    "memory",
)


def main():
    print(machine(), flush=True)
    missed = []
    for name in BENCHMARKS:
        print(f"\n{name}", flush=True)
        if subprocess.run([sys.executable, "-m", f"bench.{name}"]).returncode:
            missed.append(name)
    sys.exit(f"Missed: {', '.join(missed)}" if missed else 0)


if __name__ == "__main__":
    main()
