"""Nouns and the registers behind them: the one table from a table's name to its model."""

from functools import cache

from models import Base, Record


@cache
def models_by_noun() -> dict[str, type[Record]]:
    """Noun -> model of every register."""
    found = (mapper.class_ for mapper in Base.registry.mappers)
    return {model.__tablename__: model for model in found if issubclass(model, Record)}


def noun_model(noun: str) -> type[Record] | None:
    """The register behind a noun; None when there is none."""
    return models_by_noun().get(noun)
