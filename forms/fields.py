"""The kinds of field the office types into: each reads what was typed, or says in Chinese what is wrong with it."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from wtforms import Field
from wtforms.validators import StopValidation

from models import clock

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
YEARS = range(1900, 2200)
LARGEST_WHOLE = 2**31 - 1
LARGEST_AMOUNT = 10**12


def clean(text: str) -> str:
    """What was typed without control characters and blanks at the ends, line ends as one character."""
    return CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def halved(text: str) -> str:
    """Full-width digits and signs as half-width ones, without blanks and thousands commas."""
    return unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "")


class Typed(Field):
    """Base of every field: `data` is the value, `typed` what stands in the box, errors are sentences."""

    kind: ClassVar[str] = "text"

    def __init__(
        self,
        label: str = "",
        *,
        required: bool = False,
        empty: Any = None,
        help: str = "",
        unit: str = "",
        width: str = "",
        placeholder: str = "",
        readonly: bool = False,
        **kw: Any,
    ) -> None:
        super().__init__(label, **kw)
        self.required, self.empty, self.help, self.unit = required, empty, help, unit
        self.width, self.placeholder, self.readonly = width, placeholder, readonly
        self.typed: str | None = None
        self.marked = False  # shown as required; the rules refuse it empty, in their own words

    def read(self, text: str) -> Any:
        """The value of a text that is not empty; raises ValueError with a sentence."""
        return text

    def write(self, value: Any) -> str:
        """The value as it stands in the box."""
        return str(value)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Absent from the post = left as it is; empty = emptied."""
        if not valuelist or self.readonly:
            return
        self.typed = clean(valuelist[0])
        self.data = self.empty
        if self.typed:
            self.data = self.read(self.typed)

    def pre_validate(self, form: Any) -> None:
        """What must be filled is filled."""
        if self.required and self.data in (None, "") and not self.process_errors:
            raise StopValidation(
                f"请{'选择' if self.kind in ('select', 'picker', 'radio') else '填写'}{self.label.text}"
            )

    @property
    def shown(self) -> str:
        """What stands in the box: what was typed, even when it is wrong, else the value."""
        if self.typed is not None:
            return self.typed
        return "" if self.data is None else self.write(self.data)


class Shown(Typed):
    """What is only shown: a picker beside it may fill it in, nobody types it."""

    kind = "static"

    def __init__(self, label: str = "", **kw: Any) -> None:
        super().__init__(label, **{**kw, "readonly": True})

    def write(self, value: Any) -> str:
        """Figures without trailing zeros."""
        return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


class Words(Typed):
    """A line of text no longer than its column."""

    def __init__(self, label: str = "", *, longest: int = 255, **kw: Any) -> None:
        super().__init__(label, **kw)
        self.longest = longest

    def read(self, text: str) -> str:
        """Refuse what the column would cut off."""
        if len(text) > self.longest:
            raise ValueError(f"{self.label.text}最多 {self.longest} 个字，现有 {len(text)} 个")
        return text


class LongWords(Words):
    """Several lines of text."""

    kind = "textarea"


def phone(text: str) -> str:
    """A telephone number as people write it: digits, with the usual signs between them."""
    plain = halved(text)
    if not re.fullmatch(r"\+?[0-9()#*转-]{3,32}", plain):
        raise ValueError("电话只能有数字和 - ( ) # +，请检查")
    return plain


class Phone(Words):
    """A telephone number."""

    kind = "phone"

    def read(self, text: str) -> str:
        """Half-width, without blanks."""
        return super().read(phone(text))


class Whole(Typed):
    """A whole number."""

    kind = "number"

    def read(self, text: str) -> int:
        """No decimals, no letters."""
        try:
            value = int(halved(text))
        except ValueError as wrong:
            raise ValueError(f"{self.label.text}要填整数") from wrong
        if abs(value) > LARGEST_WHOLE:
            raise ValueError(f"{self.label.text}太大了")
        return value


class Number(Typed):
    """A decimal number of at most so many places."""

    kind = "number"

    def __init__(self, label: str = "", *, places: int = 2, negative: bool = False, **kw: Any) -> None:
        super().__init__(label, **kw)
        self.places, self.negative = places, negative

    def read(self, text: str) -> Decimal:
        """Never rounded behind the clerk's back."""
        try:
            value = Decimal(halved(text))
        except InvalidOperation as wrong:
            raise ValueError(f"{self.label.text}要填数字") from wrong
        if not value.is_finite():
            raise ValueError(f"{self.label.text}要填数字")
        if abs(value) > LARGEST_AMOUNT:
            raise ValueError(f"{self.label.text}太大了")
        if value < 0 and not self.negative:
            raise ValueError(f"{self.label.text}不能小于 0")
        if value != round(value, self.places):
            raise ValueError(f"{self.label.text}最多 {self.places} 位小数")
        return value

    def write(self, value: Decimal) -> str:
        """Without trailing zeros, money with its two."""
        return f"{value:.2f}" if self.places == 2 else f"{value.normalize():f}"


class Day(Typed):
    """A calendar day."""

    kind = "date"

    def read(self, text: str) -> date:
        """`2026-11-21`."""
        try:
            day = date.fromisoformat(unicodedata.normalize("NFKC", text).replace("/", "-"))
        except ValueError as wrong:
            raise ValueError(f"{self.label.text}不是有效日期，请写成 2026-11-21") from wrong
        if day.year not in YEARS:
            raise ValueError(f"{self.label.text}的年份不对")
        return day

    def write(self, value: date) -> str:
        """The same."""
        return value.isoformat()


class Moment(Typed):
    """A moment by the office wall clock; an untouched minute keeps its stored seconds."""

    kind = "datetime"

    def read(self, text: str) -> datetime:
        """`2026-11-21T10:00`, with a blank or a T between."""
        try:
            wall = datetime.fromisoformat(unicodedata.normalize("NFKC", text).replace("/", "-"))
        except ValueError as wrong:
            raise ValueError(f"{self.label.text}不是有效时间，请写成 2026-11-21 10:00") from wrong
        if wall.year not in YEARS:
            raise ValueError(f"{self.label.text}的年份不对")
        if wall.tzinfo is None:
            wall = wall.replace(tzinfo=clock.LOCAL)
        return wall.astimezone(UTC)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Seconds are stored, minutes are shown: sending back what was shown changes nothing."""
        before = self.data
        super().process_formdata(valuelist)
        if before is not None and self.data is not None and self.write(before) == self.write(self.data):
            self.data = before

    def write(self, value: datetime) -> str:
        """As `datetime-local` wants it."""
        return f"{clock.local(value):%Y-%m-%dT%H:%M}"


class Pick(Typed):
    """One of the words given."""

    kind = "select"

    def __init__(self, label: str = "", *, choices: Mapping[Any, str], **kw: Any) -> None:
        super().__init__(label, **kw)
        self.choices = choices

    def read(self, text: str) -> Any:
        """The key behind the word, of the type it is stored in."""
        keys = {str(key): key for key in self.choices}
        if text not in keys:
            raise ValueError(f"{self.label.text}：请从给出的选项中选择")
        return keys[text]


class Radio(Pick):
    """The same, all words in sight."""

    kind = "radio"


class YesNo(Pick):
    """Yes, no, or not said."""

    def __init__(self, label: str = "", **kw: Any) -> None:
        super().__init__(label, choices={"yes": "是", "no": "否"}, **kw)

    def read(self, text: str) -> bool:
        """The word as a fact."""
        return bool(super().read(text) == "yes")

    def write(self, value: bool) -> str:
        """The fact as a word."""
        return "yes" if value else "no"


class Several(Typed):
    """Any number of the words given; the value is a list of keys."""

    kind = "multi"

    def __init__(self, label: str = "", *, choices: Mapping[str, str], **kw: Any) -> None:
        super().__init__(label, empty=[], **kw)
        self.choices = choices

    def process_data(self, value: Any) -> None:
        """Registers keep the ticked words as one text."""
        self.data = value.split("、") if isinstance(value, str) else list(value or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        """Nothing ticked is an answer too."""
        self.data = [text for text in valuelist if text in self.choices]
        if len(self.data) != len(valuelist):
            raise ValueError(f"{self.label.text}：请从给出的选项中选择")


class Tick(Typed):
    """Yes or no; a box left empty is a no."""

    kind = "check"

    def process_formdata(self, valuelist: list[str]) -> None:
        """A browser sends nothing for an empty box."""
        if not self.readonly:
            self.data = bool(valuelist and clean(valuelist[0]) not in ("", "0"))

    def pre_validate(self, form: Any) -> None:
        """Where it must be ticked it is."""
        if self.required and not self.data:
            raise StopValidation(f"请确认“{self.label.text}”")

    @property
    def shown(self) -> str:
        """Ticked or not."""
        return "1" if self.data else ""


#: (picker, id or None, text, id of what it must lie within) -> (id, what people call it); raises ValueError in Chinese.
Finder = Callable[[str, int | None, str, int | None], tuple[int, str]]


class Lookup(Typed):
    """Chooses a record: the id comes from the list, or the text is looked up when there is no list to choose from."""

    kind = "picker"

    def __init__(self, label: str = "", *, picker: str, within: str = "", **kw: Any) -> None:
        super().__init__(label, **kw)
        self.picker, self.within = picker, within
        self.text = ""

    def process(self, formdata: Any, *args: Any, **kw: Any) -> None:
        """Take the text beside the id along."""
        super().process(formdata, *args, **kw)
        if formdata is not None and f"{self.name}_text" in formdata and not self.readonly:
            self.text = clean(formdata.get(f"{self.name}_text"))
            if self.typed is None:
                self.typed, self.data = "", None

    def read(self, text: str) -> int:
        """An id, as far as one can tell without looking."""
        if not text.isdecimal() or not 0 < int(text) < 2**31:
            raise ValueError(f"{self.label.text}：请从列表中选择")
        return int(text)

    def resolve(self, find: Finder) -> None:
        """Look the id up in what the person may see, or the text when there is no id."""
        if self.errors or (self.data is None and not self.text):
            return
        parent = self._form[self.within].data if self.within and self.within in self._form else None
        try:
            self.data, self.text = find(self.picker, self.data, self.text, parent)
            self.typed = str(self.data)
        except ValueError as wrong:
            self.errors = [*self.errors, f"{self.label.text}：{wrong}"]

    def pre_validate(self, form: Any) -> None:
        """A text that has yet to be looked up counts as filled."""
        if not self.text:
            super().pre_validate(form)


class Secret(Words):
    """A personal value that is not shown: an empty box leaves what is stored as it is."""

    kind = "masked"

    def __init__(self, label: str = "", *, check: Callable[[str], str] = str, **kw: Any) -> None:
        super().__init__(label, **kw)
        self.check = check

    def read(self, text: str) -> str:
        """As its open twin reads it."""
        return super().read(self.check(text))

    def process_formdata(self, valuelist: list[str]) -> None:
        """Only a new value replaces the old one."""
        if valuelist and clean(valuelist[0]):
            super().process_formdata(valuelist)
