"""What a check found, in one sentence, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from civic.config import Config


class Level(StrEnum):
    """How bad it is: only an error makes `civic doctor` end with status 1."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """The answer of one check. Message and advice are msgids with `values` in them."""

    level: Level
    message: str
    advice: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    def say(self, translate: Callable[[str], str]) -> str:
        """Message and advice as one text in a language."""
        parts = [translate(part) % self.values for part in (self.message, self.advice) if part]
        return " ".join(parts)


def ok(message: str, **values: Any) -> Finding:
    return Finding(Level.OK, message, values=values)


def warning(message: str, advice: str, **values: Any) -> Finding:
    return Finding(Level.WARNING, message, advice, values)


def error(message: str, advice: str, **values: Any) -> Finding:
    return Finding(Level.ERROR, message, advice, values)


@dataclass(frozen=True)
class Patient:
    """The house that is looked at."""

    config: Config
    #: Folder of templates and front-end files.
    root: Path
    migrations: Path


@dataclass(frozen=True)
class Check:
    """One question to the house."""

    #: As in `--json`; never changes.
    name: str
    #: msgid
    label: str
    ask: Callable[[Patient], Finding]
    #: Reads whole tables: only on the console, where nobody waits for a page.
    is_thorough: bool = False
