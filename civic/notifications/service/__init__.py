"""Telling people (`telling`, `digests`), their reading, their choices and their saved filters."""

from civic.notifications.service.choices import end_mails, set_preferences
from civic.notifications.service.digests import begin_digests, send_digest
from civic.notifications.service.filters import subscribe, unsubscribe
from civic.notifications.service.reading import forget, forget_old, mark_read, recount
from civic.notifications.service.telling import announce, fan_out

__all__ = [
    "announce",
    "begin_digests",
    "end_mails",
    "fan_out",
    "forget",
    "forget_old",
    "mark_read",
    "recount",
    "send_digest",
    "set_preferences",
    "subscribe",
    "unsubscribe",
]
