"""The declarative base, the column types and the words every model is written with."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, ClassVar, Literal

from sqlalchemy import BigInteger, DateTime, MetaData, String, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, mapped_column
from sqlalchemy.orm import registry as Registry  # noqa: N812

from models import secrecy

Secret = Literal["phone", "id_no", "employer"]


class UTCDateTime(TypeDecorator[datetime]):
    """Aware in Python, UTC in the table; a naive value is a programming error."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Refuse naive values, store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("naive datetime: take the time from models.clock.now()")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Give the moment back aware."""
        return None if value is None else value.replace(tzinfo=UTC)


class Scaled(TypeDecorator[Decimal]):
    """A Decimal kept as an integer of 10^-places on both engines, never as a float."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, places: int) -> None:
        super().__init__()
        self.places = places

    def process_bind_param(self, value: Decimal | None, dialect: Any) -> int | None:
        """Whole units only: a finer value is a programming error, the edge rounds what people type."""
        if value is None:
            return None
        scaled = Decimal(value).scaleb(self.places)
        whole = scaled.to_integral_value(ROUND_HALF_UP)
        if whole != scaled:
            raise ValueError(f"{value} has more than {self.places} decimals")
        return int(whole)

    def process_result_value(self, value: int | None, dialect: Any) -> Decimal | None:
        """Give the number back with its decimals."""
        return None if value is None else Decimal(value).scaleb(-self.places)


class Money(Scaled):
    """Yuan in Python, fen in the table."""

    cache_ok = True

    def __init__(self) -> None:
        super().__init__(2)


class Quantity(Scaled):
    """Units in Python, thousandths in the table."""

    cache_ok = True

    def __init__(self) -> None:
        super().__init__(3)


class Encrypted(TypeDecorator[str]):
    """Text that lies closed in the table; the key is in a file outside the database."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        """Close."""
        return None if value is None else secrecy.close(value)

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        """Open."""
        return None if value is None else secrecy.open_(value)


short = Annotated[str, mapped_column(String(64))]
line = Annotated[str, mapped_column(String(255))]
text = Annotated[str, mapped_column(String(2000))]


def field(
    label: str,
    *args: Any,
    secret: Secret | None = None,
    choices: Mapping[Any, str] | None = None,
    note: str = "",
    picker: str = "",
    internal: bool = False,
    **kw: Any,
) -> MappedColumn[Any]:
    """A column and its Chinese label, said once for list, form, detail, print, export, import and error.

    `secret` names the mask, `choices` the Chinese words of an enumerated value, `note` the help under the field,
    `picker` the lookup that finds the row of a foreign key, `internal` what no person reads or types.
    """
    info = {
        "label": label,
        "secret": secret,
        "choices": choices,
        "note": note,
        "picker": picker,
        "internal": internal,
    }
    # active_history: without it the trail and the state guard lose the old value after a commit
    return mapped_column(*args, info=info, active_history=True, **kw)


class Base(DeclarativeBase):
    """Everything stored."""

    # one registry with both: Flask-SQLAlchemy makes a subclass, which may not bring a type map of its own again
    registry = Registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={datetime: UTCDateTime},
    )


class AppendOnly:
    """Marker: rows may be added, never changed or removed (triggers hold it on both engines)."""


class Record(Base):
    """Anything kept in a register (登记): has an id, a Chinese name, labels, a life, a trail."""

    __abstract__ = True
    __label__: ClassVar[str]
    searched: ClassVar[tuple[str, ...]] = ()
    """Columns whose words are indexed (models.searching): of registers that grow long, and never a secret one."""
    id: Mapped[int] = field("序号", primary_key=True, internal=True, sort_order=-10)

    @classmethod
    def labels(cls) -> dict[str, str]:
        """Attribute name -> Chinese label; the one dictionary views and printouts read."""
        return {c.key: c.columns[0].info.get("label", c.key) for c in cls.__mapper__.column_attrs}

    @classmethod
    def info(cls, name: str) -> dict[str, Any]:
        """What `field` said about the attribute."""
        found: dict[str, Any] = cls.__mapper__.column_attrs[name].columns[0].info
        return found

    def __str__(self) -> str:
        return f"{self.__label__} {self.id}"
