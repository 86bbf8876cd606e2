#!/usr/bin/env bash
# Bring back one backup made by backup.sh. Stop the line first, on every machine.
#   deploy/restore.sh /var/backups/kypholine/kypholine-20261121T032000Z.tar.gz
# What is there now is moved aside (SQLite, keys, recordings) or, with PostgreSQL, replaced in one
# transaction, tables that only a later version has too: it works whole or changes nothing. So all is
# copied before anything is moved, and a full disk leaves things as they are. Reads the same variables
# as backup.sh, and PORT and BIND. It sees whether the line is running by what listens there, and of
# SQLite by its file, too, which every process that uses it has locked (bytes as in SQLite's os.h).
set -euo pipefail
umask 077
here=$(cd "$(dirname "$0")/.." && pwd)
INSTANCE=${INSTANCE:-$here/instance}
PYTHON=${PYTHON:-$here/.venv/bin/python}
PORT=${PORT:-8000}
export DATABASE_URL=${DATABASE_URL:-sqlite:///$INSTANCE/line.db}
backup=${1:?name the backup: deploy/restore.sh FILE}

if "$PYTHON" -c 'import socket, sys; socket.create_connection(sys.argv[1:], 1)' "${BIND:-127.0.0.1}" "$PORT" 2> /dev/null; then
  echo "the line is running on port $PORT: stop it first, on every machine" >&2
  exit 1
fi
work=$(mktemp -d)
copies=()
trap 'rm -rf "$work" "${copies[@]}"' EXIT
tar -C "$work" -xzf "$backup"
aside=before-restore-$(date -u +%Y%m%dT%H%M%SZ)
mkdir -p "$INSTANCE"

copy() {  # what is in the backup, to where it goes, under another name as yet
  rm -rf "$2.new"
  copies+=("$2.new")
  cp -a "$work/$1" "$2.new" || { echo "$2 cannot be written: nothing was restored, and all is as it was" >&2; exit 1; }
}

for name in keys.json recordings; do
  rm -rf "$INSTANCE/$name.new"  # of a restore that was killed
  if [[ -e $work/$name ]]; then copy "$name" "$INSTANCE/$name"; fi
done

case $DATABASE_URL in
  sqlite*)
    [[ -e $work/line.db ]] || { echo "this backup is not of an SQLite store" >&2; exit 1; }
    path=${DATABASE_URL#*:///}
    path=${path%%\?*}
    if [[ -e $path ]]; then
      "$PYTHON" -c '
import fcntl, sys
with open(sys.argv[1], "r+b") as store:
    try:
        fcntl.lockf(store, fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 0x40000002)
    except BlockingIOError:
        sys.exit(f"{sys.argv[1]} is in use: stop the line, and every command that has it open")' "$path"
    fi
    "$PYTHON" -c '
import sqlite3, sys
found = sqlite3.connect(sys.argv[1]).execute("PRAGMA integrity_check").fetchone()[0]
sys.exit(0 if found == "ok" else f"the backup is damaged: {found}")' "$work/line.db"
    mkdir -p "$(dirname "$path")"
    copy line.db "$path"
    # Never without a store: a line that starts just then would begin anew, and know no opt-out.
    if [[ -e $path ]]; then ln "$path" "$path.$aside"; fi
    for end in -wal -shm; do
      if [[ -e $path$end ]]; then mv "$path$end" "$path.$aside$end"; fi
    done
    mv "$path.new" "$path"
    ;;
  postgres*)
    [[ -e $work/line.dump ]] || { echo "this backup is not of a PostgreSQL store" >&2; exit 1; }
    eval "$("$PYTHON" "$here/deploy/pg_env.py")"
    # Written out first, so that a damaged backup is known before anything is taken away.
    pg_restore --no-owner --no-privileges --file="$work/line.sql" "$work/line.dump"
    psql --no-psqlrc --quiet --single-transaction --set=ON_ERROR_STOP=1 --output=/dev/null \
      --dbname="$PGDATABASE" --file="$here/deploy/pg_empty.sql" --file="$work/line.sql"
    ;;
  *) echo "DATABASE_URL names no store known here" >&2; exit 1 ;;
esac

for name in keys.json recordings; do
  if [[ -e $INSTANCE/$name.new ]]; then
    if [[ -e $INSTANCE/$name ]]; then mv "$INSTANCE/$name" "$INSTANCE/$name.$aside"; fi
    mv "$INSTANCE/$name.new" "$INSTANCE/$name"
  fi
done
echo "restored. Start the line; the clips that are missing are made then."
