"""The state of one call of the command line: its arguments and its account. Commands get it as ``ctx.obj``."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicehub.client import Client, Tally
    from voicehub.receipt import Receipt

#: Times, counts and ports: whoever mistypes one has to see it.
_NO_NUMBERS = {"--until", "--since", "--ring-timeout", "--max-duration", "--plays", "--port", "--not-phoned-within"}
_NO_NUMBERS |= {"--batch", "--max-calls", "--max-requests", "--max-doubts"}
_NUMBER = re.compile(r"[+0-9 ().-]{7,}")


@dataclass
class Run:
    """``account``, ``provider`` and ``tally`` stay ``None`` until a command sets them."""

    arguments: list[str]
    as_json: bool = False
    code: int = 0
    account: str | None = None
    provider: str | None = None
    dry_run: bool = False
    secrets: tuple[str, ...] = field(default=(), repr=False)
    tally: "Tally | None" = None

    def serve(self, client: "Client") -> None:
        """From now on this run is for the account of this client."""
        self.account, self.provider = client.account, client.provider.name
        self.secrets = client.provider.settings.secrets()

    def receipt(self) -> "Receipt | None":
        """The outcomes of the callees as of now; ``None``: there is no message yet."""
        receipt = self.tally.receipt() if self.tally else None
        return receipt if receipt and len(receipt) else None

    def without_secrets(self, text: str) -> str:
        """A text without the account's secrets."""
        from voicehub._masking import hide

        return hide(text, secrets=self.secrets)

    def without_credentials(self, text: str) -> str:
        """A text without the account's secrets and without the credentials in the requests of this run."""
        from voicehub._masking import hide

        sent = self.tally.credentials if self.tally else set()
        return hide(text, secrets=[*self.secrets, *sent])

    @property
    def is_send(self) -> bool:
        """Whether ``send`` was called, which has outcomes; the outermost group has no option with a value."""
        return next((word for word in self.arguments if not word.startswith("-")), None) == "send"

    def masked(self, text: str) -> str:
        """A text without the account's secrets and the numbers that were typed on the command line."""
        from voicehub._masking import hide

        typed = [value for value in self._typed() if _NUMBER.fullmatch(value)]
        return hide(self.without_secrets(text), numbers=[*typed, *(re.sub("[^0-9]", "", number) for number in typed)])

    def usage_masked(self, text: str) -> str:
        """The same of what click says of the command line, which may quote any part of it."""
        from voicehub._masking import digit_runs, hide

        runs = [run for value in self._typed() for run in digit_runs(value)]
        return hide(self.without_secrets(text), numbers=runs)

    def _typed(self) -> Iterator[str]:
        """What was typed, but for the values of options that never hold a number people are called by."""
        before = ""
        for word in self.arguments:
            option, _, value = word.partition("=") if word.startswith("--") else (before, "", word)
            if value and option not in _NO_NUMBERS:
                yield value
            before = word
