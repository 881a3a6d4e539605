"""Door plate of the room."""

from civic.attachments import address, cli, jobs, policy, service, views
from civic.core.feature import Feature
from civic.core.language import N_

feature = Feature(
    name="attachments",
    blueprint=views.bp,
    verbs={
        "attachment.added": N_("File added"),
        "attachment.changed": N_("Words beside a file changed"),
        "attachment.removed": N_("File removed"),
        "attachment.taken_down": N_("File removed by the moderation"),
    },
    rules=policy.RULES,
    globals={
        "url_of_file": address.url_of_file,
        "sources_of": address.sources_of,
        "file_size": address.file_size,
        "file_kind": address.file_kind,
    },
    jobs=jobs.JOBS,
    schedules=jobs.SCHEDULES,
    cli=(cli.group,),
    forget=service.forget,
)
