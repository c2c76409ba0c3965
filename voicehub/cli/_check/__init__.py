"""``voicehub check``: runs the laws of the contract on a provider, and shows the results. Sends nothing."""

from typing import TYPE_CHECKING

import click

from voicehub.cli import _output
from voicehub.cli._errors import USAGE
from voicehub.cli._options import json_option
from voicehub.cli._run import Run

if TYPE_CHECKING:
    from voicehub.cli._check.marks import Mark
    from voicehub.plugins import Found
    from voicehub.provider import Provider

_WORDS = {"held": ("held", "green"), "broken": ("broken", "red"), "left_out": ("left out", "dim")}


@click.command("check")
@click.argument("name")
@json_option
@click.pass_obj
def command(run: Run, name: str) -> None:
    """Test the installed provider NAME against every law of the contract; sends nothing.

    The laws are those of voicehub.testing.provider_contract. They use the provider's sample settings, and the golden
    samples (copies of the vendor's own examples) in the folder 'golden' of its package. A law that does not apply is
    left out, with the reason; that is no failure. Without golden samples the wire format is unproven, and the result
    says so.

    Exit code 0 when no law is broken, 2 when one is, or when the provider is unknown or cannot be tested.
    """
    from voicehub.plugins import installed

    cls = installed.provider(name)
    marks = _examine(cls)
    (origin,) = (found for found in installed.survey() if found.name == name and found.problem is None)
    counts = {result: sum(mark.result == result for mark in marks) for result in _WORDS}
    run.code = USAGE if counts["broken"] else 0
    if run.as_json:
        whole = {"provider": name, "distribution": origin.distribution, "version": origin.version}
        wire_format = "proven" if _is_proven(marks) else "unproven"
        _output.as_json({**whole, "laws": [mark._asdict() for mark in marks], **counts, "wire_format": wire_format})
    else:
        _show(origin, marks, counts)


def _examine(cls: "type[Provider]") -> "list[Mark]":
    from voicehub.errors import ConfigError

    try:
        import voicehub.testing  # noqa: F401 - first, because without its extra this raises the error that names the extra
    except ImportError as error:
        raise ConfigError(str(error)) from None
    from voicehub.cli._check.marks import sit

    return sit(cls, _output.words)


def _is_proven(marks: "list[Mark]") -> bool:
    """Whether the golden samples were met: all other laws hold even if both ends make the same mistake."""
    golden = {mark.result for mark in marks if mark.law in ("golden_requests_are_met", "golden_replies_are_met")}
    return golden == {"held"}


def _show(origin: "Found", marks: "list[Mark]", counts: dict[str, int]) -> None:
    rows = [(mark.law, _WORDS[mark.result], mark.text) for mark in marks]
    title = f"{origin.name}, of {origin.distribution} {origin.version}"
    verdict = ", ".join(f"{count} {_WORDS[result][0]}" for result, count in counts.items())
    if counts["broken"]:
        end = "correct what is broken; each text says what was seen"
    elif _is_proven(marks):
        end = "it keeps the contract"
    else:
        end = "nothing is broken, but its wire format is UNPROVEN: it has no golden samples of the vendor's page"
    _output.show(_output.table(title, ("law", "result", "what it says"), rows), f"{verdict}: {end}.")
