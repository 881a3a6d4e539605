"""An idea to act on, made without the room of ideas."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from civic.accounts.models import User
from civic.contributions import service as contributions
from civic.core import clock
from civic.core.db import transaction
from civic.ideas.models import Idea, IdeaState
from civic.municipalities.models import Municipality
from tests.make import make_municipality, make_user


@transaction()
def make_thing(
    author: User | None = None, municipality: Municipality | None = None, **changes: Any
) -> Idea:
    """A published idea."""
    author = author or make_user()
    idea = Idea(
        **{
            "author_id": author.id,
            "municipality": municipality or make_municipality(),
            "title": "Die Bücherei abends öffnen",
            "summary": "Wer bis 18 Uhr arbeitet, kommt nie hinein.",
            "state": IdeaState.OPEN,
            "body": "Text",
            "body_html": "<p>Text</p>",
            "renderer_version": 1,
            "answer_due_on": clock.today() + timedelta(days=28),
        }
        | changes
    )
    contributions.publish(author, idea)
    return idea
