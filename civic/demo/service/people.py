"""The places of the demo and the people who live and work in them."""

from __future__ import annotations

from datetime import timedelta

from civic.accounts.models import Membership, Role, System, User
from civic.core import clock, names
from civic.core.db import db
from civic.core.passwords import hash_password
from civic.demo import reader
from civic.demo.service.cast import Cast
from civic.municipalities import service as municipalities
from civic.municipalities.models import MunicipalityKind

SUPPORT_THRESHOLD = 20
#: Everybody was here before the oldest idea.
SINCE = timedelta(days=1100)
#: What a municipality sets for itself.
SETTINGS = ("approves_projects", "approval_days")


def load_places(cast: Cast) -> None:
    for entry in reader.read("places"):
        parent = cast.places.get(entry.pop("parent", ""))
        settings = {name: entry.pop(name) for name in SETTINGS if name in entry}
        place = municipalities.create_municipality(
            System(),
            parent=parent,
            is_active=entry.pop("is_active", True),
            kind=MunicipalityKind(entry.pop("kind")),
            **entry,
        )
        if place.kind is not MunicipalityKind.LAND:
            place.support_threshold = SUPPORT_THRESHOLD
        for name, value in settings.items():
            setattr(place, name, value)
        cast.places[entry["slug"]] = place


def load_people(cast: Cast, password: str) -> None:
    hashed = hash_password(password)
    for entry in reader.read("people"):
        user = User(
            email=entry["email"],
            email_key=entry["email"],
            name=entry["name"],
            name_key=names.skeleton(entry["name"]),
            password_hash=hashed,
            home=cast.places[entry["home"]],
            created_at=clock.now() - SINCE,
            confirmed_at=clock.now() - SINCE,
        )
        user.memberships = [
            Membership(
                role=Role(role["role"]), municipality=cast.places.get(role.get("municipality", ""))
            )
            for role in entry.get("roles", ())
        ]
        db.session.add(user)
        cast.people[entry["key"]] = user
        if not entry.get("guest"):
            cast.voters.append(entry["key"])
    db.session.flush()
