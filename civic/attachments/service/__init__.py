"""Commands on files: add, describe, remove; and what clears up behind them."""

from civic.attachments.service.changes import edit_file, remove_file, take_down
from civic.attachments.service.clearing import (
    CLEAR,
    Orphans,
    Suspicious,
    clear_gone,
    find_lost,
    find_orphans,
    forget,
    sweep,
)
from civic.attachments.service.intake import add_document, add_file, add_image
from civic.attachments.service.recognition import ACCEPT

__all__ = [
    "ACCEPT",
    "CLEAR",
    "Orphans",
    "Suspicious",
    "add_document",
    "add_file",
    "add_image",
    "clear_gone",
    "edit_file",
    "find_lost",
    "find_orphans",
    "forget",
    "remove_file",
    "sweep",
    "take_down",
]
