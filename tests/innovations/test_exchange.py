"""The exchange: who may post, what fits whom, and that it ends on its day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from civic.accounts.models import Role, System
from civic.activity.models import Activity
from civic.comments import policy as comments
from civic.contributions.address import house, sign_of, url_of
from civic.core import clock, paging
from civic.core.db import db
from civic.core.errors import Conflict, Forbidden, Missing, RuleBroken
from civic.innovations import filters, jobs, service
from civic.innovations.models import Direction, Exchange
from civic.innovations.queries import exchange as queries
from civic.innovations.queries.exchange import Filters
from civic.moderation import service as moderation
from civic.organisations.models import OrganisationRole
from tests.make import make_municipality, make_topic, make_user
from tests.make_innovations import make_innovation
from tests.make_organisations import add_member, make_organisation
from tests.make_reuse import POST_BODY, make_exchange

WANTED, OFFERED = Direction.WANTED, Direction.OFFERED


def titles(wanted=None):
    wanted = wanted or Filters()
    window = paging.window(queries.listing(wanted), queries.ORDER, "", 50)
    assert paging.count(queries.found(wanted)).number == len(window.items)
    return [card.title for card in window.items]


def post(**changes):
    words = {
        "direction": WANTED,
        "title": "Erfahrung mit Sprechstunden",
        "body": POST_BODY,
        "slugs": [make_topic().slug],
        "until_on": clock.today() + timedelta(days=9),
    }
    return service.Post(**words | changes)


def verbs(thing):
    acts = select(Activity.verb).where(Activity.contribution_id == thing.id).order_by(Activity.id)
    return db.session.scalars(acts).all()


def test_administration_and_speakers_of_an_organisation_post(inside):
    town, organisation = make_municipality(), make_organisation()
    staff = make_user(roles=[(Role.STAFF, town)])
    made = service.post_exchange(staff, town, post())
    assert (made.state, made.voice, made.stands) == (WANTED, staff.name, True)
    assert verbs(made) == ["exchange.posted"]
    editor = add_member(organisation, role=OrganisationRole.EDITOR)
    made = service.post_exchange(editor, make_municipality(), post(), organisation)
    assert made.voice == organisation.name


def test_nobody_else_posts(inside):
    town, organisation = make_municipality(), make_organisation()
    member = add_member(organisation)
    neighbour = make_user(roles=[(Role.STAFF, make_municipality())])
    for actor, spoken_for in ((make_user(), None), (neighbour, None), (member, organisation)):
        with pytest.raises(Forbidden):
            service.post_exchange(actor, town, post(), spoken_for)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "Kurz"}, "title"),
        ({"body": "Zu wenig."}, "body"),
        ({"slugs": []}, "topics"),
        ({"until_on": date(2020, 1, 1)}, "until_on"),
        ({"until_on": date(2999, 1, 1)}, "until_on"),
    ],
)
def test_what_a_post_owes(inside, changes, field):
    town = make_municipality()
    staff = make_user(roles=[(Role.STAFF, town)])
    with pytest.raises(RuleBroken) as broken:
        service.post_exchange(staff, town, post(**changes))
    assert broken.value.field == field


def test_the_list_filters_by_direction_place_topic_and_words(inside):
    county = make_municipality()
    village = make_municipality(parent=county)
    topic = make_topic()
    first = make_exchange(WANTED, municipality=village, title="Wer hat einen Bücherbus?")
    second = make_exchange(OFFERED, slugs=[topic.slug], title="Wir zeigen, wie es geht")
    assert titles() == [second.title, first.title]
    assert titles(Filters(direction=WANTED)) == [first.title]
    assert titles(Filters(municipality=county)) == [first.title]
    assert titles(Filters(topics=[topic.slug])) == [second.title]
    assert titles(Filters(text="Bücherbus")) == [first.title]


def test_what_is_settled_over_or_hidden_is_in_no_list(inside):
    settled, over, hidden = (make_exchange() for _ in range(3))
    service.settle_exchange(settled.author, settled)
    over.until_on = clock.today() - timedelta(days=1)
    moderator = make_user(roles=[(Role.MODERATOR, hidden.municipality)])
    moderation.hide(moderator, hidden, reason="Werbung für ein Geschäft")
    db.session.flush()
    assert titles() == []
    assert not any(one.stands for one in (settled, over, hidden))
    reader = make_user()
    assert not any(comments.may_add(reader, one) for one in (settled, over))
    with pytest.raises(Missing):
        queries.get(reader, hidden.id)


def test_comments_serve_as_contact_while_it_stands(inside):
    made = make_exchange()
    assert comments.may_add(make_user(), made)
    assert not made.takes_votes


def test_matches_are_the_other_side_with_a_shared_topic_other_places_first(inside):
    one, two, three = (make_topic().slug for _ in range(3))
    town = make_municipality()
    mine = make_exchange(WANTED, municipality=town, slugs=[one, two])
    here = make_exchange(OFFERED, municipality=town, slugs=[one, two], title="Hier im Ort gibt es")
    far = make_exchange(OFFERED, slugs=[one, three], title="Anderswo gibt es es auch")
    best = make_exchange(OFFERED, slugs=[one, two], title="Anderswo passt noch besser")
    make_exchange(WANTED, slugs=[one])
    make_exchange(OFFERED, slugs=[three])
    make_exchange(OFFERED, slugs=[one], author=mine.author, municipality=town)
    over = make_exchange(OFFERED, slugs=[one])
    over.until_on = clock.today() - timedelta(days=1)
    db.session.flush()
    assert [card.title for card in queries.matches(mine)] == [best.title, far.title, here.title]
    assert mine.title in [card.title for card in queries.matches(best)]


def test_an_organisation_does_not_fit_itself(inside):
    organisation = make_organisation()
    people = [add_member(organisation, role=OrganisationRole.EDITOR) for _ in range(2)]
    slugs = [make_topic().slug]
    wanted, _offered = (
        make_exchange(direction, author=who, organisation=organisation, slugs=slugs)
        for direction, who in zip((WANTED, OFFERED), people, strict=True)
    )
    assert queries.matches(wanted) == []


def test_who_keeps_it_changes_it_and_lets_it_stand_longer(inside):
    made = make_exchange()
    colleague = make_user(roles=[(Role.STAFF, made.municipality)])
    entry = make_innovation()
    later = clock.today() + timedelta(days=90)
    words = post(title="Erfahrung mit Bussen", until_on=later, innovation=entry)
    service.edit_exchange(colleague, made, words, seen=1)
    assert (made.title, made.until_on, made.innovation_id, made.version) == (
        "Erfahrung mit Bussen",
        later,
        entry.id,
        2,
    )
    assert titles(Filters(text="Bussen")) == [made.title]
    with pytest.raises(Conflict):
        service.edit_exchange(colleague, made, words, seen=1)
    with pytest.raises(Forbidden):
        service.edit_exchange(make_user(), made, words, seen=2)
    assert [card.id for card in queries.about(entry)] == [made.id]


def test_it_is_settled_once(inside):
    made = make_exchange()
    with pytest.raises(Forbidden):
        service.settle_exchange(make_user(), made)
    service.settle_exchange(made.author, made)
    assert (made.state, made.settled_at is not None) == ("settled", True)
    with pytest.raises(Forbidden):
        service.settle_exchange(made.author, made)


def test_the_night_closes_what_is_past_its_day(inside):
    over, last_day, open_end = make_exchange(), make_exchange(), make_exchange()
    over.until_on = clock.today() - timedelta(days=1)
    last_day.until_on = clock.today()
    open_end.until_on = None
    db.session.flush()
    jobs.end_exchanges({})
    assert over.state == "settled"
    assert verbs(over) == ["exchange.posted", "exchange.ended"]
    assert [last_day.state, open_end.state] == [WANTED, WANTED]
    assert service.end_exchanges(System()) == 0


def test_texts_of_an_older_renderer_are_rendered_anew(inside):
    made = make_exchange(renderer_version=0, body_html="alt")
    assert service.render_exchanges_anew(System()) == 1
    assert "Wochen" in made.body_html
    assert service.render_exchanges_anew(System()) == 0


def test_how_it_is_signed(inside):
    made = make_exchange()
    with inside.test_request_context(), force_locale("en"):
        assert url_of(made) == f"/innovationen/boerse/{made.id}-erfahrung-mit-sprechstunden"
        assert sign_of(made).label == "We are looking for"
        made.until_on = clock.today() - timedelta(days=1)
        assert sign_of(made).variant == "ended"
        service.settle_exchange(made.author, made)
        assert sign_of(made).label == "Settled"


def test_the_address_of_the_list(inside):
    make_topic("laden", name_de="Laden", name_en="Shops")
    params = {"richtung": ["suchen"], "thema": ["laden"], "q": [" Bus "]}
    wanted = filters.read_exchange(params)
    assert (wanted.direction, wanted.topics, wanted.text) == (WANTED, ("laden",), "Bus")
    plain = filters.exchange_address(wanted)
    assert plain == {"richtung": "suchen", "thema": ["laden"], "q": "Bus"}
    assert filters.read_exchange({"richtung": ["wanted"]}) == Filters()
    with force_locale("en"):
        assert filters.describe_exchange(params) == (
            "Exchange · Shops · We are looking for · “Bus”"
        )
    made = make_exchange(title="Wer hat einen Bus für uns?", slugs=["laden"])
    with inside.test_request_context():
        listed = house().saved_lists["innovations.exchange"]
    assert listed.among(params, [made.id]) == {made.id}
    assert listed.among({"richtung": ["bieten"]}, [made.id]) == set()


# -- pages ---------------------------------------------------------------------------------------


@pytest.fixture
def office(app):
    with app.app_context():
        town = make_municipality("Moosbach", slug="moosbach")
        staff = make_user(roles=[(Role.STAFF, town)], home_id=town.id)
        make_topic("laden")
        entry = make_innovation()
        db.session.commit()
        return {"staff": staff.id, "entry": entry.id, "reference": entry.reference}


def form_of(**changes):
    until = clock.today() + timedelta(days=20)
    return {
        "direction": "wanted",
        "title": "Erfahrung mit Sprechstunden",
        "body": POST_BODY,
        "topics": "laden",
        "until_on": until.strftime("%d.%m.%Y"),
        "municipality": "moosbach",
    } | changes


def test_from_the_innovation_to_a_post_about_it(app, browser, office):
    browser.sign_in(office["staff"])
    page = browser.get(f"/innovationen/boerse/neu?innovation={office['entry']}&richtung=bieten")
    assert page.one("input", name="innovation").get("value") == office["reference"]
    chosen = [i for i in page.all("input", name="direction") if i.get("checked") is not None]
    assert [i.get("value") for i in chosen] == ["offered"]
    made = browser.post(
        "/innovationen/boerse/neu", **form_of(innovation=office["reference"], direction="offered")
    )
    shown = browser.get(made.location)
    assert "Digitale Sprechstunde im Dorfladen" in shown.words
    assert "Erfahrung mit Sprechstunden" in browser.get("/innovationen/boerse").words


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"direction": ""}, "direction-0"),
        ({"until_on": "01.01.2020"}, "until_on"),
        ({"until_on": ""}, "until_on"),
        ({"innovation": "2020-99999"}, "innovation"),
        ({"municipality": ""}, "municipality"),
    ],
)
def test_what_is_wrong_stands_at_its_field(browser, office, changes, field):
    browser.sign_in(office["staff"])
    page = browser.post("/innovationen/boerse/neu", 422, **form_of(**changes))
    links = [a.get("href") for a in page.one("div", id="error_summary").iter("a")]
    assert links == [f"#{field}"]
    assert page.one("input", name="title").get("value") == "Erfahrung mit Sprechstunden"


def test_change_and_settle_on_their_pages(app, browser, office):
    browser.sign_in(office["staff"])
    url = browser.post("/innovationen/boerse/neu", **form_of()).location
    number = url.rsplit("/", 1)[1].split("-")[0]
    page = browser.get(f"/innovationen/boerse/{number}/bearbeiten")
    seen = page.one("input", name="seen").get("value")
    changed = form_of(title="Erfahrung mit Bussen", seen=seen)
    browser.post(f"/innovationen/boerse/{number}/bearbeiten", **changed)
    browser.post(f"/innovationen/boerse/{number}/bearbeiten", 409, **changed)
    browser.get(f"/innovationen/boerse/{number}/erledigt")
    browser.post(f"/innovationen/boerse/{number}/erledigt")
    with app.app_context():
        assert db.session.get_one(Exchange, int(number)).settled_at is not None
    browser.get(f"/innovationen/boerse/{number}/bearbeiten", status=403)
    assert browser.get(f"/innovationen/boerse/{number}", status=301).location.endswith("-bussen")


def test_strangers_are_asked_in_and_members_without_a_body_refused(app, browser, office):
    browser.get("/innovationen/boerse/neu", status=302)
    with app.app_context():
        member = make_user()
        db.session.commit()
        number = member.id
    browser.sign_in(number)
    browser.get("/innovationen/boerse/neu", status=403)
