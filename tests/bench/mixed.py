"""A hundred people at once, each reading, voting and writing with pauses, through nginx."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode

from tests.bench.machine import HOST, fetch
from tests.bench.measure import Bench, Figure, wanted
from tests.bench.nginx import nginx
from tests.bench.people import People, Person, sign_in
from tests.bench.reading import Place, View, page_of, views
from tests.bench.writing import idea_form

PEOPLE = 100
PAUSE = (0.5, 1.5)
MINUTES = 5
#: In a hundred acts; of the texts one in ten is an idea, the others are comments.
SHARES = {"list": 70, "page": 20, "vote": 8, "text": 2}
P95_GOAL = 200.0
_IDEAS = """
SELECT id, author_id FROM contribution WHERE kind = 'idea' AND hidden_at IS NULL
AND state IN ('open', 'in_review', 'taken_up') ORDER BY trend DESC LIMIT 300
"""


@dataclass
class Tally:
    """What everybody saw together."""

    milliseconds: dict[str, list[float]] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, act: str, milliseconds: float, fault: str) -> None:
        with self.lock:
            self.milliseconds.setdefault(act, []).append(milliseconds)
            if fault:
                self.faults[fault] += 1


@dataclass(frozen=True)
class Town:
    """What there is to do."""

    port: int
    people: People
    lists: list[View]
    pages: dict[int, str]
    authors: dict[int, int]
    municipality: str
    topic: str


class Visitor(threading.Thread):
    """One person with one browser."""

    def __init__(self, town: Town, person: Person, tally: Tally, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.town, self.person, self.tally, self.halt = town, person, tally, stop
        self.luck = random.Random(person.id)
        self.connection = HTTPConnection("127.0.0.1", town.port, timeout=30)
        self.written = 0

    def run(self) -> None:
        self.halt.wait(self.luck.uniform(0, PAUSE[1]))
        while not self.halt.is_set():
            act = self.luck.choices(list(SHARES), list(SHARES.values()))[0]
            begun = time.perf_counter()
            fault = self._do(act)
            self.tally.note(act, (time.perf_counter() - begun) * 1000, fault)
            self.halt.wait(self.luck.uniform(*PAUSE))
        self.connection.close()

    def _do(self, act: str) -> str:
        """One act; returns what was wrong with the answer."""
        try:
            return {"list": self._read_list, "page": self._read_page, "vote": self._vote,
                    "text": self._write}[act]()  # fmt: skip
        except (OSError, HTTPException) as error:
            self.connection.close()
            return f"{act}: {type(error).__name__}"

    def _read_list(self) -> str:
        return self._ask("GET", self.luck.choice(self.town.lists).path, 200, "idea_list")

    def _read_page(self) -> str:
        path = self.luck.choice(list(self.town.pages.values()))
        return self._ask("GET", path, 200, "vote_box")

    def _vote(self) -> str:
        others = [id for id, author in self.town.authors.items() if author != self.person.id]
        path = f"/beitraege/{self.luck.choice(others)}/stimme"
        return self._ask("POST", path, 200, "vote_withdraw", "version=1", fragment=True)

    def _write(self) -> str:
        self.written += 1
        if self.luck.random() < 0.1:
            form = idea_form(
                self.person.id * 1000 + self.written, self.town.municipality, self.town.topic
            )
            return self._ask("POST", "/ideen/neu", 303, "/ideen/", form)
        path = f"/beitraege/{self.luck.choice(list(self.town.authors))}/kommentare"
        body = urlencode({"body": f"Dazu habe ich eine {self.written}. Frage: Was kostet das?"})
        return self._ask("POST", path, 200, "comment_thread", body, fragment=True)

    def _ask(
        self, method: str, path: str, status: int, marker: str, body: str = "", *,
        fragment: bool = False,
    ) -> str:  # fmt: skip
        headers = {"Host": HOST, "Cookie": self.person.cookie}
        if method == "POST":
            headers |= {
                "X-CSRFToken": self.town.people.token,
                "Sec-Fetch-Site": "same-origin",
                "Content-Type": "application/x-www-form-urlencoded",
            }
        if fragment:
            headers["HX-Request"] = "true"
        self.connection.request(method, path, body or None, headers)
        response = self.connection.getresponse()
        answer = response.read().decode(errors="replace")
        if response.status != status:
            return f"{method} {path.partition('?')[0]}: {response.status}"
        return "" if marker in answer else f"{method} {path}: no {marker}"


def mixed(bench: Bench, place: Place) -> None:
    """So many people for five minutes (`BENCH_MIXED_SECONDS`); nobody may see an error."""
    if not wanted("mixed"):
        return
    default = MINUTES * 60 if bench.seconds >= 5 else 20
    seconds = float(os.environ.get("BENCH_MIXED_SECONDS", default))
    tally, stop = Tally(), threading.Event()
    with nginx(place.folder, place.web, b"") as port:
        town = _town(place, port)
        before = place.web.seconds() + bench.cluster.seconds()
        visitors = [Visitor(town, person, tally, stop) for person in town.people.persons]
        for visitor in visitors:
            visitor.start()
        time.sleep(seconds)
        stop.set()
        for visitor in visitors:
            visitor.join()
        spent = place.web.seconds() + bench.cluster.seconds() - before
    _report(bench, tally, seconds, spent)


def _town(place: Place, port: int) -> Town:
    people = sign_in(place.folder, place.database, PEOPLE)
    ideas = dict(place.database.ask(_IDEAS))
    locations = {id: fetch(place.web.port, f"/ideen/{id}").headers["Location"] for id in ideas}
    locations[0] = page_of(place, ">= 0")
    ask = place.database.ask
    ((town,),) = ask("SELECT slug FROM municipality WHERE kind = 'gemeinde' AND is_active LIMIT 1")
    ((topic,),) = ask("SELECT slug FROM topic ORDER BY position LIMIT 1")
    lists = [view for view in views(place) if not view.cookie]
    return Town(port, people, [lists[0]] * len(lists) + lists, locations, ideas, town, topic)


def _report(bench: Bench, tally: Tally, seconds: float, spent: float) -> None:
    everything = sorted(ms for some in tally.milliseconds.values() for ms in some)
    faults = sum(tally.faults.values())
    each = ", ".join(
        f"{act} {_p95(sorted(some)):.0f}" for act, some in sorted(tally.milliseconds.items())
    )
    note = (
        f"{len(everything)} requests in {seconds:.0f} s; p95 of each: {each} ms; "
        f"{spent / seconds / (os.cpu_count() or 1) * 100:.0f} % of the processors"
    )
    problem = f"{faults} errors: {tally.faults.most_common(3)}" if faults else ""
    bench.add(
        Figure(
            f"p95 of {PEOPLE} people", _p95(everything), "ms", P95_GOAL, note=note, problem=problem
        ),
        Figure("errors met by them", faults, "", 0),
    )  # fmt: skip


def _p95(ordered: list[float]) -> float:
    return ordered[int(len(ordered) * 0.95)] if ordered else 0.0
