"""News of a project: for everybody or for the team, with what is said about them."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from civic.accounts.models import Nobody
from civic.comments import service as comments
from civic.contributions.models import Contribution
from civic.core import clock, paging
from civic.core.db import db
from civic.core.errors import Forbidden, Missing, RuleBroken, TooMany
from civic.moderation import service as moderation
from civic.projects import service
from civic.projects.models import ProjectPost, ProjectState
from civic.projects.queries import posts
from tests.projects.scene import acts, make_scene, make_team_of, rows_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WORDS = {"title": "Die erste Bank steht", "body": "Seit gestern steht die **erste** Bank."}


@pytest.fixture
def scene(inside):
    with clock.at(NOW):
        yield make_scene()


def post_of(scene, actor=None, **changes):
    return service.add_post(
        actor or scene.member, scene.project, **(WORDS | {"is_inner": False} | changes)
    )


def titles(viewer, project):
    window = paging.window(
        posts.listing(viewer, project), posts.NEWEST, "", 50, params={"project": project.id}
    )
    return [row.title for row in window.items]


def is_seen(viewer, post):
    try:
        posts.get(viewer, post.id)
    except Missing:
        return False
    return True


def test_public_news_are_told_to_those_who_follow_the_project(scene):
    post = post_of(scene)
    (act,) = rows_of(scene.project)
    assert (act.verb, act.detail) == ("project_post.published", str(post.id))
    assert "<strong>erste</strong>" in post.body_html
    assert is_seen(Nobody(), post)
    assert post.reference is None


def test_inner_news_are_of_the_team_alone(scene):
    post = post_of(scene, is_inner=True, title="Nur unter uns")
    assert acts(scene.project) == []
    for person in (scene.lead, scene.member):
        assert is_seen(person, post)
        assert titles(person, scene.project) == ["Nur unter uns"]
    for outsider in (Nobody(), *scene.outsiders):
        assert not is_seen(outsider, post)
        assert titles(outsider, scene.project) == []


def test_inner_news_may_be_shown_to_everybody_but_never_the_other_way(scene):
    post = post_of(scene, is_inner=True)
    with clock.at(NOW + timedelta(hours=1)):
        service.edit_post(scene.lead, post, **WORDS, is_inner=False)
    assert acts(scene.project) == ["project_post.published"]
    assert (post.created_at, post.published_at) == (NOW, NOW + timedelta(hours=1))
    with pytest.raises(RuleBroken) as refused:
        service.edit_post(scene.lead, post, **WORDS, is_inner=True)
    assert refused.value.field == "audience"


def test_a_change_says_when_and_only_a_change_does(scene):
    post = post_of(scene)
    service.edit_post(scene.lead, post, **WORDS, is_inner=False)
    assert post.updated_at is None
    service.edit_post(scene.lead, post, title="Schon zwei", body="Zwei Bänke!", is_inner=False)
    assert post.updated_at == NOW
    assert post.summary == "Zwei Bänke!"
    assert acts(scene.project) == ["project_post.published"]


@pytest.mark.parametrize(
    ("changes", "field"), [({"title": "x"}, "title"), ({"body": "kurz"}, "body")]
)
def test_news_say_something(scene, changes, field):
    with pytest.raises(RuleBroken) as refused:
        post_of(scene, **changes)
    assert refused.value.field == field


def test_before_the_project_is_public_its_news_are_for_the_team(scene):
    early = make_team_of(scene.lead, municipality=scene.project.municipality, public=False)
    with pytest.raises(RuleBroken) as refused:
        service.add_post(scene.lead, early, **WORDS, is_inner=False)
    assert refused.value.field == "audience"
    post = service.add_post(scene.lead, early, **WORDS, is_inner=True)
    assert not is_seen(scene.staff, post)


def test_news_are_hidden_with_their_project(scene):
    post = post_of(scene)
    moderation.hide(scene.moderator, scene.project, reason="Werbung für ein Geschäft")
    assert not is_seen(scene.resident, post)
    assert not post.takes_comments
    assert is_seen(scene.moderator, post)


def test_what_moderators_hide_nobody_changes_or_removes(scene):
    post = post_of(scene)
    moderation.hide(scene.moderator, post, reason="Nennt eine private Person")
    with pytest.raises(Forbidden):
        service.edit_post(scene.member, post, **WORDS, is_inner=False)
    with pytest.raises(Forbidden):
        service.remove_post(scene.member, post)
    assert titles(scene.resident, scene.project) == []
    assert titles(scene.member, scene.project) == [WORDS["title"]]


def test_nobody_outside_writes_and_nothing_is_written_after_the_end(scene):
    post = post_of(scene)
    for outsider in scene.outsiders:
        with pytest.raises(Forbidden):
            post_of(scene, outsider)
        with pytest.raises(Forbidden):
            service.edit_post(outsider, post, **WORDS, is_inner=False)
        with pytest.raises(Forbidden):
            service.remove_post(outsider, post)
    scene.project.state = ProjectState.COMPLETED
    db.session.commit()
    with pytest.raises(Forbidden):
        post_of(scene)
    assert not post.takes_files
    assert is_seen(Nobody(), post)


def test_removed_news_take_what_was_said_with_them(scene):
    post = post_of(scene)
    said = comments.add_comment(scene.resident, post, body="Wie schön!")
    comments.add_comment(scene.lead, post, body="Danke!", parent=said)
    service.remove_post(scene.lead, post)
    left = select(func.count()).where(Contribution.kind.in_(["comment", "project_post"]))
    assert db.session.scalar(left) == 0
    assert acts(scene.project) == ["project_post.published", "project_post.removed"]


def test_who_leaves_the_platform_may_take_their_news_along(scene):
    kept, gone = post_of(scene, scene.lead), post_of(scene)
    service.forget_posts(scene.member, erase=False)
    assert db.session.get(ProjectPost, gone.id) is not None
    service.forget_posts(scene.member, erase=True)
    assert db.session.scalars(select(ProjectPost.id)).all() == [kept.id]


def test_a_day_has_so_many_news(scene):
    for n in range(20):
        post_of(scene, title=f"Nachricht {n}")
    with pytest.raises(TooMany):
        post_of(scene)


def test_the_list_is_read_page_by_page(scene):
    for n in range(5):
        with clock.at(NOW + timedelta(minutes=n)):
            post_of(scene, title=f"Nachricht {n}")
    seen, cursor = [], ""
    for _ in range(3):
        window = paging.window(
            posts.listing(Nobody(), scene.project),
            posts.NEWEST,
            cursor,
            2,
            params={"project": scene.project.id},
        )
        seen += [row.title for row in window.items]
        cursor = window.next
    assert seen == [f"Nachricht {n}" for n in (4, 3, 2, 1, 0)]
    assert not cursor
