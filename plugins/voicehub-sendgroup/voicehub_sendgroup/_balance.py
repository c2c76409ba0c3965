"""getBalance: the money of an account. It places no call and has no body, so it is the credential check too."""

import re
from decimal import Decimal

from voicehub.provider import AskBalance, Refusal, Reply, Request, Unreadable, code_text
from voicehub.records import Balance
from voicehub_sendgroup._asking import Asking, flat, refused

_AMOUNT = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")


class GetBalance(Asking[AskBalance, Balance]):
    """GET the brand's ``balance_path``; the amounts are text and no page names their currency."""

    def encode(self, asked: AskBalance, now: float) -> Request:
        """Headers only."""
        return self.request("GET", self.provider.balance_path, None, now)

    def decode(self, asked: AskBalance, reply: Reply) -> Balance | Refusal | Unreadable:
        """The fields stand beside ``status``, without ``data``."""
        said = self.opened(reply)
        if not isinstance(said, dict):
            return said
        own = amount(said.get("balance"))
        if own is None:
            return Unreadable("status 0 without a balance")
        gift, credit = amount(said.get("gift")), amount(said.get("credit"))
        return Balance(own, Decimal(0) if gift is None else gift, Decimal(0) if credit is None else credit)

    def parse(self, request: Request, now: float) -> AskBalance | Refusal | None:
        """Credentials are all there is to check."""
        if not self.is_for(request, "GET", self.provider.balance_path):
            return None
        values = self.admitted(request, now)
        return values if isinstance(values, Refusal) else AskBalance()

    def answer(self, asked: AskBalance | None, told_: Balance | Refusal) -> Reply:
        """Amounts as text."""
        if isinstance(told_, Refusal):
            return refused(told_)
        amounts = {"balance": told_.amount, "gift": told_.gift, "credit": told_.credit}
        return flat(**{name: f"{value:f}" for name, value in amounts.items()})


def amount(value: object) -> Decimal | None:
    """An amount as text or as a number; ``None``: none."""
    text = str(value) if isinstance(value, float) else (code_text(value) or "")
    return Decimal(text) if _AMOUNT.fullmatch(text) else None
