"""Door plate of the room."""

from civic.core.feature import Feature
from civic.votes import cli, policy, queries, service, views

feature = Feature(
    name="votes",
    blueprint=views.bp,
    rules=policy.RULES,
    cli=(cli.group,),
    forget=service.forget,
    thing_acts=("votes/_mark.html",),
    marks=queries.marks,
)
