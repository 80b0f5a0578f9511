#!/bin/sh
# Make the virtual environment and put the pinned, hash-checked packages into it. The Makefile calls this before every
# target that needs Python; when nothing changed since the last time, it is over in a blink.
#
# Usage: tools/setup.sh run|dev      run: what Pointsman needs; dev: that, and what its tests and checks need
# Reads: PYTHON  the interpreter to build on; unset, the newest of those below that is at hand
#        VENV    where the environment goes, .venv unless set
set -eu
cd "$(dirname "$0")/.."

what=${1:?usage: tools/setup.sh run|dev}
venv=${VENV:-.venv}
log=$venv/setup.log
candidates="python3.13 python3.12 python3.11 python3 python"

case $what in
    run) pins=constraints.txt ready="run" ;;
    dev) pins=constraints-dev.txt ready="run dev" ;;  # the pins for dev contain those for run
    *) echo "usage: tools/setup.sh run|dev" >&2; exit 2 ;;
esac

say() { printf '%s\n' "$*"; }

fail() {
    printf '\nStopped: %s\n' "$*" >&2
    exit 1
}

# The version as 3.11, or nothing when this is no Python, or one older than Pointsman can use.
version_of() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2] if sys.version_info >= (3, 11) else "")' 2>/dev/null || true
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        [ -n "$(version_of "$PYTHON")" ] || fail "PYTHON=$PYTHON is not a Python of version 3.11 or newer that runs here."
        python=$PYTHON
        return
    fi
    for python in $candidates; do
        [ -z "$(version_of "$python")" ] || return 0
    done
    fail "no Python 3.11 or newer was found; looked for: $candidates.
Install one (Debian and Ubuntu: sudo apt install python3 python3-venv; macOS: brew install python@3.13)
or name yours: make PYTHON=/path/to/python3 ..."
}

# What the environment depends on. A copy in the environment says what it was made from.
fingerprint() {
    { printf '%s %s\n' "$PWD" "$version"; cat "$1" pyproject.toml tools/setup.sh; } | cksum
}

is_usable() {
    [ -n "$(version_of "$venv/bin/python")" ] && [ "$(cat "$venv/.made-in" 2>/dev/null)" = "$PWD" ]
}

# An environment that is there keeps its Python, unless another one is asked for.
choose_python() {
    if [ -z "${PYTHON:-}" ] && is_usable; then
        python=$venv/bin/python
    else
        find_python
    fi
    version=$(version_of "$python")
}

# Debian and Ubuntu keep what makes environments in a package of its own. Root, as in a container, may just install it.
add_venv_package() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    say "$python cannot make a virtual environment yet: installing Debian's python3-venv"
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "python$version-venv"; } >/dev/null 2>&1 ||
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-venv >/dev/null 2>&1
}

make_venv() {
    if is_usable && [ "$(version_of "$venv/bin/python")" = "$version" ]; then
        return
    fi
    say "Making $venv with $("$python" --version)"
    rm -rf "$venv"
    if ! "$python" -m venv "$venv" >/dev/null 2>&1; then
        rm -rf "$venv"
        # Debian without python3-venv: the pip outside can serve an environment that has none of its own.
        "$python" -m pip --version >/dev/null 2>&1 && "$python" -m venv --without-pip "$venv" 2>/dev/null ||
            { rm -rf "$venv"; add_venv_package && "$python" -m venv "$venv" >/dev/null 2>&1; } ||
            { rm -rf "$venv"; fail "$python cannot make a virtual environment, because it has neither ensurepip nor pip.
On Debian and Ubuntu that is a package of its own: sudo apt install python3-venv (or python$version-venv)"; }
    fi
    printf '%s\n' "$PWD" >"$venv/.made-in"
}

find_pip() {
    if "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        pip="$venv/bin/python -m pip"
    else
        [ "$python" != "$venv/bin/python" ] || find_python
        pip="$python -m pip --python $venv/bin/python"
    fi
}

explain() {
    grep -v '^WARNING' "$log" | tail -n 12 >&2
    if grep -Eqi 'hashes? (do|does) not match|DO NOT MATCH THE HASHES' "$log"; then
        fail "a downloaded package is not the one pinned in $pins. Do not use it; find out where it came from."
    elif grep -qi 'certificate' "$log"; then
        fail "the package index answered with a certificate that is not trusted here. Behind a company proxy, give pip its certificate: PIP_CERT=/path/to/ca.pem"
    elif grep -Eqi 'name resolution|service not known|failed to resolve|unreachable|timed out|connection (refused|broken|error)|NewConnectionError|ProxyError' "$log"; then
        fail "the package index could not be reached. Check the network (pip's own proxy and index settings apply), then run the same command again."
    elif grep -q 'No matching distribution' "$log"; then
        fail "a package has no ready-made build for $("$venv/bin/python" --version) on this machine. Python 3.11 to 3.13 on Linux (x86_64, aarch64) and macOS have all of them."
    elif grep -q 'No space left' "$log"; then
        fail "the disk is full; about 600 MB are needed."
    fi
    fail "pip could not install the packages; its last words are above, all of them in $log."
}

# One half of the pins. Pip uses one core, and the pins are complete, so two of it take little more than half the time.
# Ready-made packages only: building one would run code that no hash covers.
install_half() {
    awk -v half="$1" '/^[A-Za-z0-9]/ { n++ } n % 2 == half' "$pins" >"$venv/pins-$1.txt"
    exec $pip install --disable-pip-version-check --no-input --no-compile --only-binary :all: --require-hashes --no-deps \
        -r "$venv/pins-$1.txt" >"$log.$1" 2>&1
}

# Run pip with its output in the log, and say how far it got: in place on a terminal, every ten seconds elsewhere.
install() {
    total=$(grep -c '^[A-Za-z0-9]' "$pins")
    say "Installing the packages of $pins: at most $total, about twenty seconds"
    : >"$log.0" >"$log.1"
    install_half 0 &
    first=$!
    install_half 1 &
    second=$!
    trap 'kill $first $second 2>/dev/null; exit 130' INT TERM
    seconds=0
    while kill -0 $first 2>/dev/null || kill -0 $second 2>/dev/null; do
        sleep 1
        seconds=$((seconds + 1))
        found=$(cat "$log.0" "$log.1" | grep -Ec '^(Collecting|Requirement already)' || true)
        if [ -t 1 ]; then
            printf '\r  %s packages seen, %s s ' "$found" "$seconds"
        elif [ $((seconds % 10)) -eq 0 ]; then
            say "  $found packages seen, $seconds s"
        fi
    done
    trap - INT TERM
    [ ! -t 1 ] || printf '\r\033[K'
    for half in 0 1; do
        mv "$log.$half" "$log"
        [ $half = 0 ] && job=$first || job=$second
        wait $job || explain
    done
    $pip install --disable-pip-version-check --no-input --no-deps --no-build-isolation --editable . >>"$log" 2>&1 || explain
}

choose_python
if is_usable && [ "$(cat "$venv/.ready-$what" 2>/dev/null)" = "$(fingerprint "$pins")" ]; then
    exit 0
fi
make_venv
find_pip
install
for one in $ready; do
    case $one in run) file=constraints.txt ;; dev) file=constraints-dev.txt ;; esac
    fingerprint "$file" >"$venv/.ready-$one"
done
say "Ready: $venv, $("$venv/bin/python" --version)"
