"""Which registers take imports, by noun."""

from rules.errors import RuleError
from rules.importing.columns import ImportRegister
from rules.importing.residents import RESIDENTS

REGISTERS: dict[str, ImportRegister] = {register.noun: register for register in (RESIDENTS,)}


def register_of(noun: str) -> ImportRegister:
    """The register of that noun. Raises RuleError when it takes no imports."""
    if noun not in REGISTERS:
        raise RuleError("这个登记不支持导入")
    return REGISTERS[noun]
