#!/usr/bin/env bash
# Resolve pyproject.toml into the lock files: every version pinned, every file by its hash.
set -euo pipefail
cd "$(dirname "$0")/.."

if command -v uv >/dev/null; then
    uv=(uv)
else
    tools=.cache/lock
    [ -x $tools/bin/uv ] || { ${PYTHON:-python3} -m venv $tools && $tools/bin/pip install -q uv; }
    uv=($tools/bin/uv)
fi

compile() {
    local lock=$1
    shift
    "${uv[@]}" pip compile --quiet --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header "$@" \
        --output-file "$lock" >/dev/null
    sed -i '1i # Made by `make lock`.' "$lock"
    if grep -nE '://|^--?[a-z]+-' "$lock"; then
        echo "$lock names a place, which differs from machine to machine." >&2
        exit 1
    fi
}

compile requirements.lock pyproject.toml "$@"
compile requirements-dev.lock pyproject.toml --group dev --extra ja "$@"
compile packbench/connectors/karrio/requirements.lock --group pyproject.toml:karrio "$@"
