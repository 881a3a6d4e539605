"""Door plate of the organisations. Their list and pages stand in the room `directory`."""

from civic.core.feature import Feature, NavItem
from civic.core.language import N_
from civic.organisations import address, current, jobs, policy, service, views
from civic.organisations.cli import group

feature = Feature(
    name="organisations",
    blueprint=views.bp,
    #: Lines of an organisation's own log; nobody else is told of them.
    verbs={
        "organisation.founded": N_("Organisation opened"),
        "organisation.edited": N_("Profile changed"),
        "organisation.renamed": N_("Renamed"),
        "organisation.verified": N_("Confirmed by the municipality"),
        "organisation.unverified": N_("Confirmation by the municipality gone"),
        "organisation.member_invited": N_("Somebody invited"),
        "organisation.invitation_revoked": N_("Invitation withdrawn"),
        "organisation.member_joined": N_("Became a member"),
        "organisation.member_left": N_("Left the organisation"),
        "organisation.member_removed": N_("Member removed"),
        "organisation.request_accepted": N_("Request accepted"),
        "organisation.request_declined": N_("Request declined"),
        "organisation.role_changed": N_("Role changed"),
        "organisation.handed_over": N_("Handed over"),
        "organisation.inherited": N_("Became the owner, because the last one left"),
        "organisation.closed": N_("Organisation closed"),
        "organisation.published": N_("Published in its name"),
    },
    rules=policy.RULES,
    account_nav=(NavItem(N_("Organisations"), "organisations.mine", 25, whole_room=False),),
    globals={
        "voices": current.voices,
        "url_of_organisation": address.url_of_organisation,
        "logo_of": address.logo_of,
        "initials_of": address.initials_of,
    },
    cli=(group,),
    jobs=jobs.JOBS,
    schedules=jobs.SCHEDULES,
    forget=service.forget_member,
)
