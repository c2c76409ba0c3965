"""What a send brings along: no HTTP library where nobody needs one."""

import subprocess
import sys

import pytest

from tests.client.support import A, B, envelope, row
from tests.client.wire import Server, read, reply, say

GOOD = envelope(row(A), row(B))
CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(GOOD), GOOD)
SEND = """
import asyncio, sys
from voicehub_onbuka import Onbuka
from voicehub import AsyncClient, Client, UploadedAudio, VoiceMessage

message = VoiceMessage(to=("+932111111111", "+932111111112"), content=UploadedAudio("a.mp3"))
provider = Onbuka(Onbuka.Settings(**{**Onbuka.sample_settings, "base_url": sys.argv[2]}))

async def main():
    async with AsyncClient(provider) as client:
        return await client.send(message)

assert len((Client(provider).send(message) if sys.argv[1] == "sync" else asyncio.run(main())).accepted) == 2
print(*sorted({"httpx", "httpcore", "h11", "anyio", "asyncio", "click", "rich"} & set(sys.modules)))
"""


@pytest.mark.parametrize(
    ("mode", "answer", "brought"),
    [
        ("sync", reply(GOOD), {"asyncio"}),
        ("sync", CHUNKS, {"asyncio", "h11"}),
        ("async", reply(GOOD), {"asyncio", "anyio", "httpcore", "h11"}),
    ],
    ids=["sync", "sync, in chunks", "async"],
)
def test_what_a_send_brings_along(mode: str, answer: bytes, brought: set[str]) -> None:
    with Server((read, say(answer))) as server:
        told = subprocess.run(
            [sys.executable, "-W", "ignore::ResourceWarning", "-c", SEND, mode, server.root],
            capture_output=True,
            text=True,
            check=True,
        )
    assert set(told.stdout.split()) <= brought, told.stdout
