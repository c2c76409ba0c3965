"""The vendors of the simulation, and the network before them. Its log of who was dialled is the judge."""

from collections import Counter
from collections.abc import Callable, Mapping
from random import Random

from voicehub_itniotech import Itniotech
from voicehub_onbuka import Onbuka

from voicehub import Announcement, Receipt, UploadedAudio, VoiceMessage
from voicehub.campaign import Call
from voicehub.client import Lost, NeverLeft, exchange
from voicehub.provider import Provider, Reply, Request, override
from voicehub.receipt import CallState
from voicehub.sandbox import Desk

ANNOUNCEMENT = Announcement(content=UploadedAudio("a.mp3"), reference="order 42")
#: What the network or the vendor does to a request, and whether somebody is dialled then.
FATES = {
    "fine": True,
    "slow": True,
    "never left": False,
    "reset before": False,
    "reset after": True,
    "502 before": False,
    "502 after": True,
    "truncated": True,
    "throttled": False,
    "401": False,
    "expired": False,
    "no-balance": False,
    "400": False,
    "plugin fails": True,
}
_SILENCE = ("reset before", "reset after", "502 before", "502 after", "truncated")
_STATUS = {"throttled": 429, "401": 401, "400": 400, "502 after": 502, "502 before": 502}


def provider(cls: type[Provider], callees: int, digits: int = 15) -> Provider:
    table = {"callees": callees, "callee_digits": [7, digits]}
    limits = override(cls.limits, table, source="the test", wire_names={})
    return cls(cls.Settings(**cls.sample_settings), limits=limits)


def two_accounts(first: int, second: int) -> Mapping[str, Provider]:
    """Accounts of two vendors with so many callees a request; the second takes no number of more than 11 digits."""
    return {"first": provider(Onbuka, first), "second": provider(Itniotech, second, 11)}


class Vendors:
    """Answers requests. ``weights`` says how often each of `FATES` strikes."""

    reset: type[Lost | NeverLeft] = Lost  #: what the transport makes of a reset

    def __init__(self, accounts: Mapping[str, Provider], random: Random, wall: Callable[[], float]) -> None:
        self.accounts, self.weights = accounts, {"fine": 1}
        self._random, self._wall = random, wall
        self._desk = Desk(accounts)
        self._serial = 0
        self.lasts: int | None = None  #: after so many requests none is answered any more
        self.dialled: Counter[str] = Counter()  #: how often each callee was dialled, since they were last released
        self.calls: dict[str, Call] = {}  #: the last one of each callee, as it is told of
        self.requests: Counter[str] = Counter()  #: of each account, those that left

    def send(self, account: str, callees: tuple[str, ...]) -> tuple[Receipt | BaseException, str]:
        """What the client makes of it, and the ending."""
        message = VoiceMessage.model_construct(None, to=callees, **dict(ANNOUNCEMENT))
        (ending,) = self._random.choices(list(self.weights), list(self.weights.values()))
        if self.lasts is not None:
            self.lasts -= 1
            ending = ending if self.lasts >= 0 else self._random.choice(_SILENCE)
        steps = exchange(self.accounts[account], message, self._wall, account=account)
        try:
            request = next(steps)()
            try:
                reply = self._answer(account, request, ending)
            except (Lost, NeverLeft) as error:
                steps.throw(error)
            else:
                steps.send(reply)
        except StopIteration as done:
            receipt: Receipt = done.value
            return (ValueError("a bug in a plugin"), ending) if ending == "plugin fails" else (receipt, ending)
        except Exception as error:
            return error, ending
        raise AssertionError("one request is one request")

    def _answer(self, account: str, request: Request, ending: str) -> Reply:
        if ending == "never left":
            raise NeverLeft("connection refused")
        self.requests[account] += 1
        if ending in ("throttled", "401", "400", "502 before"):
            return Reply(_STATUS[ending], {})
        if ending == "reset before":
            raise self.reset("connection reset")
        self._serial += 1
        fault = ending if ending in ("expired", "no-balance") else None
        reply, accepted = self._desk(request, self._wall(), self._serial, fault)
        assert FATES[ending] or not accepted
        self.dialled.update(dialled.callee for dialled in accepted)
        for row in accepted:
            told = row.callee, ANNOUNCEMENT.reference, self._wall()
            self.calls[row.callee] = Call(account, f"call {self._serial}-{row.callee}", CallState.RINGING, *told)
        if ending == "reset after":
            raise self.reset("connection reset")
        if ending == "502 after":
            return Reply(502, {})
        return Reply(reply.status, reply.headers, reply.body[:-9]) if ending == "truncated" else reply
