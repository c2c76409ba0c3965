"""Plays a library user under ``mypy --strict``: every promised name, with the type it is promised to have."""

import time
from datetime import datetime
from pathlib import Path
from typing import assert_type

import httpx

from voicehub import (
    Announcement,
    AskError,
    AsyncClient,
    AudioFile,
    AudioUrl,
    Balance,
    CallRecord,
    CallState,
    Client,
    ConfigError,
    Incomplete,
    InDoubt,
    MessageError,
    NamedAudio,
    NotSent,
    Outcome,
    PluginError,
    Receipt,
    RefusalKind,
    Refused,
    SendError,
    Speech,
    StoredFile,
    UploadedAudio,
    VoicehubError,
    VoiceMessage,
    __version__,
)
from voicehub.hooks import Notice, hookimpl
from voicehub.plugins import installed
from voicehub.provider import Provider, Request

assert_type(__version__, str)

reminder = Announcement(
    content=UploadedAudio("12022022570cc.mp3"),
    caller_id="1008122211",
    max_duration_seconds=50,
    ring_timeout_seconds=60,
    plays=2,
    reference="order 42",
    provider_options={"acme": {"priority": 3}},
)
assert_type(reminder.addressed_to("932111111111", "+93 211 111 1112"), VoiceMessage)
message = VoiceMessage(to=["932111111111"], content=Speech("Hello", "en-GB", rate=1.5))
assert_type(message.caller_id, str | None)
assert_type(message.plays, int | None)
assert_type(message.content, UploadedAudio | AudioUrl | Speech | NamedAudio | AudioFile)


def ask(client: Client, since: datetime) -> CallState | None:
    """What a program asks a vendor."""
    try:
        assert_type(client.upload("reminder.mp3", name="a.mp3"), UploadedAudio)
        assert_type(client.upload(AudioFile("reminder.mp3")), UploadedAudio)
        assert_type(list(client.files()), list[StoredFile])
        assert_type(list(client.records(since, None)), list[CallRecord])
        assert_type(client.balance(), Balance)
        record = client.record("1")
    except AskError as error:
        assert_type(error.kind, RefusalKind | None)
        return None
    return None if record is None else record.state


async def ask_in_loop(client: AsyncClient, since: datetime) -> list[CallRecord]:
    """The same with await."""
    assert_type(await client.balance(), Balance)
    assert_type([file async for file in client.files()], list[StoredFile])
    return [record async for record in client.records(since)]


def send(path: Path) -> Receipt | None:
    """What a program does with every answer and every error."""
    with Client.from_config(path, account="alerts", attempts=1) as client:
        assert_type(client, Client)
        assert_type(client.check(message), tuple[Request, ...])
        try:
            receipt = client.send(message)
        except (InDoubt, Incomplete, NotSent) as error:
            assert_type(error.receipt, Receipt)
            assert_type(error.receipt.not_attempted, tuple[Outcome, ...])
            return error.receipt
        except Refused as error:
            assert_type(error.kind, RefusalKind)
            assert_type(error.code, str | None)
            return None
        except MessageError as error:
            assert_type(error.field, str)
            assert_type(error.limit, float | None)
            return None
        except PluginError as error:
            assert_type(error.receipt, Receipt | None)
            raise
        except (ConfigError, SendError, VoicehubError, ValueError):
            raise
        for outcome in receipt:
            assert_type(outcome, Outcome)
            assert_type(outcome.callee, str)
            assert_type(outcome.call_id, str | None)
        assert_type(len(receipt), int)
        return receipt


async def send_in_loop(provider: Provider) -> None:
    """The same words with ``await``, and every keyword."""
    async with httpx.AsyncClient() as own, AsyncClient(provider, http_client=own, keepalive_seconds=0) as client:
        assert_type(client, AsyncClient)
        assert_type(await client.send(message), Receipt)
        assert_type(await client.check(message), tuple[Request, ...])
    assert_type(AsyncClient.from_config("voicehub.toml"), AsyncClient)
    Client(
        provider,
        account=None,
        http_client=httpx.Client(),
        timeout_seconds=90,
        attempts=3,
        keepalive_seconds=2.5,
        clock=time.time,
    ).close()


class Listener:
    """Hears of every request."""

    @hookimpl
    def voicehub_notice(self, notice: Notice) -> None:
        """Count."""
        assert_type(notice.accepted, int)
        assert_type(notice.account, str | None)


installed.register(Listener())
assert_type(installed.provider("acme"), type[Provider])


def mistakes(client: Client, other: httpx.AsyncClient) -> None:
    """What the checker must refuse: an ignore that is not needed is an error of its own."""
    client.send(reminder)  # type: ignore[arg-type]
    client.send("932111111111")  # type: ignore[arg-type]
    Client(client.provider, http_client=other)  # type: ignore[arg-type]
    Client(client.provider, "alerts")  # type: ignore[call-arg]
    UploadedAudio(12022022570)  # type: ignore[arg-type]
    Speech("Hello")  # type: ignore[call-arg]
    Outcome("+932111111111", "acepted")  # type: ignore[arg-type]
