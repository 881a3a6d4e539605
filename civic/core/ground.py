"""Door plate of the ground: the jobs that belong to no room, and what maps are drawn with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from typing import Any

from civic.core import limits, mailer, maps, outbox, running, storage
from civic.core.feature import Every, Feature, Schedule
from civic.core.work import commands, jobs


def _without_payload(work: Callable[[], object]) -> Callable[[dict[str, Any]], object]:
    return lambda payload: work()  # noqa: ARG005 - every handler is given one


feature = Feature(
    name="ground",
    globals={"map_drawing": maps.draw, "map_tiles": maps.tiles},
    setup=storage.init_storage,
    cli=(running.serve, running.worker, running.mails, commands.group),
    jobs={
        outbox.DELIVER: mailer.deliver,
        "mails.adopt": _without_payload(outbox.adopt_mails),
        "mails.forget": _without_payload(outbox.forget_old_mails),
        "jobs.forget": _without_payload(jobs.forget_done),
        "limits.forget": _without_payload(limits.forget_old_counts),
    },
    gave_up={outbox.DELIVER: outbox.mark_given_up},
    schedules=(
        Schedule("mails.adopt", Every.HOUR, at=time(0, 5)),
        Schedule("limits.forget", Every.DAY, at=time(3, 10)),
        Schedule("jobs.forget", Every.DAY, at=time(3, 20)),
        Schedule("mails.forget", Every.DAY, at=time(3, 30)),
    ),
)
