"""Door plate of the test beds."""

from civic.core.feature import Feature, Kind, NavItem, SavedList
from civic.core.language import N_
from civic.testbeds import address, filters, jobs, policy, views
from civic.testbeds.cli import testbeds as commands
from civic.testbeds.models import Testbed

feature = Feature(
    name="testbeds",
    blueprint=views.bp,
    kinds=(
        Kind(
            Testbed,
            N_("Test bed"),
            N_("Test beds"),
            address.url_of_testbed,
            address.sign_of_testbed,
        ),
    ),
    verbs={
        "testbed.opened": N_("Test bed opened"),
        "testbed.edited": N_("Details of the test bed changed"),
        "testbed.closed": N_("The test bed takes no more applications"),
        "testbed.reopened": N_("The test bed takes applications again"),
        "pilot.applied": N_("Application for a place in the test bed"),
        "pilot.withdrawn": N_("Application for a place taken back"),
        "pilot.admitted": N_("Admitted to a test bed"),
        "pilot.refused": N_("Not admitted to a test bed"),
        "pilot.finished": N_("Pilot in a test bed finished"),
    },
    notices={
        "testbed.opened": "new",
        "testbed.closed": "change",
        "testbed.reopened": "change",
        "pilot.applied": "duty",
        "pilot.admitted": "answer",
        "pilot.refused": "team",  # to those who asked; what was refused is nobody else's business
        "pilot.finished": "answer",
    },
    jobs=jobs.JOBS,
    schedules=jobs.SCHEDULES,
    rules=policy.RULES,
    saved_lists=(SavedList("testbeds.index", filters.NAMES, filters.describe, filters.among),),
    cli=(commands,),
    nav=(NavItem(N_("Test beds"), "testbeds.index", 30),),
    globals={
        "sign_of_pilot": address.sign_of_pilot,
        "places_in_words": address.places_in_words,
        "span_in_words": address.span_in_words,
    },
    offers=("testbeds/_apply.html",),
)
