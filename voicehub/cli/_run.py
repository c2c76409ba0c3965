"""The state of one call of the command line: its arguments and its account. Commands get it as ``ctx.obj``."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicehub.client import Client, Tally
    from voicehub.receipt import Receipt

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

        values = (word.partition("=")[2] if word.startswith("--") else word for word in self.arguments)
        typed = [value for value in values if _NUMBER.fullmatch(value)]
        return hide(self.without_secrets(text), numbers=[*typed, *(re.sub("[^0-9]", "", number) for number in typed)])
