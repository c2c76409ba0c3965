"""An audio by name: each account's own file stands in its place before anything looks at the message."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from voicehub_onbuka import Onbuka

from tests.cli.conftest import write
from voicehub import (
    Announcement,
    AsyncClient,
    Client,
    ConfigError,
    NamedAudio,
    UnsupportedField,
    UploadedAudio,
    VoiceMessage,
)
from voicehub.client import Tally
from voicehub.sandbox import SandboxServer

MESSAGE = VoiceMessage(to=["+932111111111"], content=NamedAudio("reminder"), plays=2)
SAMPLE = Onbuka(Onbuka.Settings(**Onbuka.sample_settings))


@pytest.fixture
def file(tmp_path: Path) -> str:
    providers = {"alerts": SAMPLE, "backup": SAMPLE}
    return write(tmp_path, providers, "[audio.reminder]", 'alerts = "one.mp3"', 'backup = "two.mp3"')


@pytest.mark.parametrize(("account", "file_id"), [("alerts", "one.mp3"), ("backup", "two.mp3")])
def test_a_client_of_the_configuration_sends_its_accounts_file(account: str, file_id: str, file: str) -> None:
    with Client.from_config(file, account=account) as client:
        (request,) = client.check(MESSAGE)
        assert request.body == _body(client, file_id)


def _body(client: Client, file_id: str) -> bytes:
    return client.check(MESSAGE.model_copy(update={"content": UploadedAudio(file_id)}))[0].body


async def test_both_clients_reach_the_vendor_with_it(tmp_path: Path) -> None:
    with SandboxServer({"alerts": SAMPLE}) as server:
        file = write(tmp_path, {"alerts": server.provider("alerts")}, "[audio.reminder]", 'alerts = "one.mp3"')
        with Client.from_config(file) as client:
            assert client.send(MESSAGE).accepted
        async with AsyncClient.from_config(file) as client_:
            assert (await client_.send(MESSAGE)).accepted
        assert [dialled.callee for dialled in server.dialled] == ["+932111111111"] * 2


def test_a_client_without_a_configuration_says_what_to_do() -> None:
    tally = Tally()
    with Client(SAMPLE) as client:
        for call in (lambda: client.check(MESSAGE), lambda: client.send(MESSAGE, tally=tally)):
            with pytest.raises(
                UnsupportedField, match=r"content: names its audio, .* use from_config\(\), or write Up"
            ):
                call()
    assert len(tally.receipt()) == 0


def test_an_account_without_that_recording_is_told(file: str) -> None:
    other = MESSAGE.model_copy(update={"content": NamedAudio("other")})
    with Client.from_config(file) as client, pytest.raises(ConfigError, match=r"\[audio.other\] alerts: is missing"):
        client.send(other)


def test_what_is_no_message_is_told_as_ever(file: str) -> None:
    with Client.from_config(file) as client, pytest.raises(TypeError, match="not Announcement"):
        client.send(Announcement(content=NamedAudio("reminder")))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["", "Reminder", "a b", "a__b", "1a", "ä"])
def test_a_name_is_that_of_a_table(name: str) -> None:
    with pytest.raises(ValidationError, match="is no name of an audio: small letters, digits and single _"):
        NamedAudio(name)
    with pytest.raises(ValidationError, match=r"content\.named_audio\.name"):
        Announcement.model_validate({"content": {"kind": "named_audio", "name": name}})


def test_it_is_a_content_like_the_others() -> None:
    assert NamedAudio("reminder") == NamedAudio(name="reminder") != NamedAudio("other")
    assert repr(NamedAudio("reminder")) == "NamedAudio(name='reminder')"
    assert VoiceMessage.model_validate(MESSAGE.model_dump()) == MESSAGE
