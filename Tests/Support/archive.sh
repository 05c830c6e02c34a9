#!/usr/bin/env bash
# Unpacks packages of an earlier Debian release, with signatures checked, from where this machine's own packages come from.
#
#   Tests/Support/archive.sh FOLDER RELEASE PACKAGE...       to FOLDER/tree; nothing is installed
set -euo pipefail

[ $# -ge 3 ] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd) release=$2
shift 2
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e "$keyring" ] || { echo "archive.sh: this is not a Debian system" >&2; exit 1; }
own=$(. /etc/os-release && echo "$VERSION_CODENAME")
apt=$folder/apt
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$folder/tree"
# The release's own archive and its security updates, not what is between or behind them.
apt-get indextargets --format '$(SITE) $(CODENAME)' \
    | sed -nE "s#^(\S+) $own(-security)?\$#deb [signed-by=$keyring] \1 $release\2 main#p" | sort -u > "$apt/sources.list"
options=(-q -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$apt/lists"
    -o "Dir::Cache=$apt/cache")
[ "$(id -u)" != 0 ] || options+=(-o APT::Sandbox::User=root)
apt-get "${options[@]}" update
(cd "$apt" && apt-get "${options[@]}" download "$@")
for package in "$apt"/*.deb; do dpkg-deb -x "$package" "$folder/tree"; done
rm -rf -- "$apt"
