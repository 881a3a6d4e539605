#!/bin/sh
# Put a backup in the place of database and media: restore.sh FILE
# Run as root. Nobody may write meanwhile, so web instances and workers are stopped first, and they
# stay stopped unless everything went well. The command asks before it overwrites anything.
set -eu

file=${1:?"usage: restore.sh FILE"}
civic=${CIVIC:-/opt/civic/venv/bin/civic}
units="civic-web@1.socket civic-web@2.socket civic-web@1.service civic-web@2.service
       civic-worker@1.service civic-backup.timer"

as_civic() {
    # The settings of the services, and those of the worker last: straight to PostgreSQL.
    set -a
    . /etc/civic/civic.env
    if [ -f /etc/civic/worker.env ]; then . /etc/civic/worker.env; fi
    set +a
    setpriv --reuid=civic --regid=civic --init-groups "$@"
}

as_civic "$civic" backup --verify "$file"
# shellcheck disable=SC2086 # a list of words
systemctl stop $units
as_civic "$civic" restore "$file" --overwrite
as_civic "$civic" db upgrade
as_civic "$civic" doctor
# shellcheck disable=SC2086
systemctl start $units
