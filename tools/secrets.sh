#!/bin/sh
# Make what docker-compose.yml needs and git never sees: passwords and keys under secrets/, accounts under
# config/accounts/. What is there already stays as it is. The keys are the simulator's, until you put yours in.
#
# Usage: tools/secrets.sh [FOLDER]     the checkout's top folder unless given
set -eu
cd "${1:-$(dirname "$0")/..}"

# The folder keeps others of this machine out; the files themselves must be readable for a container's own user.
umask 077
mkdir -p secrets
chmod 700 secrets

put() {
    if [ -e "secrets/$1" ]; then
        printf '%s\n' "kept    secrets/$1"
    else
        printf '%s\n' "$2" >"secrets/$1"
        printf '%s\n' "made    secrets/$1"
    fi
    chmod 444 "secrets/$1"
}

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

for name in redis_password flower_password grafana_password; do
    put "$name" "$(random)"
done
for exchange in binance bybit okx; do
    put "${exchange}_key" sim-key-1
    put "${exchange}_secret" sim-secret-1
done
put okx_passphrase sim-pass-1

umask 022
for exchange in binance bybit okx; do
    file=config/accounts/$exchange.toml
    if [ -e "$file" ]; then
        printf '%s\n' "kept    $file"
    else
        cp "config/accounts/$exchange.example.toml" "$file"
        printf '%s\n' "made    $file"
    fi
done
