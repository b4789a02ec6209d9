#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# build.sh BUILD VERSION: packs what `make install` has put into BUILD/deb/root as
# BUILD/deb/renew_VERSION_ARCH.deb. Called by `make deb`. The package depends on the packages of the
# libraries that the program names itself, in the versions from which their symbols are there on.
set -euo pipefail
build=$(cd "$1" && pwd) version=$2
root=$build/deb/root
here=$(dirname "$0")
arch=$(dpkg --print-architecture)

strip --strip-unneeded "$root/usr/bin/renew"
gzip -9n "$root"/usr/share/man/man*/*.[1-9]
install -D -m 644 LICENSE "$root/usr/share/doc/renew/copyright"
rm -f "$root/usr/share/doc/renew/LICENSE"
find "$root" -type d -exec chmod 755 {} +
find "$root" -type f ! -path '*/bin/*' -exec chmod 644 {} +

# dpkg-shlibdeps wants a debian/control beside it; it reads nothing of it.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/debian"
printf 'Source: renew\n\nPackage: renew\nArchitecture: any\n' >"$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O -e"$root/usr/bin/renew" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
[[ -n $depends ]] || { echo "build.sh: the libraries of the program belong to no package" >&2; exit 1; }

mkdir -p "$root/DEBIAN"
size=$(du -sk --exclude=DEBIAN "$root" | cut -f1)
sed -e "s/@VERSION@/$version/; s/@ARCH@/$arch/; s/@SIZE@/$size/; s/@DEPENDS@/$depends/" \
  "$here/control.in" >"$root/DEBIAN/control"
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
package=$build/deb/renew_${version}_$arch.deb
dpkg-deb --root-owner-group --build "$root" "$package" >/dev/null
echo "$package"
