"""The letters a name is found by: 张丽华 → zlh."""

from pypinyin import Style, lazy_pinyin

_LONGEST = 64
#: Characters that are read otherwise when they are a surname: 曾丽 is looked for as zl.
_SURNAMES = dict(zip("单解曾仇区查翟乐覃种召阚隗繁", "sxzqozzyqcskwp", strict=True))
_PERSON = 4  # longer names are firms'


def initials_of(name: str) -> str:
    """The first letters of the name's pinyin; what is no Chinese character stays as it is."""
    letters = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()[:_LONGEST]
    if 1 < len(name) <= _PERSON and name[0] in _SURNAMES:
        return _SURNAMES[name[0]] + letters[1:]
    return letters
