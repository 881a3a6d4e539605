#!/bin/sh
# Backup of the night: database and media in one file, each hash compared once it is written.
# Called by civic-backup.service; by hand: sudo -u civic env $(cat /etc/civic/civic.env) backup.sh
set -eu

civic=${CIVIC:-/opt/civic/venv/bin/civic}
folder=${CIVIC_BACKUP_PATH:-/var/backups/civic}
# Two weeks of nights. What must last longer belongs on another machine, see below.
"$civic" backup --to "$folder" --keep 14

# A backup on the machine that burns is none: set BACKUP_COPY in civic.env to where rsync may
# write, for instance backup@vault.example.org:civic/
if [ -n "${BACKUP_COPY:-}" ]; then
    rsync --archive --ignore-existing --exclude departures.json "$folder"/ "$BACKUP_COPY"
    # Who has left is written on; without the newest list a restore there would bring them back.
    if [ -f "$folder"/departures.json ]; then
        rsync --archive "$folder"/departures.json "$BACKUP_COPY"
    fi
fi
