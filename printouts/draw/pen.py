"""Draws on one page in points from the top left; layers make fills lie under text and rules over both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import Literal, NamedTuple, Protocol

from printouts.draw.faces import BOLD, REGULAR, Face
from printouts.draw.text import cut_lines, one_line, shorten, wrap

MM = 72 / 25.4
Align = Literal["left", "centre", "right"]

# Strokes in points.
FRAME, SECTION, GRID, HAIR = 1.1, 0.8, 0.5, 0.3
SOLID = 1.1  # the tightest leading of two lines squeezed into a row


Laid = tuple[Sequence[str], float, float]  # lines, size, leading


class Ink(NamedTuple):
    """A colour as PDF operators: grey ink is pure toner, never a mix."""

    fill: str
    stroke: str


def grey(darkness: float) -> Ink:
    level = f"{1 - darkness:.3g}"
    return Ink(f"{level} g", f"{level} G")


BLACK, WHITE = grey(1), grey(0)
SHADE, WATER, NOTE = grey(0.07), grey(0.12), grey(0.6)
RED = Ink(".8 .05 .08 rg", ".8 .05 .08 RG")  # slip numbers and 红字; the minus sign carries it on mono printers


class Glyphs(Protocol):
    """What a pen needs of its document: encoded text and the faces."""

    faces: dict[str, Face]

    def encode(self, face: str, text: str) -> Sequence[tuple[str, str]]: ...

    def remember(self, key: Hashable, lay: Callable[[], Laid]) -> Laid: ...

    def missed(self, characters: set[str]) -> None: ...


class Pen:
    """Collects operators in layers; `content()` hands them over in printing order."""

    def __init__(self, glyphs: Glyphs, width: float, height: float) -> None:
        self.glyphs, self.width, self.height = glyphs, width, height
        self.fills: list[str] = []
        self.texts: list[str] = []
        self.ink = BLACK  # of the text written last: colours change inside, the reading order stays
        self.marks: list[str] = []
        self.rules: dict[tuple[float, Ink, str], list[str]] = defaultdict(list)
        self.watermarks: list[str] = []

    def content(self) -> str:
        out = [*self.fills, *self.watermarks]
        if self.texts:
            out += [BLACK.fill, "BT", *self.texts, "ET"]
        if self.marks:
            out += ["0 g 0 G", *self.marks]
        for (weight, ink, dash), lines in sorted(self.rules.items(), key=lambda item: item[0][0]):
            out += [f"{weight:g} w {2 if weight >= FRAME else 0} J {ink.stroke} {dash or '[] 0'} d", *lines, "S"]
        return "\n".join(out)

    # -- rules and fills ------------------------------------------------------------------------------
    def line(self, x1: float, t1: float, x2: float, t2: float, weight: float = GRID, ink: Ink = BLACK) -> None:
        h = self.height
        self.rules[weight, ink, ""].append(f"{x1:.2f} {h - t1:.2f} m {x2:.2f} {h - t2:.2f} l")

    def dashes(self, x1: float, t1: float, x2: float, t2: float, weight: float = 0.6, ink: Ink = NOTE) -> None:
        h = self.height
        self.rules[weight, ink, "[2.2 2.2] 0"].append(f"{x1:.2f} {h - t1:.2f} m {x2:.2f} {h - t2:.2f} l")

    def frame(self, x: float, top: float, width: float, height: float, weight: float = FRAME) -> None:
        shape = f"{x:.2f} {self.height - top - height:.2f} {width:.2f} {height:.2f} re"
        self.rules[weight, BLACK, ""].append(shape)

    def fill(self, x: float, top: float, width: float, height: float, ink: Ink = SHADE) -> None:
        self.fills.append(f"{ink.fill} {x:.2f} {self.height - top - height:.2f} {width:.2f} {height:.2f} re f")

    # -- text -----------------------------------------------------------------------------------------
    def measure(self, text: str, size: float, face: str = REGULAR, tracking: float = 0.0) -> float:
        return self.glyphs.faces[face].width(text, size, tracking)

    def write(
        self, x: float, base: float, text: str, size: float = 9, face: str = REGULAR, align: Align = "left",
        tracking: float = 0.0, ink: Ink = BLACK,
    ) -> None:  # fmt: skip
        """One line; `base` is its baseline from the top. Text must be clean and without line breaks."""
        if not text:
            return
        chosen = self.glyphs.faces[face]
        if align != "left":
            wide = chosen.width(text, size, tracking)
            x -= wide if align == "right" else wide / 2
        self.show(x, base, text, size, chosen, tracking, ink)

    def show(self, x: float, base: float, text: str, size: float, face: Face, tracking: float, ink: Ink) -> None:
        layer = self.texts
        if ink is not self.ink:
            self.ink = ink
            layer.append(ink.fill)
        layer.append(f"1 0 0 1 {x:.2f} {self.height - base:.2f} Tm")
        if tracking:
            layer.append(f"{tracking:g} Tc")
        runs = face.runs(text)
        for name, run in runs:
            for font, escaped in self.glyphs.encode(name, run):
                layer.append(f"{font} {size:g} Tf ({escaped}) Tj")
        if tracking:
            layer.append("0 Tc")
        if len(runs) > 1 or face.elsewhere:
            self.glyphs.missed(face.lacking(text))

    def middle(self, top: float, height: float, size: float) -> float:
        """Baseline that centres ideographs in a box: they stand 0.88 em above it and 0.12 em below."""
        return top + height / 2 + size * 0.38

    def cell(
        self, x: float, top: float, width: float, height: float, text: str, size: float = 9, face: str = REGULAR,
        align: Align = "left", pad: float = 1.6 * MM, least: float = 6.5, leading: float = 1.3, ink: Ink = BLACK,
        ending: str = "…",
    ) -> None:  # fmt: skip
        """Text centred in a box: on one line if it fits, else wrapped, then shrunk to `least`, then cut."""
        if not text:
            return
        room = width - 2 * pad
        if "\n" not in text and self.measure(text, size, face) <= room:
            laid: Sequence[str] = (text,)
        else:
            box = (text, room, height, size, face, least, leading, ending)
            laid, size, leading = self.glyphs.remember(box, lambda: self.lay(*box))
        at = {"left": x + pad, "centre": x + width / 2, "right": x + width - pad}[align]
        base = self.middle(top, height, size) - (len(laid) - 1) * size * leading / 2
        for n, line in enumerate(laid):
            self.write(at, base + n * size * leading, line, size, face, align, ink=ink)

    def lay(
        self, text: str, room: float, height: float, size: float, face: str, least: float, leading: float, ending: str
    ) -> Laid:  # fmt: skip
        """Lines, size and leading with which a text too long for one line fits its box."""
        chosen = self.glyphs.faces[face]
        text = one_line(text) if height < 2 * size * SOLID else text
        em = chosen.ems(text.replace("\n", ""))
        sizes = [size - 0.25 * n for n in range(int((size - least) / 0.25) + 1)]
        if height < 2 * size * leading:
            for smaller in sizes:
                if em * smaller <= room and "\n" not in text:
                    return [text], smaller, leading
        for smaller in sizes[::2]:
            fit = int((height - 1.5) // (smaller * leading))
            if em * smaller > fit * (room + smaller):
                continue  # cannot fit, however it breaks
            laid = wrap(text, chosen.ems, room / smaller)
            if len(laid) <= fit:
                return laid, smaller, leading
        # As small as is still readable and set solid: two lines in the height of one before anything is cut.
        smallest = sizes[-1]
        fit, room = max(1, int((height + 0.2) // (smallest * SOLID))), room / smallest
        if fit == 1:
            return [shorten(one_line(text), chosen.ems, room, ending)], smallest, leading
        return cut_lines(wrap(text, chosen.ems, room), fit, chosen.ems, room, ending), smallest, SOLID

    def vertical(
        self, x: float, top: float, height: float, text: str, size: float = 8.5, face: str = REGULAR, gap: float = 1.16
    ) -> None:
        """直排, centred on x inside (top, height); a blank is a half-line pause, brackets are turned."""
        text = text.translate(UPRIGHT)
        step = size * gap
        steps = [step * 0.55 if character == " " else step for character in text]
        t = top + (height - sum(steps)) / 2
        for character, advance in zip(text, steps, strict=True):
            if character != " ":
                self.write(x, t + size * 0.88, character, size, face, "centre")
            t += advance

    # -- marks ----------------------------------------------------------------------------------------
    def box(self, x: float, top: float, side: float, ticked: bool = False) -> None:
        """A vector checkbox; the fonts have no ☐ and no ☑."""
        y = self.height - top
        self.marks.append(f"q .6 w {x:.2f} {y - side:.2f} {side:.2f} {side:.2f} re S Q")
        if ticked:
            at = ((0.16, 0.50), (0.42, 0.82), (0.98, -0.05))
            (x1, y1), (x2, y2), (x3, y3) = [(x + side * a, y - side * b) for a, b in at]
            self.marks.append(f"q 1.25 w 1 J 1 j {x1:.2f} {y1:.2f} m {x2:.2f} {y2:.2f} l {x3:.2f} {y3:.2f} l S Q")

    def rectangles(self, shapes: Sequence[tuple[float, float, float, float]]) -> None:
        """Black rectangles (x, top, width, height) as one path: bars and modules."""
        h = self.height
        self.marks.append("\n".join(f"{x:.3f} {h - t - b:.3f} {a:.3f} {b:.3f} re" for x, t, a, b in shapes) + "\nf")

    def stamp(self, text: str, x: float, top: float, size: float) -> None:
        """A slanting word across the paper, centred on (x, top): over the shading, under everything one reads."""
        face = self.glyphs.faces[BOLD]
        dx, dy = face.width(text, size, size * 0.2) / 2, size * 0.38
        left, base = x - dx * COSINE + dy * SINE, self.height - top - dx * SINE - dy * COSINE
        shown = [
            f"{font} {size:g} Tf ({escaped}) Tj"
            for name, run in face.runs(text)
            for font, escaped in self.glyphs.encode(name, run)
        ]
        turned = f"{COSINE} {SINE} -{SINE} {COSINE} {left:.2f} {base:.2f} Tm"
        self.watermarks += [WATER.fill, "BT", f"{size * 0.2:g} Tc", turned, *shown, "0 Tc ET"]


COSINE, SINE = 0.906, 0.423  # 25 degrees
UPRIGHT = str.maketrans({"（": "︵", "）": "︶", "／": "·", "(": "︵", ")": "︶", "—": "︱"})
