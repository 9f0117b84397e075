"""Reads the bodies of SQL functions: which types and relations they name without a schema."""

import re
from collections.abc import Set

SCHEMAS = frozenset({"pg_catalog", "public", "pickup", "auth"})
KEYWORDS = frozenset({
    "bigint", "bit", "boolean", "char", "character", "dec", "decimal", "double", "float", "int", "integer", "interval",
    "national", "nchar", "numeric", "real", "smallint", "time", "timestamp", "varchar",
})  # fmt: skip
"""Types that are words of SQL's grammar: Postgres looks these up in pg_catalog, whatever the search path is."""

_TEXT = re.compile(r"--[^\n]*|/\*.*?\*/|(\$\w*\$).*?\1|(?:e|u&)?'(?:[^']|'')*'", re.DOTALL | re.IGNORECASE)
_NAME = r'("?\w+"?(?:\s*\.\s*"?\w+"?)*)'
_CAST = re.compile(rf"::\s*{_NAME}")
_DECLARED = re.compile(rf"^\s*\w+\s+(?:constant\s+)?{_NAME}", re.IGNORECASE)
_LITERAL = re.compile(r"(?<![\w.])(\w+)\s+''", re.IGNORECASE)
_SOURCE = re.compile(rf"\b(?:from|join|update|into|using|table)\s+(?:only\s+)?{_NAME}(?!\s*\()", re.IGNORECASE)


def bare_names(body: str, types: Set[str], relations: Set[str]) -> list[str]:
    """The types and relations in `body` that the search path decides about, out of all that there are.

    A cast inside of a string counts too: the string may be executed.
    """
    code = _TEXT.sub("''", body)
    found = [name for name in _CAST.findall(body) if _is_bare(name)]
    for section in re.findall(r"\bdeclare\b(.*?)\bbegin\b", code, re.DOTALL | re.IGNORECASE):
        found += [m[1] for line in section.split(";") if (m := _DECLARED.match(line)) and _is_bare(m[1])]
    found += [name for name in _LITERAL.findall(code) if name in types and _is_bare(name)]
    found += [name for name in _SOURCE.findall(code) if name.partition(".")[0] in relations - SCHEMAS]
    return found + re.findall(r"\bcast\s*\(", code, re.IGNORECASE)


def _is_bare(name: str) -> bool:
    first, dot, _ = name.replace('"', "").partition(".")
    return first.strip() not in SCHEMAS if dot else name.lower() not in KEYWORDS
