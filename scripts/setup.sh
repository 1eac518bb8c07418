#!/usr/bin/env bash
# Make .venv and install into it what the given lock file names, then the working tree itself.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/as_root.sh

lock=$1
python=${PYTHON:-python3}
venv=${VENV:-.venv}
export PIP_DEFAULT_TIMEOUT=${PIP_DEFAULT_TIMEOUT:-60}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Packbench needs Python 3.11 or newer; say which with PYTHON=/path/to/python3." >&2
    exit 1
fi

if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null && ! install_packages python3-venv; then
        echo "Python cannot make virtual environments here: apt-get install python3-venv" >&2
        exit 1
    fi
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi

install_locked() {
    "$venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check \
        --retries 5 --require-hashes -r "$lock"
}

for attempt in 1 2 3; do
    if install_locked; then
        break
    elif [ "$attempt" = 3 ]; then
        echo "The packages in $lock could not be installed; pip says why above." >&2
        exit 1
    fi
    sleep $((attempt * 5))
done

# The working tree is used as it is; this needs neither a build nor the network.
packages=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
pwd >"$packages/packbench.pth"
printf '#!/bin/sh\nexec "$(dirname "$0")/python" -m packbench "$@"\n' >"$venv/bin/packbench"
chmod +x "$venv/bin/packbench"
