"""The laws of a send, for any history of a split: a vendor and a wire that follow a script, and what must hold."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, cast

import httpx
from hypothesis import strategies as st

from tests.client.oracle import Ending, Said, expected
from tests.client.support import Mode, Plain, message
from voicehub import AsyncClient, Client, Outcome, Receipt, RefusalKind, Refused, VoiceMessage
from voicehub.client import Tally
from voicehub.provider import Refusal, Reply, Request

NUMBERS = [f"+93211111111{last}" for last in range(5)]
STRANGER = "+15550000000"


def rows_of_nobody(message: VoiceMessage) -> object:
    return [Outcome(callee, "not_attempted") for callee in message.to]


LIES: list[Callable[[VoiceMessage], object]] = [
    lambda message: None,
    lambda message: "accepted",
    lambda message: 0,
    lambda message: (Outcome(callee, "accepted") for callee in message.to),
    lambda message: dict.fromkeys(message.to, "accepted"),
    lambda message: [(callee, "accepted", "id", None, None) for callee in message.to],
    rows_of_nobody,
    lambda message: [Outcome(callee, cast("Said", "answered")) for callee in message.to],
    lambda message: [Outcome(callee, cast("Said", [])) for callee in message.to],
    lambda message: [Outcome(cast("str", callee.encode()), "accepted") for callee in message.to],
    lambda message: [Outcome(callee, "accepted", cast("str", 7)) for callee in message.to],
    lambda message: [Outcome(callee, "accepted", "id", cast("str", 0)) for callee in message.to],
    lambda message: Refusal(cast("RefusalKind", "request")),
    lambda message: Refusal(RefusalKind.AUTH, code=cast("str", -1)),
    lambda message: Refusal(RefusalKind.AUTH, reason=cast("str", b"no")),
    lambda message: Refusal(RefusalKind.AUTH, outcomes=cast("tuple[Outcome, ...]", None)),
    lambda message: Refusal(RefusalKind.AUTH, outcomes=(Outcome(message.to[0], "not_attempted"),)),
]


class World:
    """A vendor and a way to it, both following the endings; it writes down whose request left."""

    def __init__(self, callees: Sequence[str], endings: Sequence[Ending], tally: Tally) -> None:
        self.ending_of = dict(zip(callees[::2], endings, strict=True))
        self.split = len(self.ending_of) > 1
        self.tally = tally
        self.left: list[str] = []
        self.tried: dict[str, int] = dict.fromkeys(callees, 0)
        self.encoded: dict[str, int] = dict.fromkeys(callees, 0)
        self.provider = Plain(encode=self.encode, decode=self.decode)

    def encode(self, part: VoiceMessage, now: float) -> Request:
        self.encoded[part.to[0]] += 1
        if self.ending_of[part.to[0]].how == "encode_fails" and self.encoded[part.to[0]] > self.split:
            raise ArithmeticError("the plugin cannot count")
        return Plain.encode(self.provider, part, now)

    def decode(self, part: VoiceMessage, reply: Reply) -> object:
        ending = self.ending_of[part.to[0]]
        if ending.how == "decode_raises":
            raise RecursionError("the plugin went in circles")
        if ending.how == "decode_lies":
            return LIES[ending.lie](part)
        rows = [
            Outcome(callee, said, "id")
            for depth in range(3)  # doubled rows do not stand next to each other
            for callee, all_said in zip(part.to, ending.said, strict=False)
            for said in all_said[depth : depth + 1]
        ]
        rows += [Outcome(STRANGER, "accepted", "id")] * ending.strangers
        if ending.how == "refusal":
            return Refusal(ending.kind, "-1", "no", tuple(rows))
        return rows[::-1]

    def carry(self, request: httpx.Request) -> httpx.Response:
        callees = request.content.decode().split(",")
        ending = self.ending_of[callees[0]]
        self.tried[callees[0]] += 1
        if ending.how == "never_left" and self.tried[callees[0]] <= ending.failures:
            raise httpx.ConnectError("nobody listens")
        self.left += callees
        if ending.stop:
            self.tally.stop()
        if ending.how == "lost":
            raise [httpx.ReadError("reset"), httpx.ReadTimeout("slow"), OSError("odd")][ending.lie % 3]
        return httpx.Response(ending.http, content=b"as the endings say")

    def send(self, mode: Mode, callees: Sequence[str]) -> Receipt:
        transport = httpx.MockTransport(self.carry)
        if mode == "sync":
            with httpx.Client(transport=transport) as http_client:
                return Client(self.provider, http_client=http_client).send(message(*callees), tally=self.tally)

        async def run() -> Receipt:
            async with httpx.AsyncClient(transport=transport) as http_client:
                client = AsyncClient(self.provider, http_client=http_client)
                return await client.send(message(*callees), tally=self.tally)

        return asyncio.run(run())


def obey(count: int, endings: Sequence[Ending], mode: Mode) -> None:
    """The laws, for one history."""
    callees = NUMBERS[:count]
    parts = [len(callees[start : start + 2]) for start in range(0, count, 2)]
    endings = [end if end.how != "never_left" or end.failures >= 3 else _answered(end) for end in endings]
    promised = expected(parts, endings[: len(parts)], attempts=3)
    tally = Tally()
    world = World(callees, endings[: len(parts)], tally)
    error: Exception | None = None
    try:
        receipt = world.send(mode, callees)
    except Exception as raised:
        error, receipt = raised, cast("Any", raised).receipt
    assert [outcome.callee for outcome in receipt] == callees, "every callee exactly once, in order"
    assert [outcome.status for outcome in receipt] == promised.statuses
    assert receipt.outcomes == tally.receipt().outcomes
    assert world.left == callees[: promised.handed], "who was handed over, each of them once"
    assert not {outcome.callee for outcome in receipt.not_attempted} & set(world.left)
    assert len(receipt.unmatched) == promised.unmatched
    assert type(error) is (promised.raised or type(None)), repr(error)
    assert promised.cause is None or type(cast("Exception", error).__cause__) is promised.cause
    assert cast("Any", error).__cause__ is not error if error else True
    assert not isinstance(error, Refused) or error.kind is promised.kind
    assert not set(NUMBERS) & set(str(error).split()), "no full number in the text"


def _answered(ending: Ending) -> Ending:
    """A vendor that can be reached after some attempts answers as usual."""
    return Ending("never_left", ending.said, failures=ending.failures)


SAID = st.lists(st.sampled_from(["accepted", "accepted", "refused", "in_doubt"]), max_size=3).map(tuple)
ENDINGS = st.builds(
    Ending,
    how=st.sampled_from(
        [
            "rows",
            "rows",
            "rows",
            "refusal",
            "refusal",
            "never_left",
            "lost",
            "encode_fails",
            "decode_raises",
            "decode_lies",
        ]
    ),
    said=st.one_of(
        st.just((("accepted",), ("accepted",))), st.just((("refused",), ("refused",))), st.tuples(SAID, SAID)
    ),
    http=st.sampled_from([200, 200, 200, 401, 408, 500]),
    kind=st.sampled_from(RefusalKind),
    strangers=st.integers(0, 2),
    failures=st.integers(1, 4),
    lie=st.integers(0, len(LIES) - 1),
    stop=st.booleans(),
)
HISTORIES = st.integers(1, 5), st.lists(ENDINGS, min_size=3, max_size=3), st.sampled_from(["sync", "async"])
TAKEN = Ending("rows", (("accepted",), ("accepted",)))
STOPPED = Ending("rows", (("accepted",), ("accepted",)), stop=True)
TURNED_AWAY = Ending("rows", (("refused",), ("refused",)), stop=True)
