"""What a good engineer writes without this library: ``... campaign_script HOW URL FILE [options]``.

HOW is ``httpx`` or ``aiohttp`` (asyncio, one shared client, a semaphore) or ``one`` (one request after another). No
ledger: what came back is kept in memory and only counted. Signed as the vendor asks.
"""

import argparse
import asyncio
import csv
import hashlib
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

KEY, SECRET, APP = "bDqJFiq9", "7bz1lzh9", "4luaKsL2"
_OTHER = re.compile("[^0-9]")


def read(file: Path) -> list[str]:
    """The numbers, cleaned, each once."""
    with file.open(newline="") as lines:
        cleaned = (_OTHER.sub("", row["number"]) for row in csv.DictReader(lines))
        return list(dict.fromkeys(number for number in cleaned if 7 <= len(number) <= 15))


def headers() -> dict[str, str]:
    now = str(int(time.time()))
    sign = hashlib.md5(f"{KEY}{SECRET}{now}".encode(), usedforsecurity=False).hexdigest()
    return {"Api-Key": KEY, "Timestamp": now, "Sign": sign, "Content-Type": "application/json;charset=UTF-8"}


def body(numbers: list[str]) -> dict[str, object]:
    return {
        "callee": ",".join(numbers),
        "fileId": "12022022570cc.mp3",
        "appId": APP,
        "calledInfo": "order 42",
    }


def results(answer: dict[str, Any]) -> list[tuple[str, str, str]]:
    if answer["status"] != "0":
        raise RuntimeError(answer["reason"])
    return [(row["callee"], row["voiceId"], row["terminationCode"]) for row in answer["data"]]


async def with_httpx(url: str, batches: list[list[str]], slots: int, pool: int | None) -> list[Any]:
    import httpx

    own = httpx.Limits(max_connections=100, max_keepalive_connections=20)  # what it does by itself
    limits = own if pool is None else httpx.Limits(max_connections=pool, max_keepalive_connections=pool)
    semaphore = asyncio.Semaphore(slots)
    async with httpx.AsyncClient(timeout=60, trust_env=False, limits=limits) as client:

        async def send(numbers: list[str]) -> list[tuple[str, str, str]]:
            async with semaphore:
                answer = await client.post(url, json=body(numbers), headers=headers())
                answer.raise_for_status()
                return results(answer.json())

        return await asyncio.gather(*(send(numbers) for numbers in batches))


async def with_aiohttp(url: str, batches: list[list[str]], slots: int, pool: int | None) -> list[Any]:
    import aiohttp

    semaphore = asyncio.Semaphore(slots)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=pool or 100)) as client:

        async def send(numbers: list[str]) -> list[tuple[str, str, str]]:
            async with semaphore, client.post(url, json=body(numbers), headers=headers()) as answer:
                answer.raise_for_status()
                return results(await answer.json())

        return await asyncio.gather(*(send(numbers) for numbers in batches))


def one_by_one(url: str, batches: list[list[str]]) -> list[Any]:
    import httpx

    return [results(httpx.post(url, json=body(numbers), headers=headers(), timeout=60).json()) for numbers in batches]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("how", choices=["httpx", "aiohttp", "one"])
    parser.add_argument("url")
    parser.add_argument("file", type=Path)
    parser.add_argument("--batch", type=int, default=1000)
    parser.add_argument("--slots", type=int, default=16)
    parser.add_argument("--pool", type=int, help="connections of the pool; unset: what the library does by itself")
    asked = parser.parse_args()
    numbers = read(asked.file)
    batches = [numbers[at : at + asked.batch] for at in range(0, len(numbers), asked.batch)]
    if asked.how == "one":
        found = one_by_one(asked.url, batches)
    else:
        script = with_httpx if asked.how == "httpx" else with_aiohttp
        found = asyncio.run(script(asked.url, batches, asked.slots, asked.pool))
    accepted = sum(code == "0" for rows in found for _, _, code in rows)
    status = Path("/proc/self/status").read_text()
    json.dump({"accepted": accepted, "mib": int(status.partition("VmHWM:")[2].split()[0]) / 1024}, sys.stdout)


if __name__ == "__main__":
    main()
