#!/usr/bin/env bash
# See to it that there is a Chromium for the browser tests.
set -euo pipefail
. "$(dirname "$0")/as_root.sh"

if command -v chromium >/dev/null || command -v google-chrome >/dev/null; then
    exit 0
fi
if ! install_packages chromium fonts-liberation; then
    echo "The browser tests need Chromium: apt-get install chromium" >&2
    exit 1
fi
