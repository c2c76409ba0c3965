"""Whatever comes, in whatever order and however often: the ledger ends where the clean sequence ends."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.webhooks.support import ALERTS, Remembering, asked, configured, pushed
from voicehub import CallRecord, CallState, webhooks
from voicehub.campaign import Call, SqliteLedger
from voicehub.config import Configuration

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
_BYTES = st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass"))
_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.integers(10**15, 10**40)
_ANYTHING = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner)
)
_KEYS = ["voiceId", "callee", "terminationCode", "submitTime", "hangupTime", "answerTime", "callDuration", "costEur"]
_ROWS = st.dictionaries(st.sampled_from([*_KEYS, "calledInfo", "feedbackValue", "sipCode"]), _ANYTHING).map(
    lambda row: {"voiceId": "1", **row}
)
_JSON = (_ANYTHING | _ROWS | st.builds(lambda rows: {"array": rows}, st.lists(_ROWS))).map(
    lambda value: json.dumps(value).encode()
)
_HEADERS = st.lists(st.tuples(st.binary(min_size=1, max_size=20).map(bytes.lower), st.binary(max_size=40)), max_size=5)


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    return configured(path=str(tmp_path_factory.mktemp("c") / "voicehub.toml"))


@contextmanager
def ledger() -> Iterator[SqliteLedger]:
    with TemporaryDirectory() as folder, closing(SqliteLedger(Path(folder, "ledger.db"))) as opened:
        yield opened


def history(call_id: str, end: CallState, again_after: int | None) -> list[CallRecord]:
    """The reports of one call in their order; with ``again_after`` seconds the vendor phones once more."""
    moments = [START + timedelta(seconds=second) for second in (0, 1, 2, 6, 16)]
    made = CallRecord(
        call_id=call_id, state=CallState.QUEUED, callee="+932111111111", submitted_at=moments[0], reference="order 42"
    )
    told = [made, replace(made, state=CallState.RINGING, called_at=moments[1], ringing_at=moments[2])]
    if end is CallState.COMPLETED:
        told.append(replace(told[-1], state=CallState.ANSWERED, answered_at=moments[3]))
    talked = 10 if end is CallState.COMPLETED else 0
    told.append(replace(told[-1], state=end, ended_at=moments[4], call_seconds=talked, charged_seconds=talked))
    if again_after is not None and end is not CallState.COMPLETED:  # nobody phones again whom they have talked to
        later = moments[4] + timedelta(seconds=again_after)
        told.append(replace(told[-1], state=CallState.NO_ANSWER, ended_at=later))
    return told


ENDS = st.sampled_from([CallState.COMPLETED, CallState.BUSY, CallState.NO_ANSWER, CallState.FAILED])
HISTORIES = st.lists(st.tuples(ENDS, st.none() | st.integers(1, 3600)), min_size=1, max_size=3).map(
    lambda drawn: [history(str(number), *each) for number, each in enumerate(drawn)]
)


async def report(app: Any, lots: Sequence[Sequence[CallRecord]], *, at_once: bool) -> None:
    asking = [asked(app, ALERTS, pushed(*records)) for records in lots]
    answers = await asyncio.gather(*asking) if at_once else [await each for each in asking]
    assert {answer.status for answer in answers} <= {200}


@settings(max_examples=40)
@given(st.data())
def test_any_order_and_any_repeats_end_where_the_clean_sequence_ends(
    configuration: Configuration, data: st.DataObject
) -> None:
    histories = data.draw(HISTORIES)
    clean = [record for told in histories for record in told]
    mixed = data.draw(st.permutations(clean + data.draw(st.lists(st.sampled_from(clean), max_size=6))))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(mixed)))) | {0, len(mixed)})
    lots = [mixed[start:end] for start, end in pairwise(cuts)]
    known = []
    for reports, at_once in (([[record] for record in clean], False), (lots, data.draw(st.booleans()))):
        with ledger() as kept:
            asyncio.run(report(webhooks.app(kept, configuration), reports, at_once=at_once))
            known.append(kept.calls("alerts", [told[0].call_id for told in histories]))
    assert known[0] == known[1]
    for told in histories:
        call = known[0][told[0].call_id]
        assert (call.state, call.ended) == (told[-1].state, told[-1].ended_at and told[-1].ended_at.timestamp())


@settings(max_examples=60)
@given(st.lists(_BYTES | _JSON, min_size=1, max_size=3), _HEADERS)
def test_any_body_with_any_header_is_kept_or_refused_and_harms_nothing(
    configuration: Configuration, bodies: list[bytes], headers: list[tuple[bytes, bytes]]
) -> None:
    genuine = replace(history("known", CallState.COMPLETED, None)[-1], code="200")

    async def check(app: Any) -> None:
        assert (await asked(app, ALERTS, pushed(genuine))).status == 200
        for content in [*bodies, *bodies]:
            assert (await asked(app, ALERTS, content, headers)).status in (200, 400)
        assert (await asked(app, ALERTS, pushed(genuine))).status == 200

    with ledger() as kept:
        asyncio.run(check(webhooks.app(kept, configuration)))
        assert kept.calls("alerts", ["known"])["known"] == Call.of("alerts", genuine, verified=False)


@settings(max_examples=100)
@given(st.lists(_JSON, min_size=1, max_size=4), st.data())
def test_any_reports_in_any_order_end_alike(
    configuration: Configuration, bodies: list[bytes], data: st.DataObject
) -> None:
    known = []
    for contents in (bodies, data.draw(st.permutations([*bodies, *bodies]))):
        heard = Remembering()
        app = webhooks.app(heard, configuration)
        for content in contents:
            asyncio.run(asked(app, ALERTS, content))
        known.append(heard.known)
    assert known[0] == known[1]
