"""What writing costs, how fast votes come in, and whether the counters are exact afterwards."""

from __future__ import annotations

import random
from itertools import product
from urllib.parse import urlencode

from tests.bench import wrk
from tests.bench.measure import Bench, Cost, Figure, wanted
from tests.bench.people import Person, sign_in
from tests.bench.reading import Place
from tests.bench.wrk import Expected, Request

CONNECTIONS = 16
VOTERS, IDEAS = 400, 200
MOST_PEOPLE = 20_000
#: Acts that are set aside for warming up, and how many of them are enough.
WARM, ENOUGH = 2500, 40
#: Comments of one person, and ideas, before the house says "too fast".
PACE = 20
VOTED = Expected("vote_withdraw")
_TARGETS = """
SELECT id, author_id FROM contribution WHERE kind = 'idea' AND hidden_at IS NULL
AND state IN ('open', 'in_review', 'taken_up') ORDER BY vote_count, id DESC LIMIT %s
"""
_WRONG = """
SELECT c.id FROM contribution c WHERE c.id = ANY(%s)
AND (c.vote_count <> (SELECT count(*) FROM vote v WHERE v.contribution_id = c.id)
OR c.comment_count <> (SELECT count(*) FROM comment k JOIN contribution t ON t.id = k.id
WHERE k.about_id = c.id AND t.hidden_at IS NULL AND t.state <> 'removed'))
"""
_GIVEN = "SELECT contribution_id, user_id FROM vote WHERE contribution_id = ANY(%s)"
_VOTES = "SELECT count(*) FROM vote WHERE contribution_id = ANY(%s)"


def writing(bench: Bench, place: Place) -> None:
    """Every act in turn; each takes other ideas."""
    if any(map(wanted, ("vote", "votes", "comment", "idea"))):
        Writing(bench, place).run()


class Writing:
    """People and the ideas that they write about."""

    def __init__(self, bench: Bench, place: Place) -> None:
        self.bench, self.place = bench, place
        with place.database.connect() as connection:
            connection.execute("DELETE FROM limit_count")  # of a run before this one
        self.people = sign_in(place.folder, place.database, MOST_PEOPLE)
        self.ideas: list[tuple[int, int]] = place.database.ask(_TARGETS, 3 * IDEAS + 1)
        self.luck = random.Random(7)

    def run(self) -> None:
        """What is asked for."""
        if wanted("vote"):
            self._vote_cost(self.ideas[:IDEAS])
        if wanted("votes"):
            self._hot(self.ideas[-1])
            self._spread(self.ideas[IDEAS : 2 * IDEAS])
        if wanted("comment"):
            self._comment_cost(self.ideas[2 * IDEAS : 3 * IDEAS])
        if wanted("idea"):
            self._idea_cost()

    def _votes(self, ideas: list[tuple[int, int]], people: list[Person]) -> list[Request]:
        """Each person for each idea once, in any order; nobody for their own or a second time."""
        given = set(self.place.database.ask(_GIVEN, [id for id, _ in ideas])) | set(ideas)
        pairs = [
            Request(f"/beitraege/{id}/stimme", person.cookie, "version=1", "POST")
            for (id, _), person in product(ideas, people)
            if (id, person.id) not in given
        ]
        self.luck.shuffle(pairs)
        return pairs

    def _vote_cost(self, ideas: list[tuple[int, int]]) -> None:
        requests = self._votes(ideas, self.people.persons[:VOTERS])
        cost = self._cost(requests, VOTED, fragment=True)
        problem = cost.problem or self._check(ideas)
        self.bench.add(Figure("vote, fsync on", cost.all, "ms", 4, note=str(cost), problem=problem))

    def _hot(self, idea: tuple[int, int]) -> None:
        self._race("votes for one idea", 300, [idea], self.people.persons)

    def _spread(self, ideas: list[tuple[int, int]]) -> None:
        self._race("votes for many ideas", 400, ideas, self.people.persons[:VOTERS])

    def _race(
        self, name: str, goal: float, ideas: list[tuple[int, int]], people: list[Person]
    ) -> None:
        """As many votes as fit into the time; afterwards every one must be there, once."""
        requests = self._votes(ideas, people)
        before = self._standing(ideas)
        run = wrk.run(
            self.place.web.port, requests, VOTED, seconds=self.bench.seconds,
            connections=CONNECTIONS, token=self.people.token, fragment=True,
        )  # fmt: skip
        made = self._standing(ideas) - before
        problem = run.problem or self._check(ideas)
        if not run.wrapped and not run.good <= made <= run.good + CONNECTIONS:
            problem = problem or f"{run.good} votes were confirmed, {made} are there"
        note = f"p95 {run.p95:.0f} ms, {made} votes, exact"
        if run.wrapped:
            note += f"; the {len(requests)} votes were given {run.wrapped + 1} times"
        self.bench.add(Figure(name, run.rate, "/s", goal, "higher", note=note, problem=problem))

    def _comment_cost(self, ideas: list[tuple[int, int]]) -> None:
        said = [
            (idea, person)
            for person in self.people.persons[-VOTERS:]
            for (idea, _) in self.luck.sample(ideas, min(PACE, len(ideas)))
        ]
        self.luck.shuffle(said)
        requests = [
            Request(
                f"/beitraege/{idea}/kommentare",
                person.cookie,
                urlencode({"body": f"Das wäre auch bei uns nötig, Nummer {n}. Wer macht mit?"}),
                "POST",
            )
            for n, (idea, person) in enumerate(said)
        ]
        cost = self._cost(requests, Expected("comment_thread"), fragment=True)
        problem = cost.problem or self._check(ideas)
        self.bench.add(Figure("comment", cost.all, "ms", 7, note=str(cost), problem=problem))

    def _idea_cost(self) -> None:
        ask = self.place.database.ask
        ((town,),) = ask(
            "SELECT slug FROM municipality WHERE kind = 'gemeinde' AND is_active LIMIT 1"
        )
        ((topic,),) = ask("SELECT slug FROM topic ORDER BY position LIMIT 1")
        requests = [
            Request("/ideen/neu", person.cookie, idea_form(n, town, topic), "POST")
            for n, person in enumerate(self.people.persons[-2 * VOTERS :] * (PACE - 1))
        ]
        cost = self._cost(requests, Expected("/ideen/", 303))
        self.bench.add(Figure("new idea", cost.all, "ms", 9, note=str(cost), problem=cost.problem))

    def _cost(self, requests: list[Request], expected: Expected, *, fragment: bool = False) -> Cost:
        """Cost of an act. One run, since each request can be sent only once.

        The first requests are for warming up: until both workers have certainly seen some.
        """
        self.bench.rest()
        token, web, done = self.people.token, self.place.web, 0
        for start in range(0, WARM, WARM // 5):
            if done < ENOUGH:
                warm = requests[start : start + WARM // 5]
                done += wrk.run(
                    web.port, warm, expected, seconds=2, token=token, fragment=fragment
                ).requests
        return self.bench.once(web, requests[WARM:], expected, token=token, fragment=fragment)

    def _standing(self, ideas: list[tuple[int, int]]) -> int:
        return int(self.place.database.value(_VOTES, [id for id, _ in ideas]))

    def _check(self, ideas: list[tuple[int, int]]) -> str:
        """A sentence if any counter is not what was counted."""
        wrong = self.place.database.ask(_WRONG, [id for id, _ in ideas])
        return f"{len(wrong)} counters are wrong, e.g. of idea {wrong[0][0]}" if wrong else ""


def idea_form(n: int, town: str, topic: str) -> str:
    body = "Viele Wege im Ort sind am Abend dunkel. Helfen würde ein Licht, das nur leuchtet, "
    body += "wenn jemand kommt. Das spart Strom, und Tiere haben Ruhe."
    return urlencode(
        {"title": f"Licht am Weg Nummer {n}", "body": body, "municipality": town, "place": "",
         "topics": topic}
    )  # fmt: skip
