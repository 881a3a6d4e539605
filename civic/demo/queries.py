"""Whether there is room for the demo."""

from sqlalchemy import func, select

from civic.accounts.models import User
from civic.core.db import db


def is_empty() -> bool:
    """Nobody has registered yet: only then may the demo move in."""
    return not db.session.scalar(select(func.count()).select_from(User))
