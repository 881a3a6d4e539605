"""Door plate of the room."""

from flask import current_app

from civic.config import Config
from civic.core.feature import Feature
from civic.core.language import N_
from civic.moderation import policy, views


def objection_address() -> str:
    """Where an author can write to who thinks a decision is wrong."""
    config: Config = current_app.extensions["civic_config"]
    return config.contact_email


feature = Feature(
    name="moderation",
    blueprint=views.bp,
    verbs={
        "moderation.hidden": N_("Hidden by the moderation"),
        "moderation.blocked": N_("Held back by the moderation"),
        "moderation.restored": N_("Shown again by the moderation"),
    },
    notices={
        "moderation.hidden": "moderation",
        "moderation.blocked": "moderation",
        "moderation.restored": "moderation",
    },
    rules=policy.RULES,
    globals={"objection_address": objection_address},
    thing_acts=("moderation/_actions.html",),
)
