#!/bin/bash
# SPDX-License-Identifier: MIT
# newer_revision.sh SOURCE: packaging/set-up --newer says what the archive has beyond the known revision, with apt's programs
# replaced by some that say what the test wants.
set -euo pipefail
source=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

cat >"$folder/apt-get" <<'END'
#!/bin/bash
for word in "$@"; do
    case $word in
        indextargets) echo http://archive.invalid/debian; exit 0 ;;
        update) exit "${ARCHIVE_FAILS:-0}" ;;
    esac
done
END
cat >"$folder/apt-cache" <<'END'
#!/bin/bash
printf 'Package: libssh2\nVersion: %s\n' $ARCHIVE_HAS
END
chmod +x "$folder/apt-get" "$folder/apt-cache"
compgen -G '/usr/share/keyrings/debian-archive-trixie-*' >/dev/null || exit 77

said() { PATH=$folder:$PATH "$source/packaging/set-up" --newer 2>&1; }
want() {
    if [[ $2 != $3 ]]; then printf '%s: %s\n' "$1" "$2" >&2; failed=1; fi
}
want 'a newer revision' "$(ARCHIVE_HAS='1.11.1-1+deb13u1 1.11.1-1+deb13u99' said)" '*Debian has libssh2 1.11.1-1+deb13u99*'
want 'the same revision' "$(ARCHIVE_HAS=1.11.1-1+deb13u2 said)" ''
want 'an older revision' "$(ARCHIVE_HAS=1.11.1-1 said)" ''
want 'no network' "$(ARCHIVE_HAS=1.11.1-1+deb13u99 ARCHIVE_FAILS=100 said)" ''
exit $failed
