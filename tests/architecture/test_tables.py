"""Tables point down: no room's table or relationship knows a room above or beside it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ForeignKey, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, Mapper, mapped_column, registry, relationship

from civic import app  # noqa: F401 - brings every model
from civic.core.db import Base
from tests.architecture.sources import floors, layers, may_know, none_of


def room_of(mapper: Mapper) -> str:
    return mapper.class_.__module__.split(".")[1]


def upward_relationships(mappers: Iterable[Mapper], floor: dict[str, int]) -> list[str]:
    found = []
    for mapper in mappers:
        room = room_of(mapper)
        for relation in mapper.relationships:
            if relation.parent is not mapper:
                continue  # inherited: it is looked at where it was declared
            name, other = f"{mapper.class_.__name__}.{relation.key}", room_of(relation.mapper)
            if not may_know(room, other, floor):
                found.append(f"{name} points from {room} to {other}, which does not stand below")
            if room != other and (relation.back_populates or relation.backref):
                found.append(f"{name}: no way back across rooms ({room} and {other}); use a query")
    return found


def upward_keys(mappers: Iterable[Mapper], floor: dict[str, int]) -> list[str]:
    mappers = list(mappers)
    home = {table: room_of(mapper) for mapper in mappers for table in mapper.tables}
    home |= {mapper.local_table: room_of(mapper) for mapper in mappers}
    return [
        f"{table.name}.{key.parent.name} points from {room} to {home[key.column.table]}"
        for table, room in home.items()
        for key in table.foreign_keys
        if not may_know(room, home[key.column.table], floor)
    ]


def homeless_tables() -> set[str]:
    """Tables without a class: no check would know their room."""
    mapped = {table.name for m in Base.registry.mappers for table in m.tables}
    return {table.name for table in Base.metadata.sorted_tables} - mapped


def test_relationships_point_down():
    assert len(list(Base.registry.mappers)) > 10
    none_of(upward_relationships(Base.registry.mappers, floors(layers())))


def test_keys_point_down():
    assert not homeless_tables()
    none_of(upward_keys(Base.registry.mappers, floors(layers())))


def test_what_points_up_or_back_is_found():
    class Planted(DeclarativeBase):
        registry = registry(metadata=MetaData())

    class Lower(Planted):
        __module__ = "civic.accounts.models"
        __tablename__ = "lower"
        id: Mapped[int] = mapped_column(primary_key=True)
        upper_id: Mapped[int] = mapped_column(ForeignKey("upper.id"))
        upper: Mapped[Upper] = relationship(back_populates="lowers")

    class Upper(Planted):
        __module__ = "civic.ideas.models"
        __tablename__ = "upper"
        id: Mapped[int] = mapped_column(primary_key=True)
        lowers: Mapped[list[Lower]] = relationship(back_populates="upper")

    Lower.upper.property.mapper  # noqa: B018 - resolves the names
    floor = floors(["ideas", "accounts"])
    found = upward_relationships(Planted.registry.mappers, floor)
    assert len([line for line in found if "does not stand below" in line]) == 1
    assert len([line for line in found if "no way back" in line]) == 2
    assert upward_keys(Planted.registry.mappers, floor) == [
        "lower.upper_id points from accounts to ideas"
    ]
