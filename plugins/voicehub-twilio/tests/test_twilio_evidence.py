"""What may speak of a call is never taken for a refusal."""

import pytest
from voicehub_twilio import Twilio

from voicehub import Speech, VoiceMessage
from voicehub.client import account_for
from voicehub.provider import Reply

PROVIDER = Twilio(Twilio.Settings(**Twilio.sample_settings))
MESSAGE = VoiceMessage(to=["+15005550001"], content=Speech("Hello", "en-GB"), caller_id="15005550006")


def status(http: int, body: bytes) -> str:
    reply = Reply(http, {}, body)
    ((outcome,), _) = account_for(MESSAGE.to, PROVIDER.decode(MESSAGE, reply), reply)
    return outcome.status


@pytest.mark.parametrize("http", [302, 400, 401, 429])
@pytest.mark.parametrize(
    "body",
    [
        b'{"sid": 12}',
        b'{"sid": 12, "code": 21211}',
        b'{"sid": ["CA1"], "code": 20003}',
        b'{"sid": false}',
        b'{"sid": "CA1", "sid": null, "to": "+15005550001"}',
        b'{"code": 20429, "code": 21211}',
        b'{"sid": "CA1", "to": "+15005550001", "n": "\xb3\xc9"}',
        b'{"sid": "CA1"',
        b'[{"sid": "CA1"}]',
        b'{"sid": "CA9", "to": "+15005550009", "code": 20003}',
    ],
)
def test_what_may_be_a_call_is_doubt(http: int, body: bytes) -> None:
    assert status(http, body) == "in_doubt"


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{}", b'{"sid": null, "code": 20003}', b'{"sid": "", "code": 21211}']
)
def test_what_names_no_call_is_refused(body: bytes) -> None:
    assert status(400, body) == "refused"
