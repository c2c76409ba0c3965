"""T13, T14, T17: our work on a message, without transport."""

import hashlib
import json
import time
from collections.abc import Iterator

from tests.bench import sample
from tests.bench.measure import Row, in_turns, instructions, ratio, why_not_countable
from voicehub import Client
from voicehub.client import account_for
from voicehub.provider import Reply

MESSAGES = 2000  # enough of them to stand out from the start of the process
SINGLE = """
from tests.bench import sample
from voicehub import UploadedAudio, VoiceMessage
from voicehub.client import Tally, exchange
from voicehub.provider import Reply
provider = sample.provider()
numbers, clock = sample.numbers(1), lambda: sample.NOW
reply = Reply(200, {{"content-type": "application/json"}}, sample.answer(sample.message(1)))
for _ in range({count}):
    message = VoiceMessage(to=numbers, content=UploadedAudio("12022022570cc.mp3"), plays=2, reference="order 42")
    steps = exchange(provider, message, clock, tally=Tally())
    next(steps)()
    try:
        steps.send(reply)
    except StopIteration:
        pass
"""


def rows() -> Iterator[Row]:
    yield _encoding()
    yield _decoding()
    what = "one message to one callee: construction, check, encode, sign, decode, account"
    if why := why_not_countable():
        yield Row("T17", what, "thousand instructions", 150, 75, None, why, "k", 1)
        return
    some, more = (instructions("-c", SINGLE.format(count=count)) for count in (MESSAGES, 3 * MESSAGES))
    yield Row("T17", what, "thousand instructions", 150, 75, (more - some) / (2 * MESSAGES) / 1000, "", "k", 1)


def _encoding() -> Row:
    whole = sample.message(1000)
    client = Client(sample.provider())
    values, numbers = sample.bare_request(whole), [number[1:] for number in whole.to]

    def theirs() -> bytes:
        timestamp = str(int(time.time()))
        hashlib.md5(f"keysecret{timestamp}".encode(), usedforsecurity=False).hexdigest()
        return json.dumps({**values, "callee": ",".join(numbers)}).encode()

    ours, bare = in_turns(lambda: client.check(whole), theirs)
    note = f"{min(ours) * 1e6:.0f} against {min(bare) * 1e6:.0f} us"
    return Row("T13", "check, encode and sign 1000 callees", "join + md5 + json.dumps", 4, 2, ratio(ours, bare), note)


def _decoding() -> Row:
    whole, provider = sample.message(1000), sample.provider()
    body = sample.answer(whole)
    reply = Reply(200, {"content-type": "application/json"}, body)

    def theirs() -> list[dict[str, object]]:
        rows = json.loads(body)["data"]
        return [{"callee": row["callee"], "id": row["voiceId"], "code": row["terminationCode"]} for row in rows]

    ours, bare = in_turns(lambda: account_for(whole.to, provider.decode(whole, reply), reply), theirs)
    note = f"{min(ours) * 1e6:.0f} against {min(bare) * 1e6:.0f} us"
    return Row("T14", "decode and account for 1000 rows", "json.loads + a dict a row", 3, 1.5, ratio(ours, bare), note)
