"""Fields that take evidence: files, a signature on the glass, a password, a second person's own signature."""

from dataclasses import dataclass
from typing import Any

from wtforms.validators import StopValidation

from forms.fields import Typed, clean


@dataclass(frozen=True, slots=True)
class Held:
    """A file that came with the form before and waits on disk; the receipt names it in the page."""

    receipt: str
    name: str
    media: str
    size: int
    digest: str


class Upload(Typed):
    """One file, or several; the value is what the web server received, `held` what is on disk by now."""

    kind = "file"

    def __init__(
        self, label: str = "", *, accept: str = "image/*,.pdf", several: bool = False, purpose: str = "", **kw: Any
    ) -> None:
        super().__init__(label, **kw)
        self.accept, self.several, self.purpose = accept, several, purpose
        self.receipts: list[str] = []
        self.held: list[Held] = []

    def process(self, formdata: Any, *args: Any, **kw: Any) -> None:
        """The receipts of files that came with an earlier sending of the same form travel beside the box."""
        super().process(formdata, *args, **kw)
        if formdata is not None:
            self.receipts = formdata.getlist(f"{self.name}_held")

    def pre_validate(self, form: Any) -> None:
        """A file that is held already is enough."""
        if not self.held:
            super().pre_validate(form)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Files come beside the form's texts: the view puts both into one mapping."""
        files = [f for f in valuelist if getattr(f, "filename", "")]
        self.data = (files if self.several else files[0]) if files else None

    @property
    def shown(self) -> str:
        """A file cannot be put back into its box."""
        return ""


class Handwriting(Typed):
    """A signature written on the glass, as a PNG data URL."""

    kind = "signature"

    def read(self, text: str) -> str:
        """An image of a sensible size; what is in it is checked where it is kept."""
        if not text.startswith("data:image/png;base64,") or len(text) > 400_000:
            raise ValueError("签名没有收到，请重签")
        return text

    @property
    def shown(self) -> str:
        """The drawing goes back on the glass, unless something is wrong with it."""
        return "" if self.errors else super().shown


class Password(Typed):
    """A password or PIN; never put back into the box, never trimmed."""

    kind = "password"

    def process_formdata(self, valuelist: list[str]) -> None:
        """Blanks may belong to it."""
        self.data = valuelist[0] if valuelist and valuelist[0] else None

    @property
    def shown(self) -> str:
        """Empty."""
        return ""


class Cosign(Typed):
    """A second person signs at this terminal with their own number and PIN."""

    kind = "cosign"

    def process(self, formdata: Any, *args: Any, **kw: Any) -> None:
        """Three boxes: a receipt from the check while typing, or number and PIN themselves."""
        super().process(formdata, *args, **kw)
        self.who = self.secret = ""
        if formdata is not None:
            self.who = clean(formdata.get(f"{self.name}_who", ""))
            self.secret = formdata.get(f"{self.name}_secret", "")

    def pre_validate(self, form: Any) -> None:
        """Either the receipt or both boxes."""
        if self.required and not self.data and not (self.who and self.secret):
            raise StopValidation(f"请{self.label.text}用自己的工号和密码或 PIN 签字")
