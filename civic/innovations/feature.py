"""Door plate of the innovations."""

from flask import Flask

from civic.accounts.models import System
from civic.activity.models import Activity
from civic.activity.service import recorded
from civic.core.feature import Feature, Kind, NavItem, SavedList
from civic.core.language import N_
from civic.innovations import address, filters, jobs, policy, service
from civic.innovations.address import (
    cite,
    curve,
    exchange,
    family,
    figures,
    licences,
    steps,
    timeline,
)
from civic.innovations.cli import innovations as commands
from civic.innovations.models import Exchange, Innovation
from civic.innovations.views import bp
from civic.innovations.views import entries as entry_pages
from civic.innovations.views import exchange as exchange_pages
from civic.innovations.views import figures as figure_pages
from civic.innovations.views import gates as gate_pages
from civic.innovations.views import impact as impact_pages
from civic.innovations.views import register as register_pages
from civic.innovations.views import reuse as reuse_pages

#: Their routes are on the blueprint once they are imported.
PAGES = (
    register_pages,
    reuse_pages,
    exchange_pages,
    impact_pages,
    entry_pages,
    gate_pages,
    figure_pages,
)


def _listen(activity: Activity) -> None:
    """Gates and the moderation know nothing of families; the numbers of uses follow them."""
    service.follow_activity(System(), activity)


def _setup(app: Flask) -> None:
    del app
    recorded.connect(_listen)


feature = Feature(
    name="innovations",
    blueprint=bp,
    kinds=(
        Kind(
            Innovation,
            N_("Innovation"),
            N_("Innovations"),
            address.url_of_innovation,
            address.sign_of_innovation,
        ),
        Kind(
            Exchange,
            N_("Offer or need"),
            N_("Offers and needs"),
            exchange.url_of_exchange,
            exchange.sign_of_exchange,
        ),
    ),
    verbs={
        "innovation.registered": N_("Entered in the register"),
        "project.became_innovation": N_("Entered in the register of innovations"),
        "innovation.edited": N_("Entry changed"),
        "innovation.gate_passed": N_("A step is decided"),
        "innovation.ended": N_("Honestly ended"),
        "innovation.measured": N_("New figures"),
        "innovation.taken_over": N_("Another municipality takes it over"),
        "innovation.spread": N_("One more municipality takes over what began here"),
        "innovation.degree_changed": N_("A taking over has moved on or back"),
        "exchange.posted": N_("Posted on the exchange"),
        "exchange.edited": N_("Post changed"),
        "exchange.settled": N_("Settled"),
        "exchange.ended": N_("The day has passed, the post is closed"),
        # Not the kind's own verbs, which everybody reads in the feed of the thing: proposals and
        # refusals are between team and deciders.
        "gate.proposed": N_("The team proposes a step and waits for your decision"),
        "gate.asked": N_("The team proposes a step; your organisation can decide"),
        "gate.withdrawn": N_("The proposed step is taken back"),
        "gate.refused": N_("The proposed step was not agreed to"),
    },
    notices={
        "innovation.registered": "new",
        "project.became_innovation": "change",
        "innovation.gate_passed": "answer",
        "innovation.ended": "change",
        "innovation.taken_over": "change",
        "innovation.spread": "change",
        "innovation.degree_changed": "change",
        "exchange.posted": "new",
        "exchange.settled": "change",
        "exchange.ended": "change",
        "gate.proposed": "duty",
        "gate.asked": "team",
        "gate.refused": "team",
    },
    rules=policy.RULES,
    globals={
        "citation_of": cite.citation_of,
        "curve_of": curve.curve,
        "fits_columns": curve.fits_columns,
        "fault_words": figures.fault_words,
        "figure": figures.figure,
        "with_unit": figures.with_unit,
        "money_words": figures.money,
        "changed_parts": figures.parts_in_words,
        "series_message": figures.message,
        "series_words": figures.in_words,
        "licence_words": licences.licence_words,
        "step_words": steps.step_words,
        "gate_sign": steps.gate_sign,
        "kin_of": family.kin_of,
        "degree_words": family.degree_words,
        "cost_words": filters.cost_words,
        "until_words": exchange.until_words,
        "stage_sign": timeline.stage_sign,
    },
    setup=_setup,
    jobs=jobs.JOBS,
    schedules=jobs.SCHEDULES,
    saved_lists=(
        SavedList("innovations.index", filters.NAMES, filters.describe, filters.among),
        SavedList(
            "innovations.exchange",
            filters.EXCHANGE_NAMES,
            filters.describe_exchange,
            filters.exchange_among,
        ),
    ),
    nav=(NavItem(N_("Innovations"), "innovations.index", 25),),
    account_nav=(NavItem(N_("What became of it"), "innovations.impact", 25, whole_room=False),),
    cli=(commands,),
    offers=("innovations/_register.html",),
    forget=service.forget_contact,
)
