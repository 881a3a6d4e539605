"""At the same moment, on a real file and a real server: somebody always owns an organisation."""

from __future__ import annotations

from functools import partial

from civic.accounts.models import User
from civic.core.db import db
from civic.core.errors import Forbidden, Missing, RuleBroken
from civic.organisations import queries, service
from civic.organisations.models import Joining, Organisation, OrganisationRole, RequestState
from tests.make import make_user
from tests.make_organisations import add_member, make_organisation
from tests.race import let_through

OWNER, EDITOR, MEMBER = OrganisationRole
ROUNDS = 6
#: Which of the acts came through; the rest were refused, as they had to be.
at_once = partial(let_through, refusals=(Forbidden, Missing, RuleBroken))


def user(id):
    return db.session.get_one(User, id)


def organisation(id):
    return db.session.get_one(Organisation, id)


def prepared(house, number):
    """An organisation of so many owners and one editor: its number and those of the owners."""
    with house.app_context():
        owner = make_user()
        found = make_organisation(owner)
        owners = [owner.id, *(add_member(found, role=OWNER).id for _ in range(number - 1))]
        editor = add_member(found, role=EDITOR).id
        return found.id, owners, editor


def owners_of(house, id):
    with house.app_context():
        return [owner.id for owner in queries.owners(organisation(id))]


def test_of_two_owners_who_leave_at_once_one_stays(house):
    for _ in range(ROUNDS):
        number, owners, _ = prepared(house, 2)
        at_once(
            house,
            [
                lambda a=owner, o=number: service.leave_organisation(user(a), organisation(o))
                for owner in owners
            ],
        )
        assert len(owners_of(house, number)) == 1


def test_who_takes_the_other_out_does_not_leave_it_empty(house):
    for _ in range(ROUNDS):
        number, (one, two), _ = prepared(house, 2)
        at_once(
            house,
            [
                lambda o=number, a=one, b=two: service.remove_member(user(a), organisation(o), b),
                lambda o=number, a=two, b=one: service.remove_member(user(a), organisation(o), b),
                lambda o=number, a=one: service.change_role(user(a), organisation(o), a, MEMBER),
                lambda o=number, a=two: service.leave_organisation(user(a), organisation(o)),
            ],
        )
        assert len(owners_of(house, number)) >= 1


def test_owners_who_delete_their_accounts_at_once_leave_an_heir(house):
    for _ in range(ROUNDS):
        number, owners, editor = prepared(house, 2)

        def go(person):
            service.forget_member(user(person), erase=False)

        at_once(house, [lambda o=o: go(o) for o in owners])
        assert owners_of(house, number) == [editor]


def test_one_link_clicked_many_times_makes_one_member(house):
    for _ in range(ROUNDS):
        with house.app_context():
            owner, guest = make_user(), make_user()
            found = make_organisation(owner)
            service.invite(owner, found, email=guest.email, role=EDITOR, language="de")
            [sent] = queries.invitations_to(guest.email_key)
            id, person, number = found.id, guest.id, sent.id

        def click(person=person, number=number):
            own = queries.invitations_to(user(person).email_key)
            invitation = next((each for each in own if each.id == number), None)
            if invitation is not None:
                service.accept_invitation(user(person), invitation)

        at_once(house, [click] * 6)
        with house.app_context():
            assert queries.member_count(organisation(id)) == 2


def test_of_invitations_to_one_address_at_once_one_holds(house):
    for number in range(ROUNDS):
        with house.app_context():
            owner = make_user()
            id, person = make_organisation(owner).id, owner.id

        def ask(id=id, person=person, to=f"gast{number}@example.org"):
            service.invite(user(person), organisation(id), email=to, role=MEMBER, language="de")

        at_once(house, [ask] * 3)
        with house.app_context():
            assert len(db.session.scalars(queries.invitations(organisation(id))).all()) == 1


def test_a_request_is_made_once_and_answered_once(house):
    for _ in range(ROUNDS):
        with house.app_context():
            owner, person = make_user(), make_user()
            found = make_organisation(owner, joining=Joining.REQUEST)
            ids = found.id, owner.id, person.id

        def ask(ids=ids):
            service.ask_to_join(user(ids[2]), organisation(ids[0]), message="Bitte")

        at_once(house, [ask] * 4)
        with house.app_context():
            [asked] = db.session.scalars(queries.requests(organisation(ids[0]))).all()
            number = asked.id

        def answer(is_accepted, ids=ids, number=number):
            asked = queries.request(organisation(ids[0]), number)
            service.answer_request(user(ids[1]), asked, is_accepted=is_accepted, answer="So ist es")

        at_once(house, [lambda: answer(True), lambda: answer(False)])
        with house.app_context():
            settled = queries.request(organisation(ids[0]), number)
            members = queries.member_count(organisation(ids[0]))
            assert (settled.state, members) in {
                (RequestState.ACCEPTED, 2), (RequestState.DECLINED, 1)
            }  # fmt: skip


def test_a_name_is_given_once(house):
    with house.app_context():
        people = [make_user().id for _ in range(4)]
    at_once(
        house,
        [lambda p=p: make_organisation(user(p), name="Wir alle auf einmal") for p in people],
    )
    with house.app_context():
        bearers = db.session.query(Organisation).filter_by(name="Wir alle auf einmal").count()
        assert bearers == 1
