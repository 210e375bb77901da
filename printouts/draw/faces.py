"""The registered print faces: what each can show, how wide it runs, and what stands in for a missing glyph."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics, ttfonts
from reportlab.pdfbase.ttfonts import TTFont

from printouts.draw.fontpaths import built_fonts, extra_fonts
from printouts.draw.text import TOFU

REGULAR, MEDIUM, BOLD = "SC", "SCM", "SCB"
STYLES = {"Regular": REGULAR, "Medium": MEDIUM, "Bold": BOLD}
# TTFont.makeSubset seeks in a buffer shared by all documents: one save at a time.
SAVING = threading.Lock()
_registering = threading.Lock()
_faces: dict[str, Face] = {}


class Face(dict[str, float]):
    """Advance widths (of 1 pt) by character, filled on demand; remembers which characters are its own."""

    def __init__(self, name: str, font: TTFont, stand_ins: Sequence[Face]) -> None:
        super().__init__()
        self.name, self.font, self.stand_ins = name, font, stand_ins
        self.own: set[str] = set()
        self.elsewhere: dict[str, tuple[str, str]] = {}

    def __missing__(self, character: str) -> float:
        code = ord(character)
        if code in self.font.face.charToGlyph:
            self.own.add(character)
            advance = float(self.font.face.charWidths.get(code, self.font.face.defaultWidth)) / 1000
            self[character] = advance
            return advance
        face, shown = self.find_elsewhere(character, code)
        self.elsewhere[character] = (face.name, shown)
        self[character] = advance = face[shown]
        return advance

    def find_elsewhere(self, character: str, code: int) -> tuple[Face, str]:
        for face in self.stand_ins:
            if code in face.font.face.charToGlyph:
                return face, character
        return self, TOFU

    def ems(self, text: str) -> float:
        """Width in ems: at a size of 1 pt."""
        return self[text] if len(text) == 1 else sum(map(self.__getitem__, text))

    def width(self, text: str, size: float, tracking: float = 0.0) -> float:
        wide = sum(map(self.__getitem__, text)) * size
        return wide + tracking * (len(text) - 1) if tracking and text else wide

    def runs(self, text: str) -> list[tuple[str, str]]:
        """(face name, text) pieces: the text itself, or split where another face must help out."""
        if self.own.issuperset(text):
            return [(self.name, text)]
        out: list[tuple[str, str]] = []
        for character in text:
            _ = self[character]  # fills own or elsewhere
            name, shown = self.elsewhere.get(character, (self.name, character))
            if out and out[-1][0] == name:
                out[-1] = (name, out[-1][1] + shown)
            else:
                out.append((name, shown))
        return out

    def lacking(self, text: str) -> set[str]:
        """Characters that come out as 〓."""
        if self.own.issuperset(text):
            return set()
        return {c for c in text if self[c] and c != TOFU and self.elsewhere.get(c, ("", ""))[1] == TOFU}


def faces() -> dict[str, Face]:
    """All faces by name, registered once per process; raises FontsMissing when they are not built."""
    if not _faces:
        with _registering:
            if not _faces:
                _faces.update(register())
    return _faces


def register() -> dict[str, Face]:
    rl_config.useA85 = 0  # ASCII armour costs a sixth of the file and some time
    ttfonts.makeToUnicodeCMap = to_unicode
    paths = built_fonts()
    extras = [Face(f"SCX{n}", load(f"SCX{n}", str(path)), ()) for n, path in enumerate(extra_fonts())]
    regular = Face(REGULAR, load(REGULAR, str(paths["Regular"])), extras)
    heavy = [Face(STYLES[s], load(STYLES[s], str(paths[s])), [regular, *extras]) for s in ("Medium", "Bold")]
    return {face.name: face for face in [regular, *heavy, *extras]}


def load(name: str, path: str) -> TTFont:
    font = TTFont(name, path, shapable=False)
    pdfmetrics.registerFont(font)
    return font


def to_unicode(font_name: str, subset: Sequence[int | None]) -> str:
    """A correct ToUnicode table: ReportLab's breaks copying of characters above U+FFFF and overlong blocks."""
    head = [
        "/CIDInit /ProcSet findresource begin", "12 dict begin", "begincmap", "/CIDSystemInfo",
        "<< /Registry (Adobe)", "/Ordering (UCS)", "/Supplement 0", ">> def",
        "/CMapName /Adobe-Identity-UCS def", "/CMapType 2 def", "1 begincodespacerange",
        f"<00> <{len(subset) - 1:02X}>", "endcodespacerange",
    ]  # fmt: skip
    entries = [f"<{n:02X}> <{chr(code).encode('utf-16-be').hex().upper()}>" for n, code in enumerate(subset) if code]
    body: list[str] = []
    for start in range(0, len(entries), 100):
        block = entries[start : start + 100]
        body += [f"{len(block)} beginbfchar", *block, "endbfchar"]
    return "\n".join([*head, *body, "endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"])


def unprintable(text: str) -> set[str]:
    """Characters of the text that paper would show as 〓."""
    return faces()[REGULAR].lacking(text)
