"""For every history of a split: the receipt is whole and right, nobody is handed over twice, and the error is the
promised one. And the laws themselves are tried: each planted bug must break them."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings

from tests.client.laws import HISTORIES, LIES, STOPPED, TAKEN, TURNED_AWAY, obey, rows_of_nobody
from tests.client.oracle import Ending
from tests.client.support import Mode
from voicehub.client import NeverLeft, Tally, _client, _exchange, _tally, account_for
from voicehub.client._transport.sender import Sender
from voicehub.errors import NotSent
from voicehub.provider import Refusal, Reply, Request


@given(*HISTORIES)
@example(5, [TAKEN, STOPPED, TAKEN], "sync")
@example(5, [TURNED_AWAY, TAKEN, TAKEN], "async")
@example(5, [TAKEN, Ending("encode_fails"), TAKEN], "sync")
@example(1, [Ending("encode_fails"), TAKEN, TAKEN], "async")
def test_every_history_ends_as_promised(count: int, endings: list[Ending], mode: Mode) -> None:
    obey(count, endings, mode)


@pytest.mark.parametrize("lie", range(len(LIES)))
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_what_decode_may_not_return_is_doubt(lie: int, mode: Mode) -> None:
    obey(4, [TAKEN, Ending("decode_lies", lie=lie), TAKEN], mode)


End = _exchange._End
REAL_DOUBT, REAL_ACCOUNT = _exchange._doubt, account_for


def doubt_goes_on(*args: Any) -> Any:
    REAL_DOUBT(*args)
    return End("in_doubt")


def lost_is_taken_back(request: Any, tally: Tally, *_: Any) -> Any:
    tally.take_back()
    return End("not_sent", "lost", NeverLeft("lost"))


def missing_is_refused(callees: Any, result: Any, reply: Any) -> Any:
    outcomes, left_over = REAL_ACCOUNT(callees, result, reply)
    return [
        row._replace(status="refused") if row.reason == "the reply does not mention this callee" else row
        for row in outcomes
    ], left_over


def rows_as_they_come(callees: Any, result: Any, reply: Any) -> Any:
    return (result.outcomes if isinstance(result, Refusal) else result), ()


BUGS: dict[str, tuple[object, str, object]] = {
    "doubt does not stop the rest": (_exchange, "_doubt", doubt_goes_on),
    "what was lost is taken back": (_exchange, "_doubt", lost_is_taken_back),
    "a missing row is a refusal": (_exchange, "account_for", missing_is_refused),
    "rows are believed as they come": (_exchange, "account_for", rows_as_they_come),
    "a refusal does not stop the rest": (_exchange, "_refusal_text", lambda *_: None),
    "a failing gateway is believed": (Reply, "proves_nothing", False),
    "refused wins over accepted": (_tally, "_WEIGHT", {"accepted": 0, "in_doubt": 1, "refused": 2}),
    "a vendor may say not_attempted": (_tally, "_BELIEVABLE", {"accepted", "refused", "in_doubt", "not_attempted"}),
    "asked to stop, it goes on": (Tally, "stop", lambda self: None),
    "what never left counts as lost": (Tally, "take_back", lambda self: None),
    "an incomplete send is called unsent": (_exchange, "Incomplete", NotSent),
}


class TriesEverythingAgain:
    """A client that takes what was lost for something that never left, and tries again."""

    def __init__(self, sender: Any) -> None:
        self.sender = sender

    def __call__(self, *args: Any, **options: Any) -> Any:
        sender = self.sender(*args, **options)
        send = sender.send

        def again(request: Request) -> Any:
            try:
                return send(request)
            except _exchange.Lost as error:
                raise NeverLeft(str(error)) from error

        sender.send = again
        return sender


BUGS["what was lost is tried again"] = (_client.Client, "_new_sender", TriesEverythingAgain(Sender))


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_breaks_the_laws(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place, name, planted = BUGS[bug]
    monkeypatch.setattr(place, name, planted)

    @settings(
        max_examples=400,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(*HISTORIES)
    @example(1, [Ending("decode_lies", lie=LIES.index(rows_of_nobody))] * 3, "sync")
    def laws(count: int, endings: list[Ending], mode: Mode) -> None:
        obey(count, endings, mode)

    with pytest.raises(AssertionError):
        laws()
