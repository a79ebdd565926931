#!/bin/sh
# Finds a Python this project runs on and hands over to install.py. Run from the top of the repository.
# PYTHON=/path/to/python chooses one by hand.
set -eu

if [ -x .venv/bin/python ] && .venv/bin/python -I tools/setup/install.py --is-current; then
    exit 0
fi

fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
complete='import ensurepip, venv'
chosen=
for candidate in ${PYTHON:+"$PYTHON"} python3.13 python3.12 python3.11 python3; do
    "$candidate" -c "$fits" >/dev/null 2>&1 || continue
    [ -n "$chosen" ] || chosen=$candidate # fits by version; install.py says what it lacks
    if "$candidate" -c "$complete" >/dev/null 2>&1; then
        chosen=$candidate
        break
    fi
done

if [ -z "$chosen" ]; then
    echo "Hostbook needs Python 3.11, 3.12 or 3.13; none was found on PATH." >&2
    echo "  Debian, Ubuntu: sudo apt-get install python3 python3-venv" >&2
    echo "  Fedora:         sudo dnf install python3.12" >&2
    echo "  macOS:          brew install python@3.12" >&2
    echo "or name one: make PYTHON=/path/to/python3.12" >&2
    exit 1
fi
exec "$chosen" -I tools/setup/install.py
