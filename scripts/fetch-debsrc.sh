#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# fetch-debsrc.sh DESTINATION PACKAGE[=VERSION]...
#
# Downloads the upstream tarballs of Debian source packages with apt, through this machine's own
# apt sources (mirror, keys, proxy): their deb entries are copied as deb-src entries into a
# temporary folder. Nothing under /etc or /var is changed, and root is not needed.
set -eu

if [ $# -lt 2 ]; then
	echo "usage: fetch-debsrc.sh DESTINATION PACKAGE[=VERSION]..." >&2
	exit 2
fi
mkdir -p "$1"
destination=$(cd "$1" && pwd)
shift
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT INT TERM
chmod 755 "$temporary"
mkdir -p "$temporary/parts" "$temporary/lists/partial" "$temporary/downloads"

list=
parts=
eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"

# One-line style.
{ cat "$list" "$parts"/*.list 2>/dev/null || true; } |
	sed -nE 's/^[[:space:]]*deb[[:space:]]+/deb-src /p' |
	sort -u > "$temporary/parts/from-lists.list"

# deb822 style. A file that holds only deb-src entries would only repeat another one.
for file in "$parts"/*.sources; do
	if [ -f "$file" ] && grep -qE '^Types:.*[[:space:]]deb([[:space:]]|$)' "$file"; then
		sed -E 's/^Types:.*/Types: deb-src/' "$file" \
			> "$temporary/parts/$(basename "$file")"
	fi
done

get() {
	apt-get -qq -o Dir::Etc::sourcelist=/dev/null \
		-o Dir::Etc::sourceparts="$temporary/parts" \
		-o Dir::State::lists="$temporary/lists" \
		-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
		-o APT::Sandbox::User= -o Acquire::Retries=3 "$@"
}

# An entry of another vendor without sources fails here: what counts is the download.
get update || echo "fetch-debsrc.sh: apt-get update reported errors" >&2
cd "$temporary/downloads"
get source --download-only "$@"
cp ./*.orig.tar.?z* "$destination"/
