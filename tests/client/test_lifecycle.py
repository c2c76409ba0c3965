"""The life of a client: threads and loops, closing, cancelling, interrupting, asking to stop, wrong arguments."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest

from tests.client.support import A, B, C, Plain, message
from tests.client.wire import Connection, Server, answering, glimpse, hang, read, reply, say
from voicehub import (
    Announcement,
    AsyncClient,
    Client,
    ConfigError,
    Incomplete,
    NotSent,
    Outcome,
    UploadedAudio,
    VoiceMessage,
)
from voicehub.client import Tally

GOOD = reply(b"all of them")


def statuses(tally: Tally) -> list[str]:
    return [outcome.status for outcome in tally.receipt()]


def test_threads_share_one_client() -> None:
    numbers = [f"+9321111111{index:02}" for index in range(40)]
    with Server(answering(GOOD)) as server, Client(Plain(server.root)) as client, ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda number: client.send(message(number)), numbers))
    assert [receipt.accepted[0].callee for receipt in receipts] == numbers
    assert sorted(server.bodies) == sorted(number.encode() for number in numbers), "each of them once"
    assert server.connections <= 8


def test_closing_between_two_requests_leaves_no_false_doubt() -> None:
    tally = Tally()

    def close_elsewhere(part: VoiceMessage, reply: object) -> list[Outcome]:
        thread = threading.Thread(target=client.close)
        thread.start()
        thread.join()
        return [Outcome(callee, "accepted") for callee in part.to]

    with Server(answering(GOOD)) as server:
        client = Client(Plain(server.root, decode=close_elsewhere))
        with pytest.raises(Incomplete, match="the HTTP client is closed") as caught:
            client.send(message(A, B, C), tally=tally)
    assert statuses(tally) == ["accepted", "accepted", "not_attempted"]
    assert isinstance(caught.value.__cause__, NotSent)
    assert server.bodies == [f"{A},{B}".encode()]


def test_a_closed_client_refuses() -> None:
    with Client(Plain()) as client:
        pass
    with pytest.raises(RuntimeError, match="this Client is closed; make a new one"):
        client.send(message(A))

    async def run() -> None:
        async with AsyncClient(Plain()) as client:
            pass
        with pytest.raises(RuntimeError, match="this AsyncClient is closed; make a new one"):
            await client.send(message(A))

    asyncio.run(run())


def test_an_async_client_belongs_to_one_loop() -> None:
    client = AsyncClient(Plain())
    with Server(answering(GOOD)) as server:
        client = AsyncClient(Plain(server.root), keepalive_seconds=0)
        asyncio.run(client.send(message(A)))
        for work in (client.send, client.aclose, client.__aenter__):
            arguments = (message(B),) if work == client.send else ()
            with pytest.raises(RuntimeError, match="belongs to another event loop; make one for each loop"):
                asyncio.run(cast("Any", work)(*arguments))
    assert server.bodies == [A.encode()]


@pytest.mark.parametrize("script", [(read,), ()], ids=["waiting for the answer", "in the TLS handshake"])
def test_cancelling_passes_unchanged_and_the_tally_knows(script: Any) -> None:
    tally, arrived = Tally(), threading.Event()

    def arrive(connection: Connection) -> None:
        glimpse(connection)
        arrived.set()

    async def run(root: str) -> None:
        async with AsyncClient(Plain(root)) as client:
            task = asyncio.create_task(client.send(message(A, B, C), tally=tally))
            await asyncio.to_thread(arrived.wait, 5)
            task.cancel("enough")
            with pytest.raises(asyncio.CancelledError, match="enough"):
                await task

    with Server((arrive, *script, hang)) as server:
        asyncio.run(run(server.root if read in script else server.root.replace("http:", "https:")))
    assert statuses(tally) == ["in_doubt", "in_doubt", "not_attempted"]
    assert server.bodies == ([f"{A},{B}".encode()] if read in script else [])


def test_an_interruption_passes_unchanged_and_the_tally_knows() -> None:
    tally = Tally()

    def interrupted(*_: object) -> Any:
        raise KeyboardInterrupt

    with Server(answering(GOOD)) as server, pytest.raises(KeyboardInterrupt):
        Client(Plain(server.root, decode=interrupted), keepalive_seconds=0).send(message(A, B, C), tally=tally)
    assert statuses(tally) == ["in_doubt", "in_doubt", "not_attempted"]
    assert server.bodies == [f"{A},{B}".encode()]


def test_asked_to_stop_the_request_under_way_is_finished() -> None:
    tally = Tally()

    def stop(connection: Connection) -> None:
        tally.stop()

    told = "3 callees: 2 accepted, 1 not_attempted.*asked to stop"
    with (
        Server((read, stop, say(GOOD))) as server,
        Client(Plain(server.root)) as client,
        pytest.raises(Incomplete, match=told) as caught,
    ):
        client.send(message(A, B, C), tally=tally)
    assert statuses(tally) == ["accepted", "accepted", "not_attempted"]
    assert isinstance(caught.value.__cause__, NotSent)
    assert server.bodies == [f"{A},{B}".encode()]


def test_asked_to_stop_before_it_began_nothing_leaves() -> None:
    tally = Tally()
    tally.stop()
    with Client(Plain()) as client, pytest.raises(NotSent, match="asked to stop"):
        client.send(message(A), tally=tally)
    assert statuses(tally) == ["not_attempted"]


def test_a_tally_serves_one_send() -> None:
    tally = Tally()
    with Server(answering(GOOD)) as server, Client(Plain(server.root), account="alerts") as client:
        receipt = client.send(message(A), tally=tally)
        with pytest.raises(RuntimeError, match="a Tally serves one send; make a new one"):
            client.send(message(B), tally=tally)
    assert tally.receipt() == receipt
    assert (receipt.account, receipt.provider) == ("alerts", "plain")
    assert server.bodies == [A.encode()]


@pytest.mark.parametrize("wrong", ["+932111111111", Announcement(content=UploadedAudio("a.mp3")), None])
def test_only_a_voice_message_is_sent(wrong: Any) -> None:
    with Client(Plain()) as client:
        for work in (client.send, client.check):
            with pytest.raises(TypeError, match=r"a VoiceMessage is sent, not .*addressed_to"):
                work(wrong)


@pytest.mark.parametrize(
    "options",
    [{"timeout_seconds": 0}, {"timeout_seconds": float("nan")}, {"keepalive_seconds": -1}, {"attempts": 0}],
)
def test_numbers_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="timeout_seconds is above 0"):
        Client(Plain(), **options)


def test_a_client_needs_a_provider() -> None:
    with pytest.raises(TypeError, match="takes a Provider"):
        Client(cast("Any", Plain))


def test_check_makes_every_request_and_sends_none() -> None:
    client = Client(Plain(), account="alerts", clock=lambda: 5)
    requests = client.check(message(A, B, C))
    assert [request.body for request in requests] == [f"{A},{B}".encode(), C.encode()]
    assert asyncio.run(AsyncClient(Plain(), clock=lambda: 5).check(message(A, B, C))) == requests
    assert repr(client) == "Client(Plain(base_url='http://127.0.0.1:1/api'), account='alerts')"


def test_a_client_from_the_configuration() -> None:
    Path("voicehub.toml").write_text(
        '[accounts.alerts]\nprovider = "onbuka-v3"\napi_key = "k"\napi_secret = "s"\napp_id = "a"\n'
    )
    assert Client.from_config(timeout_seconds=5).account == "alerts"
    assert AsyncClient.from_config("voicehub.toml", account="alerts").provider.name == "onbuka-v3"
    with pytest.raises(ConfigError, match="nobody"):
        Client.from_config(account="nobody")
