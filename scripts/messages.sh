#!/usr/bin/env bash
# Collect what is to be translated into packbench/locale, and compile what has been.
set -euo pipefail
cd "$(dirname "$0")/../packbench"
. ../scripts/as_root.sh

command -v xgettext >/dev/null || install_packages gettext
export PACKBENCH_HOME=$PWD/../.cache/messages
mkdir -p locale
../.venv/bin/packbench manage makemessages --locale fr --locale de --locale es --locale it \
    --no-location --no-obsolete --verbosity 0
for catalog in locale/*/LC_MESSAGES/django.po; do
    sed -i '/^"POT-Creation-Date:/d; /^"PO-Revision-Date:/d' "$catalog" # no dates: no idle changes
    msgfmt --check-format -o "${catalog%.po}.mo" "$catalog"
done
