"""One PDF: pages, embedded fonts, properties; content is packed page by page so that memory stays flat."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from io import BytesIO

from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas

from printouts.draw.faces import REGULAR, SAVING, faces
from printouts.draw.pen import Laid, Pen

A4 = (595.276, 841.890)
A4_LANDSCAPE = (841.890, 595.276)
A5_LANDSCAPE = (595.276, 419.528)
CACHED_STRINGS = 20_000


class Document:
    """Pages are drawn inside `with document.page(size) as pen:`; `finish()` returns the bytes."""

    def __init__(self, title: str, author: str, subject: str = "", created: str = "") -> None:
        self.faces = faces()
        self.missing: set[str] = set()
        self.buffer = BytesIO()
        # Without initialFontName each file would list Helvetica as a font that is not embedded. Invariant: the
        # same paper has the same bytes, so that its hash means something; who printed it when stands on the paper.
        self.canvas = Canvas(self.buffer, initialFontName=REGULAR, pageCompression=1, lang="zh-CN", invariant=1)
        self.canvas.setTitle(title)
        self.canvas.setAuthor(author)
        self.canvas.setSubject(subject)
        self.canvas.setCreator("首接")
        self.canvas.setViewerPreference("PrintScaling", "None")  # 99 mm must stay 99 mm
        if digits := re.sub(r"\D", "", created)[:14]:
            self.canvas.setDateFormatter(lambda *_: f"D:{digits:0<14}+08'00'")
        self.pages = 0
        self._forms = 0
        self._encoded: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self._laid: dict[Hashable, Laid] = {}

    # -- what a pen asks ------------------------------------------------------------------------------
    def encode(self, face: str, text: str) -> list[tuple[str, str]]:
        """(font resource, escaped bytes) pieces of a run; the same words come again and again in a ledger."""
        key = (face, text)
        known = self._encoded.get(key)
        if known is None:
            if len(self._encoded) >= CACHED_STRINGS:
                self._encoded.clear()
            font, document = self.faces[face].font, self.canvas._doc
            known = self._encoded[key] = [
                (font.getSubsetInternalName(subset, document), self.canvas._escape(piece))
                for subset, piece in font.splitString(text, document)
            ]
        return known

    def remember(self, key: Hashable, lay: Callable[[], Laid]) -> Laid:
        """Lines broken once for words that come again in the same cell."""
        known = self._laid.get(key)
        if known is None:
            if len(self._laid) >= CACHED_STRINGS:
                self._laid.clear()
            known = self._laid[key] = lay()
        return known

    def missed(self, characters: set[str]) -> None:
        self.missing |= characters

    # -- pages ----------------------------------------------------------------------------------------
    @contextmanager
    def page(self, size: tuple[float, float], furniture: str = "") -> Iterator[Pen]:
        pen = Pen(self, *size)
        self.canvas.setPageSize(size)
        if furniture:
            self.canvas.doForm(furniture)
        yield pen
        self.canvas._code.append(pen.content())
        self.canvas.showPage()
        self.pack()
        self.pages += 1

    @contextmanager
    def furniture(self, size: tuple[float, float]) -> Iterator[tuple[str, Pen]]:
        """What every page shows, drawn once and referred to by name."""
        self._forms += 1
        name, pen = f"furniture{self._forms}", Pen(self, *size)
        self.canvas.setPageSize(size)
        yield name, pen
        self.canvas.beginForm(name)
        self.canvas._code.append(pen.content())
        self.canvas.endForm()

    def pack(self) -> None:
        """Compresses the page just shown instead of keeping its text until the end."""
        page = self.canvas._doc.Pages.pages[-1]
        filters = pdfdoc.PDFDictionary({"Filter": pdfdoc.PDFArray([pdfdoc.PDFName("FlateDecode")])})
        page.Contents = pdfdoc.PDFStream(filters, zlib.compress(page.stream.encode("latin-1"), 6))
        page.stream = None

    def finish(self) -> bytes:
        with SAVING:
            self.canvas.save()
        return self.buffer.getvalue()
