"""A provider's facts as the tables of ``voicehub providers`` show them."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from voicehub.provider import Limits, Provider, Span

#: The meaning of ``Provider.call_ids``; from most ids to least.
CALL_IDS = {"callee": "one for each callee", "request": "one for each request", "none": "none"}


def rows_of(kind: "type[BaseModel]", limits: "Limits") -> "dict[str, Span | None]":
    """The rows that apply to this kind of content: ``voice`` does not apply to a recording."""
    from voicehub.provider import FIELDS

    foreign = {name for name, field in FIELDS.items() if field == "content" and name not in kind.model_fields}
    return {name: row for name, row in limits.rows().items() if name not in foreign}


def tables(limits: "Mapping[type[BaseModel], Limits]") -> "dict[str, dict[str, Span | None]]":
    """The rows of each kind of content, by the kind's name."""
    return {kind.model_fields["kind"].default: rows_of(kind, table) for kind, table in limits.items()}


class Facts:
    """The facts of one provider; ``account`` is ``None`` for the vendor's own limits."""

    def __init__(self, cls: "type[Provider]", limits: "Mapping[type[BaseModel], Limits]", account: str | None) -> None:
        self.name = cls.name
        self.account = account
        self.limits = tables(limits)
        self._cls = cls

    @classmethod
    def of(cls, provider: "type[Provider]") -> "Facts":
        """The facts of a provider class, without any configuration."""
        return cls(provider, provider.limits, None)

    def cells(self, kind: str, name: str) -> tuple[str | tuple[str, str], ...]:
        """The cells of one row, as text."""
        row = self.limits[kind][name]
        if row is None:
            return name, ("not offered", "dim"), "", "", ""
        reach = f"at least {row.low:g}" if row.high is None else f"{row.low:g} to {row.high:g}"
        return name, f"{reach}, required" if row.required else reach, row.unit, row.source, row.read or "override"

    def sentences(self) -> list[str]:
        """The facts besides the limits."""
        code = self._cls.callee_refusal_code
        refusals = "single callees" if code is not None else "whole requests only"
        options = ", ".join(self._cls.Options.model_fields) if self._cls.Options else "none"
        asked = ", ".join(kind.__name__ for kind in self._cls.abilities) or "nothing"
        told = [
            f"Call ids: {CALL_IDS[self._cls.call_ids]}. Refuses: {refusals}. Options of its own: {options}.",
            f"Can be asked: {asked}. Sends reports: {'yes' if self._cls.reports else 'none known here'}.",
        ]
        return told + ([f"Speaks: {', '.join(self._cls.languages)}."] if self._cls.languages else [])

    def as_json(self) -> dict[str, Any]:
        """All facts as JSON. A row is ``null`` if the vendor has no such field."""
        limits = {
            kind: {name: row and asdict(row) for name, row in table.items()} for kind, table in self.limits.items()
        }
        return {
            "name": self.name,
            "account": self.account,
            "limits": limits,
            "call_ids": self._cls.call_ids,
            "refuses_single_callees": self._cls.callee_refusal_code is not None,
            "options": list(self._cls.Options.model_fields) if self._cls.Options else [],
            "questions": [kind.__name__ for kind in self._cls.abilities],
            "reports": self._cls.reports is not None,
            "languages": list(self._cls.languages),
        }
