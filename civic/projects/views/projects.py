"""The page of a project, and what those write who begin or change one."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.activity.queries import history
from civic.comments.forms import CommentForm
from civic.comments.queries import thread
from civic.contributions import queries as contributions
from civic.core import html
from civic.core.language import current_language, slugify
from civic.core.numbers import number_in
from civic.core.page import go_to, page, wants_fragment
from civic.core.policy import demand
from civic.core.urls import url_for
from civic.follows import queries as follows
from civic.ideas.models import Idea
from civic.municipalities import queries as municipalities
from civic.municipalities.models import Municipality
from civic.organisations.current import voices
from civic.organisations.models import Joining
from civic.projects import policy, service
from civic.projects.address import url_of_project
from civic.projects.forms.projects import MOST_BODY, ProjectForm
from civic.projects.models import Project, ProjectDraft, ProjectState
from civic.projects.queries import projects, team, work
from civic.projects.service import Outline
from civic.projects.views.room import bp
from civic.testbeds.queries import pilots_of
from civic.topics import queries as topics
from civic.votes import queries as votes

#: What a project looks for, as far as its page shows it.
FIRST_OPENINGS = 3
#: Fields of the form that are fields of an `Outline` as they stand.
WORDS = ("title", "goal", "problem", "beneficiaries", "place", "budget_note", "funding")
FIGURES = ("latitude", "longitude", "begins_on", "ends_on", "budget")
MODERATION = ("moderation.hidden", "moderation.blocked", "moderation.restored")
#: Acts that stand on the life line of a project; the others are of the team and its administration.
PUBLIC_ACTS = (
    "project.begun",
    "project.approved",
    "project.started",
    "project.paused",
    "project.resumed",
    "project.completed",
    "project.ended",
    "project.lessons_written",
    "project.contact_named",
    "project.became_innovation",
    *MODERATION,
)
INNER_ACTS = ("project.proposed", "project.refused")
MOST_ACTS = 30


@bp.get("/<int:id>")
@bp.get("/<int:id>-<slug>")
def show(id: int, slug: str = "") -> BaseResponse:
    """The page of a project; an old or missing slug leads to the present one."""
    project = projects.get(actor(), id)
    if slug != slugify(project.title):
        return redirect(url_of_project(project), 301)
    return page(
        "projects/show.html",
        project=project,
        topics=topics.of_thing(project.id),
        **life_of(project),
        **voices_on(project),
        **work.overview(actor(), project),
        openings=team.open_openings(project, FIRST_OPENINGS),
        my_request=team.my_request(actor(), project),
    )


def life_of(project: Project) -> dict[str, Any]:
    """On what it stands, what has grown from it, where it was tried, and what has happened."""
    is_inside = project.is_open_before_publication(actor())
    verbs = (*PUBLIC_ACTS, *INNER_ACTS) if is_inside else PUBLIC_ACTS
    acts = history(project, verbs, MOST_ACTS)
    return {
        "earlier": contributions.earlier(project),
        "later": contributions.later(project),
        "pilots": pilots_of(project, inner=project.is_kept_by(actor())),
        "acts": acts,
        "last_word": next((act for act in acts if act.verb == f"project.{project.state}"), None),
    }


def voices_on(project: Project) -> dict[str, Any]:
    """Votes, followers and what is said about it."""
    args = request.args
    sort, cursor = args.get("sortierung", ""), args.get("nach", "")
    return {
        "my_vote": votes.my_vote(actor(), project),
        "is_followed": bool(follows.followed(actor(), [project.id])),
        "thread": thread(actor(), project, sort=sort, cursor=cursor),
        "comment_form": CommentForm(formdata=None),
    }


# -- beginning -------------------------------------------------------------------------------


@bp.route("/neu", methods=["GET", "POST"])
@login_required
def new() -> BaseResponse:
    """Begin a project, from ideas or without one: one page, a draft kept on the way."""
    draft = projects.draft_of(actor())
    form = offered(begin_form(draft))
    if "draft" in request.form:
        return keep_draft(form)
    is_looking = "look" in request.form
    if not is_looking and form.validate_on_submit() and (town := form.municipality.place):
        with form.rules():
            return begun(form, town)
    return page(
        "projects/new.html",
        form=form,
        draft=draft,
        is_looking=is_looking,
        status=form.status,
    )


def begun(form: ProjectForm, municipality: Municipality) -> BaseResponse:
    """Begin what the form says. Raises `RuleBroken`."""
    project = service.begin_project(
        actor(),
        municipality,
        outline_of(form),
        slugs=form.topics.data or [],
        ideas=ideas_of(form),
        organisation=form.voice.organisation,
    )
    if project.state == ProjectState.PROPOSED:
        flash(_("Thank you. The administration now has a look at your project."), "success")
    else:
        flash(_("Your project is there. Now you can fill the team."), "success")
    return go_to(url_of_project(project))


def begin_form(draft: ProjectDraft | None) -> ProjectForm:
    """What was sent, else the draft, else what the link that led here says."""
    asked = asked_ideas()
    if request.method == "POST":
        return ProjectForm()
    if draft is not None:
        form = ProjectForm(MultiDict(draft.typed))
        form.ideas.data = [*(form.ideas.data or []), *asked]
        return form
    return ProjectForm(formdata=None, data=first_words(asked))


def asked_ideas() -> list[int]:
    """The ideas that the address names: `?idee=1&idee=2`."""
    return [n for n in map(number_in, request.args.getlist("idee")[:20]) if n]


def first_words(asked: list[int]) -> dict[str, object]:
    """Where the ideas are at home the project is, too; else where the person is."""
    found = projects.ideas(actor(), asked)
    place = municipalities.addressed(request.args.get("kommune", ""))
    if found:
        place = place or found[0].municipality
    return {
        "ideas": [idea.id for idea in found],
        "title": found[0].title if len(found) == 1 else "",
        "topics": [topic.slug for topic in topics.of_thing(found[0].id)] if found else [],
        "municipality": place or municipalities.by_id(actor().home_id),
    }


def offered(form: ProjectForm) -> ProjectForm:
    """Give the form its choices; the ideas are those chosen and those that were looked for."""
    form.municipality.offer(municipalities)
    form.topics.choices = topics.choices(current_language())
    if form.voice:
        form.voice.offer(voices())
    chosen = list(dict.fromkeys(form.ideas.data or []))
    cards = projects.idea_cards(chosen)
    found = projects.find_ideas(form.find.data or "")
    form.offer([*cards, *(card for card in found if card.id not in chosen)])
    return form


def outline_of(form: ProjectForm) -> Outline:
    """What the form says of the project."""
    words: dict[str, Any] = {name: form[name].data or "" for name in WORDS}
    figures: dict[str, Any] = {name: form[name].data for name in FIGURES}
    return Outline(**words, **figures, joining=Joining(form.joining.data))


def ideas_of(form: ProjectForm) -> list[Idea]:
    """The ideas that were chosen, as far as the person may see them."""
    return projects.ideas(actor(), form.ideas.data or [])


# -- the draft -------------------------------------------------------------------------------


def keep_draft(form: ProjectForm) -> BaseResponse:
    """Save what is typed, however unfinished; no rule of a project applies to a draft."""
    sent = request.form.to_dict(flat=False)
    draft = service.save_draft(
        actor(), {name: values for name, values in sent.items() if name in form.kept}
    )
    if wants_fragment():
        return page("projects/new.html", fragment="draft_state", draft=draft)
    flash(_("Your draft is saved. Only you can see it."), "success")
    return redirect(url_for("projects.new"), 303)


@bp.post("/entwurf")
@login_required
def draft() -> BaseResponse:
    """Save the draft while somebody types (htmx), or by the button."""
    return keep_draft(ProjectForm())


@bp.post("/entwurf/verwerfen")
@login_required
def discard() -> BaseResponse:
    """Throw the draft away."""
    service.discard_draft(actor())
    flash(_("Your draft is thrown away."), "info")
    return go_to(url_for("projects.index"))


@bp.post("/vorschau/<any(goal, problem, lessons, words):field>")
@login_required
def preview(field: str) -> Response:
    """A text as it will look."""
    text = html.render(request.form.get(field, "")[:MOST_BODY], top=3)
    template = "projects/preview.html"  # with a block for each of these fields
    return page(template, fragment=f"{field}_preview", name=field, body_html=text)


# -- changing --------------------------------------------------------------------------------


@bp.route("/<int:id>/bearbeiten", methods=["GET", "POST"])
@login_required
def edit(id: int) -> BaseResponse:
    """Change what a project says of itself and on which ideas it stands."""
    project = projects.get(actor(), id)
    demand(policy.may_edit, actor(), project)
    form = edit_form(project)
    if "look" not in request.form and form.validate_on_submit():
        with form.rules():
            service.edit_project(
                actor(),
                project,
                outline_of(form),
                slugs=form.topics.data or [],
                ideas=ideas_of(form),
                seen=number_in(form.seen.data),
            )
            flash(_("Your changes are saved."), "success")
            return go_to(url_of_project(project))
    is_looking = "look" in request.form
    return page(
        "projects/edit.html", form=form, project=project, is_looking=is_looking, status=form.status
    )


def edit_form(project: Project) -> ProjectForm:
    """The form with what holds now; where it is and in whose name it began stays."""
    data = {name: getattr(project, name) for name in (*WORDS, *FIGURES)}
    data["joining"] = project.joining.value
    data["seen"] = str(project.version)
    data["topics"] = [topic.slug for topic in topics.of_thing(project.id)]
    data["ideas"] = [idea.id for idea in projects.ideas_below(project)]
    form = offered(ProjectForm(data=data))
    del form.municipality, form.voice
    return form
