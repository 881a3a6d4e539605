"""What the tests need from the machine: a Chromium, PostgreSQL, Redis, pgbouncer, nginx, HAProxy.

`python tests/machine.py` looks for them, installs by apt-get what is missing where that is
possible, and otherwise ends with one sentence that says what to install.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Debian's package of each program that the cluster and the tests of `deploy/` start.
PACKAGES = {
    "nginx": "nginx",
    "pgbouncer": "pgbouncer",
    "redis-server": "redis-server",
    "haproxy": "haproxy",
}
POSTGRES_FOLDERS = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt/postgresql")


class MachineError(RuntimeError):
    """Something is missing on this machine; the message is one sentence that names it."""


def environment() -> dict[str, str]:
    """What a process of the house gets from the caller: no settings of his leak in.

    And it keeps Python's bytecode, which `pip install` makes where the house is in operation;
    otherwise each start would compile the whole program.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CIVIC_") and name != "PYTHONDONTWRITEBYTECODE"
    }


def find_chromium() -> Path | None:
    """Return the browser's program, if there is one."""
    for name in CHROMIUM_NAMES:
        if found := shutil.which(name):
            return Path(found)
    return None


def find_postgres() -> Path | None:
    """Return the folder with `initdb` and `pg_ctl`: the newest installed version."""
    if found := shutil.which("pg_ctl"):
        folder = Path(found).resolve().parent
        if (folder / "initdb").exists():
            return folder
    candidates = [
        path.parent
        for root in POSTGRES_FOLDERS
        for pattern in ("*/bin/initdb", "bin/initdb")
        for path in Path(root).glob(pattern)
    ]
    return max(candidates, key=_version, default=None)


def ensure_chromium() -> Path:
    """Return the browser's program, installing it if need be; raise `MachineError` otherwise."""
    if found := find_chromium():
        return found
    _install("chromium", "a Chromium for the browser tests")
    if found := find_chromium():
        return found
    raise MachineError(
        "The browser tests need Chromium; apt-get installed it, yet it is not found."
    )


def ensure_postgres() -> Path:
    """Return the folder of PostgreSQL's programs, installing them if need be."""
    if found := find_postgres():
        return found
    _install("postgresql", "PostgreSQL's server programs")
    if found := find_postgres():
        return found
    raise MachineError("The tests need PostgreSQL's initdb and pg_ctl, which are not found.")


def ensure_program(name: str) -> Path:
    """Return the path of a server's program, installing its package if need be."""
    found = find_program(name)
    if found is None:
        _install(PACKAGES[name], f"the program {name}")
        found = find_program(name)
    if found is None:
        raise MachineError(f"The tests need {name}, which is not found.")
    return found


def find_program(name: str) -> Path | None:
    """Return the path of a program; servers often lie where only the administrator looks."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin")
    return Path(found) if found else None


def _version(folder: Path) -> tuple[int, ...]:
    parts = folder.parent.name.split(".")
    return tuple(int(part) for part in parts if part.isdigit())


def _install(package: str, purpose: str) -> None:
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise MachineError(f"The tests need {purpose}; please install the package '{package}'.")
    sys.stderr.write(f"Installing {package} ({purpose}) ...\n")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "--no-install-recommends", package]
    for command in (["apt-get", "update"], install):
        done = subprocess.run(command, env=quiet, capture_output=True, text=True, check=False)
        if done.returncode != 0 and command is install:
            said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise MachineError(f"The tests need {purpose}; 'apt-get install {package}': {said}")


def main() -> int:
    """Look for them and say what is there."""
    try:
        found = {
            "Chromium": ensure_chromium(),
            "PostgreSQL": ensure_postgres(),
            "Redis": ensure_program("redis-server"),
            "pgbouncer": ensure_program("pgbouncer"),
            "nginx": ensure_program("nginx"),
            "HAProxy": ensure_program("haproxy"),
        }
    except MachineError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for name, path in found.items():
        sys.stdout.write(f"{name}: {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
