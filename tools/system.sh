#!/bin/sh
# Install what some tests need and no Python package has: a browser, Prometheus with promtool, Redis' command line, a Redis
# that speaks TLS, RabbitMQ, network namespaces. On Debian or Ubuntu as root; elsewhere, or without a network, it says what
# is missing, and those tests are skipped.
set -u

missing=
for pair in chromium:chromium promtool:prometheus redis-cli:redis-tools redis-server:redis-server \
    rabbitmq-server:rabbitmq-server ip:iproute2; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    printf '%s\n' "Some tests will be skipped; they need these packages:$missing"
    exit 0
fi
printf '%s\n' "Installing$missing"
quiet=/usr/sbin/policy-rc.d # what Debian asks before a package starts a service of its own: none shall start here
made=
if [ ! -e "$quiet" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$quiet" && chmod +x "$quiet" && made=yes
fi
# shellcheck disable=SC2086 - several words are meant
{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } >/dev/null 2>&1 ||
    printf '%s\n' "They could not be installed; the tests that need them will be skipped."
[ -z "$made" ] || rm -f "$quiet"
exit 0
