"""`Exam`: one provider class, its settings and its golden samples, as every law sees them."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, NoReturn

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from hypothesis.errors import Flaky, NoSuchExample, Unsatisfiable
from pydantic import SecretStr

from voicehub.client import Tally, exchange
from voicehub.errors import PluginError
from voicehub.message import VoiceMessage
from voicehub.provider import Provider, Request, Settings
from voicehub.testing._checked import LawBroken, checked

#: Unix times, seconds: from long before to long after any account's.
TIMES = st.integers(10**9, 4 * 10**9) | st.floats(10**9, 4 * 10**9)


@dataclass(frozen=True)
class Exam:
    """The provider to examine. ``settings`` replace those of its ``sample_settings``.

    ``golden`` is a folder of samples retyped from the vendor's page (``None``: the folder ``golden`` in the provider's
    package). ``effort`` is a ``hypothesis.settings``; ``None``: the current profile.
    """

    provider_class: type[Provider]
    settings: Mapping[str, Any] = field(default_factory=dict)
    golden: Path | None = None
    effort: hypothesis.settings | None = None

    @property
    def provider(self) -> Provider:
        """A fresh provider on the exam's settings."""
        return self.with_settings()

    def with_settings(self, **changes: Any) -> Provider:
        """A provider whose settings differ in these fields."""
        return checked(self.provider_class)(self.settings_with(**changes))

    def settings_with(self, **changes: Any) -> Settings:
        """The exam's settings with these changes. Raises ``pydantic.ValidationError``."""
        return self.provider_class.Settings(**{**self.provider_class.sample_settings, **self.settings, **changes})

    @property
    def samples(self) -> Path | None:
        """The folder of golden samples; ``None``: there are none, and the laws about them are skipped."""
        module = sys.modules[self.provider_class.__module__]
        if self.golden is not None or not module.__package__:  # a plugin of a single file has no folder of its own
            return self.golden
        shipped = files(module.__package__) / "golden"
        return shipped if isinstance(shipped, Path) and shipped.is_dir() else None

    def secrets(self) -> dict[str, str]:
        """The secret settings by name, in plain."""
        values = vars(self.provider.settings)  # a field may be called keys, which dict() would call
        return {name: value.get_secret_value() for name, value in values.items() if isinstance(value, SecretStr)}

    def for_all(self, check: Callable[..., None], *strategies: st.SearchStrategy[Any], share: int = 1) -> None:
        """Run the check on many examples; ``share`` divides their number where each example checks several things."""
        effort = self.effort or hypothesis.settings()
        # Messages that a provider's own rules refuse are filtered out, and a slow machine is no fault.
        patient = hypothesis.settings(
            effort,
            deadline=None,
            max_examples=max(1, effort.max_examples // share),
            report_multiple_bugs=False,  # several come as an exception group, whose text does not name them
            # The explain phase costs minutes where every example fails, as in a plugin that was just begun.
            phases=[phase for phase in effort.phases if phase is not Phase.explain],
            suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
        )
        with in_plain_words():
            patient(given(*strategies)(check))()

    def skip(self, reason: str) -> NoReturn:
        """Skip a law, with the reason: it is never passed silently."""
        pytest.skip(f"{self.provider_class.name}: {reason}")


@contextlib.contextmanager
def in_plain_words() -> Iterator[None]:
    """Turn the errors of hypothesis about a provider into words for its author."""
    try:
        yield
    except (Unsatisfiable, NoSuchExample) as error:
        complaint = "no message could be made that it takes; check whether its limits, refuse and Options allow any"
        raise LawBroken(complaint) from error
    except Flaky as error:
        complaint = "with the same input it did something else; a method may depend on its arguments only"
        raise LawBroken(complaint) from error


def prepared(provider: Provider, message: VoiceMessage, now: float) -> Request:
    """The request as the client would send it, after its checks of the message and of what HTTP can carry."""
    flow = exchange(provider, message, lambda: now, tally=Tally())
    try:
        request = next(flow)()
    except PluginError as error:
        if isinstance(error.__cause__, LawBroken):  # the same complaint, without the text around it
            raise error.__cause__ from None
        raise
    finally:
        flow.close()
    return request


def told(message: object) -> str:
    """A message, or rows, in full, for the failure of a law; the numbers are made up, so they are not masked."""
    if isinstance(message, VoiceMessage):
        return repr(message.model_dump(exclude_none=True))
    if isinstance(message, list | tuple):  # an Outcome masks its number, also inside a list
        return repr(type(message)(map(tuple, message)))
    return repr(message)


def same(provider: Provider, one: object, other: object) -> bool:
    """Whether two messages mean the same; an option at its default means the same as an unset option."""
    if not (isinstance(one, VoiceMessage) and isinstance(other, VoiceMessage)):
        return False
    if one == other or provider.Options is None:
        return one == other
    model = provider.Options
    of_one, of_other = (model.model_validate(said.provider_options.get(provider.name, {})) for said in (one, other))
    bare = [said.model_copy(update={"provider_options": {}}) for said in (one, other)]
    return of_one == of_other and bare[0] == bare[1]
