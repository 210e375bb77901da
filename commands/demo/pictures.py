"""Files of the demo company: names written on the glass, an envelope photographed; drawn here, kept as uploads are."""

from hashlib import sha256
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw

from rules.attachments import Checked, Store, checked

INK, PAPER, BROWN, RED = "#101828", "#ffffff", "#d9c39a", "#b42318"


def _png(image: Image.Image) -> Checked:
    raw = BytesIO()
    image.save(raw, "PNG")
    return checked(raw.getvalue())


def handwriting(dice: Random) -> Checked:
    """Three characters nobody can read, as most signatures are."""
    image = Image.new("RGB", (480, 160), PAPER)
    pen = ImageDraw.Draw(image)
    for character in range(3):
        left, x, y = 40 + character * 140, 40 + character * 140, dice.randint(40, 110)
        for _stroke in range(dice.randint(4, 6)):
            to = (left + dice.randint(0, 110), dice.randint(25, 135))
            pen.line((x, y, *to), INK, 4)
            x, y = to
    return _png(image)


def envelope() -> Checked:
    """A brown envelope with a strip across its flap."""
    image = Image.new("RGB", (640, 400), "#475467")
    pen = ImageDraw.Draw(image)
    pen.rectangle((60, 60, 580, 340), BROWN)
    pen.line((60, 60, 320, 210, 580, 60), "#8a7650", 3)
    pen.rectangle((270, 150, 370, 260), RED)
    return _png(image)


class Album:
    """The few pictures the story needs, each kept once."""

    def __init__(self, dice: Random, store: Store | None) -> None:
        self.names = [handwriting(dice) for _ in range(6)]
        self.envelope = envelope()
        self._store = store

    def keep(self, picture: Checked) -> str:
        """Its hash; where the story is told without files, nothing lies behind it."""
        return self._store.keep(picture) if self._store else sha256(picture.content).hexdigest()
