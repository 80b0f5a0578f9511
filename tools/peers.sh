#!/bin/sh
# Make the environments of those that Pointsman is measured against; when nothing changed, it is over in a blink.
set -eu
cd "$(dirname "$0")/.."

make_one() {
    venv=$1 pins=$2
    if [ "$(cat "$venv/.made-from" 2>/dev/null)" = "$PWD $(cksum <"$pins")" ]; then
        return
    fi
    echo "Making $venv from $pins"
    rm -rf "$venv"
    "${PYTHON:-.venv/bin/python}" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --only-binary :all: -r "$pins" \
        >"$venv/setup.log" 2>&1 || { tail -n 12 "$venv/setup.log" >&2; exit 1; }
    echo "$PWD $(cksum <"$pins")" >"$venv/.made-from"
}

make_one .venv-peers tests/benchmarks/peers/requirements.txt
make_one .venv-peers-arq tests/benchmarks/peers/requirements-arq.txt
