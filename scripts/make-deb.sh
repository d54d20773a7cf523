#!/bin/bash
# Makes a Debian package of the published server: scripts/make-deb.sh [RID] [DIRECTORY]
# RID as in scripts/publish.sh, which is run unless artifacts/publish/RID/hedge is there and newer than all sources; DIRECTORY
# (artifacts/publish) gets hedge_VERSION_ARCHITECTURE.deb. Needs dpkg-deb. HEDGE_MAINTAINER ("Name <address>") and HEDGE_HOMEPAGE
# go into the package. Dates in it are the last commit's, so the same commit makes the same package.
set -eu
cd "$(dirname "$0")/.."
case ${1:-$(uname -m)} in
    linux-x64 | x86_64) rid=linux-x64 architecture=amd64 ;;
    linux-arm64 | aarch64) rid=linux-arm64 architecture=arm64 ;;
    *) sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 1 ;;
esac
out=${2:-artifacts/publish}
published=artifacts/publish/$rid
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)-1
maintainer=${HEDGE_MAINTAINER:-The Hedge authors <hedge@localhost>}
homepage=${HEDGE_HOMEPAGE:-}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2> /dev/null || date +%s)}
export SOURCE_DATE_EPOCH

if [ ! -f "$published/hedge" ] || [ -n "$(find Hedge.Host Hedge.Storage Hedge.Resp Directory.* global.json \
    -newer "$published/hedge" -type f -print -quit)" ]; then
    scripts/publish.sh "$rid"
fi

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
doc=$root/usr/share/doc/hedge
put() { install -D -m "$1" "$2" "$root/$3"; }

put 755 "$published/hedge" usr/bin/hedge
put 644 packaging/hedge.json etc/hedge/hedge.json
put 644 packaging/hedge.service usr/lib/systemd/system/hedge.service
put 644 packaging/debian/hedge.lintian-overrides usr/share/lintian/overrides/hedge
for notice in "$published"/notices/*.txt; do put 644 "$notice" "usr/share/doc/hedge/notices/${notice##*/}"; done
put 644 docs/operations.md usr/share/doc/hedge/operations.md
install -d -m 755 "$root/usr/share/man/man8" "$root/var/lib/hedge"
sed "s/@VERSION@/$version/" packaging/hedge.8 | gzip -9n > "$root/usr/share/man/man8/hedge.8.gz"
gzip -9n < CHANGELOG.md > "$doc/changelog.gz"
printf 'hedge (%s) unstable; urgency=medium\n\n  * See changelog.gz.\n\n -- %s  %s\n' "$version" "$maintainer" \
    "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n > "$doc/changelog.Debian.gz"
while IFS= read -r line; do
    if [ "$line" = @LICENSE@ ]; then sed -e '1,4d' -e 's/^$/./' -e 's/^/ /' LICENSE; else printf '%s\n' "$line"; fi
done < packaging/debian/copyright > "$doc/copyright"
find "$root" -type f -path '*/doc/*' -exec chmod 644 {} +
chmod 644 "$root"/usr/share/man/man8/*

install -d -m 755 "$root/DEBIAN"
install -m 755 packaging/debian/{postinst,prerm,postrm} "$root/DEBIAN"
echo /etc/hedge/hedge.json > "$root/DEBIAN/conffiles"
(cd "$root" && find etc usr -type f -exec md5sum {} + | LC_ALL=C sort -k 2) > "$root/DEBIAN/md5sums"
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s|@MAINTAINER@|$maintainer|" \
    -e "s/@KIBIBYTES@/$(du -sk "$root" | cut -f 1)/" -e "s|@HOMEPAGE@|$homepage|" -e '/^Homepage: $/d' \
    packaging/debian/control.in > "$root/DEBIAN/control"
chmod 644 "$root"/DEBIAN/{conffiles,md5sums,control}
find "$root" -depth -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

mkdir -p "$out"
package=$out/hedge_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz -z2 --build "$root" "$package" > /dev/null
echo "$package"
