"""A conversation from Polis becomes ideas and votes: all of it or nothing, and only once."""

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import func, select

from civic.accounts.models import User
from civic.core.db import db
from civic.ideas.models import Idea
from civic.ideas.polis import PolisError, read_conversation
from civic.votes.models import Vote
from tests.make import make_municipality

SAMPLE = Path(__file__).parent / "polis-sample"
REAL = Path(__file__).parents[3] / "shared" / "data" / "klimarat-wohnen"
NUMBERS = {
    "ideas": 4,
    "visible": 3,
    "hidden": 1,
    "authors": 3,
    "voters": 3,
    "votes": 5,
    "stale_counts": 2,
}


@pytest.fixture
def runner(app):
    with app.app_context():
        make_municipality(slug="moosbach")
        db.session.commit()
    return app.test_cli_runner()


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(SAMPLE, tmp_path / "export")
    return tmp_path / "export"


def run(runner, folder, *more):
    return runner.invoke(
        args=["ideas", "import-polis", str(folder), "--municipality", "moosbach", *more]
    )


def test_the_summary_is_one_object(runner):
    result = run(runner, SAMPLE, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == NUMBERS


def test_statements_become_ideas_and_agrees_become_votes(runner, app):
    run(runner, SAMPLE)
    with app.app_context():
        ideas = {idea.origin: idea for idea in db.session.scalars(select(Idea))}
        solar = ideas["polis:7beispiel:0"]
        assert (
            solar.vote_count
            == 2
            == db.session.scalar(select(func.count()).where(Vote.contribution_id == solar.id))
        )
        assert solar.title.startswith("Auf jedem Schuldach")
        assert solar.published_at.isoformat().startswith("2022-05-03T16:25:49")
        assert solar.reference == "2022-00004"
        assert solar.author.email is None
        assert not solar.author.is_confirmed
        assert "das man ausleihen kann" in ideas["polis:7beispiel:1"].body
        assert ideas["polis:7beispiel:4"].hidden_at is not None
        assert ideas["polis:7beispiel:5"].vote_count == 0


def test_titles_end_at_a_word(runner, app, copy):
    text = (copy / "comments.csv").read_text()
    (copy / "comments.csv").write_text(text.replace("Mehr Bänke", "Sehr langes Wort " * 20))
    run(runner, copy)
    with app.app_context():
        title = db.session.scalar(select(Idea.title).where(Idea.origin == "polis:7beispiel:5"))
    assert len(title) <= 90
    assert title.endswith(("Wort…", "langes…", "Sehr…"))


def test_a_second_run_changes_nothing(runner, app):
    run(runner, SAMPLE)
    with app.app_context():
        db.session.scalars(select(Idea)).first().hidden_reason = "später geändert"
        db.session.commit()
        before = (db.session.scalar(select(func.count(User.id))), _state())
    result = run(runner, SAMPLE)
    assert "nothing has changed" in result.output
    with app.app_context():
        assert (db.session.scalar(select(func.count(User.id))), _state()) == before


def _state():
    rows = db.session.execute(
        select(Idea.id, Idea.vote_count, Idea.trend, Idea.hidden_reason, Idea.reference).order_by(
            Idea.id
        )
    )
    return [tuple(row) for row in rows]


FAULTS = {
    "missing column": ("comments.csv", b"moderated", b"judged"),
    "broken number": ("comments.csv", b",12,0,0", b",zwei,0,0"),
    "no date": ("comments.csv", b"1651482704110", b"99999999999999999999"),
    "wrong encoding": ("comments.csv", "Bänke".encode(), "Bänke".encode("latin-1")),
    "twice": ("comments.csv", b"PDT 2022,5,3", b"PDT 2022,4,3"),
    "moderated": ("comments.csv", b"0,0,-1,", b"0,0,7,"),
    "unknown comment id": ("participants-votes.csv", b",0,1,4\n", b",0,1,77\n"),
    "strange vote": ("participants-votes.csv", b"9,1,0,3,2,1,1,1,-1", b"9,1,0,3,2,1,1,5,-1"),
    "too few fields": ("participants-votes.csv", b"12,1,1,1,0,1,-1,,", b"12,1,1"),
    "empty comments": ("comments.csv", None, b""),
    "empty votes": ("participants-votes.csv", None, b""),
    "only a header": (
        "comments.csv",
        None,
        b"timestamp,comment-id,author-id,agrees,disagrees,moderated,comment-body\n",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_file_ends_with_one_clear_line_and_nothing_written(runner, app, copy, fault):
    name, old, new = FAULTS[fault]
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content.replace(old, new) if old else new)
    result = run(runner, copy)
    assert result.exit_code == 2
    assert result.output.startswith(f"Error: {name}")
    assert len(result.output.strip().splitlines()) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count(Idea.id))) == 0
        assert db.session.scalar(select(func.count(User.id))) == 0


def test_a_missing_folder_or_municipality_is_named(runner, tmp_path):
    assert "comments.csv: is missing" in run(runner, tmp_path).output
    result = runner.invoke(
        args=["ideas", "import-polis", str(SAMPLE), "--municipality", "nirgends"]
    )
    assert result.exit_code == 2
    assert "nirgends" in result.output


def test_nothing_is_written_when_the_import_breaks_in_the_middle(runner, app, monkeypatch):
    monkeypatch.setattr("civic.ideas.service.intake._votes", lambda *_: 1 / 0)
    assert run(runner, SAMPLE).exit_code != 0
    with app.app_context():
        assert db.session.scalar(select(func.count(Idea.id))) == 0
        assert db.session.scalar(select(func.count(User.id))) == 0


def test_other_exports_have_other_columns(copy):
    text = (copy / "participants-votes.csv").read_text().splitlines()
    lines = [",".join([*line.split(",")[:1], "x", *line.split(",")[1:]]) for line in text]
    lines[0] = lines[0].replace(",x,", ",xid,")
    (copy / "participants-votes.csv").write_text("\n".join(lines))
    (copy / "summary.csv").unlink()
    conversation = read_conversation(copy)
    assert conversation.numbers() == NUMBERS
    assert conversation.key != "7beispiel"


def test_an_unreadable_export_says_where(copy):
    (copy / "comments.csv").write_text("timestamp\n")
    with pytest.raises(
        PolisError, match=r"comments\.csv, line 1: the column 'comment-id' is missing"
    ):
        read_conversation(copy)


@pytest.mark.skipif(not REAL.exists(), reason="the real data is not on this machine")
def test_the_climate_assembly_is_imported_with_its_true_order(runner, app):
    result = run(runner, REAL, "--json")
    assert result.exit_code == 0, result.output
    numbers = json.loads(result.stdout)
    assert (numbers["ideas"], numbers["stale_counts"]) == (613, 154)
    conversation = read_conversation(REAL)
    truth = {s.id: 0 for s in conversation.statements}
    for _, id in conversation.supports:
        truth[id] += 1
    with app.app_context():
        found = db.session.execute(
            select(Idea.origin, Idea.vote_count).order_by(Idea.vote_count.desc())
        ).all()
    assert [count for _, count in found] == sorted(truth.values(), reverse=True)
    assert all(truth[int(origin.rsplit(":", 1)[1])] == count for origin, count in found)
