"""Which registers take imports, by noun (docs/adr/0007 says how a register declares its own)."""

from rules.errors import RuleError
from rules.importing.columns import ImportRegister
from rules.importing.keys import KEYS
from rules.importing.residents import RESIDENTS
from rules.importing.stock import OPENING
from rules.permissions import allows
from rules.person import Person

REGISTERS: dict[str, ImportRegister] = {register.noun: register for register in (RESIDENTS, KEYS, OPENING)}


def imports_for(person: Person, noun: str) -> ImportRegister | None:
    """The import that fills the list of that noun, where the person may do it."""
    own = [register for register in REGISTERS.values() if noun == register.noun]
    others = [register for register in REGISTERS.values() if noun in register.offered_at]
    return next((register for register in (*own, *others) if may_import(person, register)), None)


def may_import(person: Person, register: ImportRegister) -> bool:
    """Importing needs the right to import and the right to write that register."""
    return allows(person, "import_run.write") and allows(person, f"{register.noun}.write")


def register_of(noun: str) -> ImportRegister:
    """The register of that noun. Raises RuleError when it takes no imports."""
    if noun not in REGISTERS:
        raise RuleError("这个登记不支持导入")
    return REGISTERS[noun]
