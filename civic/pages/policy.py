"""Who writes the pages that the law asks for."""

from civic.accounts.models import Actor


def may_edit(actor: Actor) -> bool:
    """The platform; a wrong imprint is a matter for court."""
    return actor.is_admin()


RULES = {"page.edit": may_edit}
