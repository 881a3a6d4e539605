"""A rule is a pure function `(actor, thing) -> bool`; `demand` raises when it says no."""

from collections.abc import Callable

from civic.core.errors import Forbidden

Rule = Callable[..., bool]


def demand(rule: Rule, *args: object) -> None:
    """Raise `Forbidden` unless the rule allows it."""
    if not rule(*args):
        raise Forbidden(rule.__name__)
