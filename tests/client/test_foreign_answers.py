"""An answer to another request is never believed: left-overs on a kept connection, and connections across a fork."""

import asyncio
import os
import warnings
from typing import Any

import httpx
import pytest

from tests.client.support import A, B, C, Mode, Plain, message
from tests.client.wire import Server, Step, answering, read, reply, say
from voicehub import AsyncClient, Client, Receipt
from voicehub.client._transport.watch import Watch
from voicehub.provider import Request

GOOD = reply(b"all of them")
STRAY = reply(b"this is about somebody else", 200, "x-mark: stray")


def send_thrice(mode: Mode, server: Server, *, injected: bool) -> list[str]:
    """How three sends through one client ended; ``injected``: through a person's own HTTP client."""

    def ended(result: Receipt | BaseException) -> str:
        receipt = result if isinstance(result, Receipt) else getattr(result, "receipt", None)
        return str(receipt and receipt.outcomes[0].status)

    async def run() -> list[str]:
        async with (
            httpx.AsyncClient() as own,
            AsyncClient(Plain(server.root), keepalive_seconds=30, http_client=own if injected else None) as client,
        ):
            return [
                ended((await asyncio.gather(client.send(message(to)), return_exceptions=True))[0]) for to in (A, B, C)
            ]

    if mode == "async":
        return asyncio.run(run())
    found: list[str] = []
    with (
        httpx.Client() as own,
        Client(Plain(server.root), keepalive_seconds=30, http_client=own if injected else None) as client,
    ):
        for to in (A, B, C):
            try:
                found.append(ended(client.send(message(to))))
            except Exception as error:
                found.append(ended(error))
    return found


@pytest.mark.parametrize("injected", [False, True])
@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize(
    "steps",
    [
        (read, say(GOOD + STRAY), read, say(GOOD)),
        (read, say(GOOD + STRAY[:9]), read, say(STRAY[9:] + GOOD)),
        (read, say(GOOD + STRAY[:-4]), read, say(STRAY[-4:] + GOOD)),
    ],
    ids=["whole", "cut in its first line", "cut in its body"],
)
def test_what_stood_there_before_the_request_is_no_answer_to_it(
    steps: tuple[Step, ...], mode: Mode, injected: bool
) -> None:
    second = "accepted" if mode == "sync" and not injected else "in_doubt"  # a connection of our own was closed at once
    with Server(steps, answering(GOOD)) as server:
        assert send_thrice(mode, server, injected=injected) == ["accepted", second, "accepted"]
    assert len(server.seen) == 3, "nothing is sent again by itself"
    assert server.connections == 2, "and that connection is not used again"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_after_a_fork_each_process_reads_its_own_answers() -> None:
    with Server(answering(GOOD)) as server, Client(Plain(server.root), keepalive_seconds=30) as client:
        client.send(message(A))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the server's threads are not the child's concern
            child = os.fork()
        if child == 0:
            try:
                client.send(message(B))
                client.close()
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert server.connections == 2, "the child opened its own"
        client.send(message(C))
        assert server.connections == 2, "the parent's is as good as before"
    assert server.bodies == [A.encode(), B.encode(), C.encode()]


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_another_process_neither_uses_nor_closes_what_it_inherited(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(root: str) -> None:
        async with AsyncClient(Plain(root), keepalive_seconds=30) as client:
            await client.send(message(A))
            monkeypatch.setattr(os, "getpid", lambda: -1)
            await client.send(message(B))
        (inherited,) = client._sender._inherited
        answer = await inherited.request("POST", root)
        assert answer.status == 200, "over the connection it had, which is as good as before"
        await inherited.aclose()

    with Server(answering(GOOD)) as server:
        if mode == "async":
            asyncio.run(run(server.root))
        else:
            with Client(Plain(server.root), keepalive_seconds=30) as client:
                client.send(message(A))
                held = client._sender._lock
                held.acquire()  # a thread of the parent was just at it
                monkeypatch.setattr(os, "getpid", lambda: -1)
                client.send(message(B))
            (inherited,) = client._sender._inherited
            answer = inherited.answered(Request("POST", f"{server.root}/", {}), Watch(5, traced=True)).reply()
            assert answer.status == 200, "over the connection it had, which is as good as before"
            inherited.close()
    assert server.connections == 2


def test_an_injected_client_stays_in_use_after_a_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(request: httpx.Request) -> Any:
        return httpx.Response(200, content=b"all of them")

    with httpx.Client(transport=httpx.MockTransport(answer)) as mine, Client(Plain(), http_client=mine) as client:
        monkeypatch.setattr(os, "getpid", lambda: -1)
        assert len(client.send(message(A)).accepted) == 1
