#!/usr/bin/env bash
# Write one backup of the line: the store, the keys this instance made, the human recordings.
#   BACKUPS=/var/backups/kypholine deploy/backup.sh
# Clips are not in it: they are made again. Keys given by the environment are not in it either:
# keep those where you keep secrets. A backup holds keys and is readable by its owner only.
#
#   INSTANCE       the line's instance folder        (instance)
#   DATABASE_URL   as the line has it                (the SQLite file in INSTANCE)
#   BACKUPS        where backups go                  (backups)
#   KEEP           how many are kept                 (14)
#   PYTHON         a Python 3.11 or later            (.venv/bin/python beside this folder)
set -euo pipefail
umask 077
here=$(cd "$(dirname "$0")/.." && pwd)
INSTANCE=${INSTANCE:-$here/instance}
BACKUPS=${BACKUPS:-$here/backups}
KEEP=${KEEP:-14}
PYTHON=${PYTHON:-$here/.venv/bin/python}
export DATABASE_URL=${DATABASE_URL:-sqlite:///$INSTANCE/line.db}

[[ $KEEP =~ ^[1-9][0-9]*$ ]] || { echo "KEEP is $KEEP: use a whole number from 1" >&2; exit 1; }
mkdir -p "$BACKUPS"
# What one left that was killed, or met a full disk, would take the room of those that follow.
find "$BACKUPS" -maxdepth 1 -name '.unfinished.*' -mtime +0 -exec rm -rf {} +
work=$(mktemp -d "$BACKUPS/.unfinished.XXXXXX")
trap 'rm -rf "$work" "$work.tar.gz"' EXIT

case $DATABASE_URL in
  sqlite*)
    # SQLite's own online backup: whole and consistent while the line is running.
    "$PYTHON" - "$work/line.db" <<'PY'
import os, sqlite3, sys
from contextlib import closing
path = os.environ["DATABASE_URL"].partition("://")[2][1:].partition("?")[0]
if not os.path.exists(path):
    sys.exit(f"there is no store at {path}")
try:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as source:
        with closing(sqlite3.connect(sys.argv[1])) as copy:
            source.backup(copy, pages=1000, sleep=0.05)
            copy.execute("PRAGMA journal_mode = DELETE")
            found = copy.execute("PRAGMA integrity_check").fetchone()[0]
            live = copy.execute("SELECT number FROM live").fetchone()
except sqlite3.Error as problem:
    sys.exit(f"there is no backup: {path} cannot be copied to {os.path.dirname(sys.argv[1])}: {problem}")
if found != "ok":
    sys.exit(f"the copy is damaged: {found}")
print(f"release {live[0]} is live" if live else "nothing is live yet")
PY
    ;;
  postgres*)
    # The password goes by the environment: an argument could be read by anybody on the machine.
    eval "$("$PYTHON" "$here/deploy/pg_env.py")"
    pg_dump --format=custom --no-owner --no-privileges --file="$work/line.dump"
    pg_restore --list "$work/line.dump" > /dev/null
    ;;
  *) echo "DATABASE_URL names no store known here" >&2; exit 1 ;;
esac

for name in keys.json recordings; do
  if [[ -e $INSTANCE/$name ]]; then cp -a "$INSTANCE/$name" "$work/"; fi
done

name=kypholine-$(date -u +%Y%m%dT%H%M%SZ).tar.gz
tar -C "$work" -czf "$work.tar.gz" .
tar -tzf "$work.tar.gz" > /dev/null
mv "$work.tar.gz" "$BACKUPS/$name"
echo "$BACKUPS/$name"

# The oldest go when there are more than KEEP.
find "$BACKUPS" -maxdepth 1 -name 'kypholine-*Z.tar.gz' -printf '%f\n' | sort | head -n "-$KEEP" |
  while read -r old; do rm -f "$BACKUPS/$old"; done
