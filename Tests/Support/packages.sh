#!/usr/bin/env bash
# Installs the Debian packages that a purpose needs, and only those that are missing.
#
#   Tests/Support/packages.sh build|demo|test
#
# Asks nothing. Services that come with a package are not started: the project starts its own, on its own
# folders and ports. Without root it prints the one command that an administrator would run.
set -euo pipefail

build=(
    libyaml-dev  # runbook documents are YAML
    pkg-config   # finds libyaml for the package manager
)
demo=(
    "${build[@]}"
    postgresql         # the embedded cluster, initdb to pg_restore
    libpq5             # opened by the modules at run time
    libssl3            # hashes; libpq needs it anyway
    python3 python3-venv  # Ansible's controller
    zstd gzip             # dumps, the collection's binary
)
test=(
    "${demo[@]}"
    openssh-server openssh-client  # targets over a loopback sshd
    busybox                        # the smallest shell that a target may have
    sudo                           # become, on a private /etc
    curl                           # http steps and webhooks of runbooks
    openssl                        # certificates of the logins suite
    binutils                       # symbols of the module binary
    procps                         # pgrep: which process to kill
    libfuse3-3                     # a disk that forgets what was not synchronised
)

case "${1:-}" in
    build) wanted=("${build[@]}") ;;
    demo) wanted=("${demo[@]}") ;;
    test) wanted=("${test[@]}") ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

if ! command -v dpkg-query > /dev/null; then
    echo "packages.sh: this is not a Debian system; needed are: ${wanted[*]}" >&2
    exit 0  # what is missing shows itself later, under its own name
fi

missing=()
for package in "${wanted[@]}"; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2> /dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ]; then
    echo "packages.sh: Debian packages are missing, and only root may install them. Please run:" >&2
    echo "    sudo apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
fi

echo "Installing Debian packages: ${missing[*]}"
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then  # a policy of 101 forbids starting services during an installation
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
run() {
    "$@" < /dev/null > "$log" 2>&1 || { cat "$log" >&2; echo "packages.sh: '$*' failed" >&2; exit 1; }
}
run apt-get update --quiet
run apt-get install --quiet --yes --no-install-recommends "${missing[@]}"
rm -f "$log"
