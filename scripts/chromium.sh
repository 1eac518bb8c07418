#!/usr/bin/env bash
# See to it that there is a Chromium for the browser tests, and what drives it: Playwright's own
# driver needs libatomic, which a small Debian does not have.
set -euo pipefail
. "$(dirname "$0")/as_root.sh"

missing=()
command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium fonts-liberation)
/sbin/ldconfig -p | grep -q 'libatomic\.so\.1' || missing+=(libatomic1)
if [ ${#missing[@]} -gt 0 ] && ! install_packages "${missing[@]}"; then
    echo "The browser tests need Chromium: apt-get install ${missing[*]}" >&2
    exit 1
fi
