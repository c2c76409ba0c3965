"""What the tests of a run share: accounts at a sandbox, a configuration for them, a campaign that was planned."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from voicehub_itniotech import Itniotech
from voicehub_onbuka import Onbuka

from tests.campaign.memory import MemoryLedger
from voicehub import Announcement, UploadedAudio
from voicehub.campaign import Campaign, Ledger
from voicehub.provider import Provider
from voicehub.sandbox import SandboxServer

PROVIDERS: Mapping[str, Provider] = {
    "alerts": Onbuka(Onbuka.Settings(**Onbuka.sample_settings)),
    "backup": Itniotech(Itniotech.Settings(**Itniotech.sample_settings)),
}
ALERTS = {"account": "alerts"}
ANNOUNCEMENT = Announcement(content=UploadedAudio("a.mp3"))


def numbers(count: int) -> list[str]:
    return [f"+9321111{number + 5000:07d}" for number in range(count)]


def dialled(server: SandboxServer) -> list[str]:
    return [row.callee for row in server.dialled]


def configuration(server: SandboxServer, **more: str) -> Path:
    """Both accounts at this server; ``more`` are further lines of an account's table, or of the whole by ``audio``."""
    text = more.pop("audio", "")
    for name in PROVIDERS:
        provider = server.provider(name)
        secrets = {key: value for key, value in type(provider).sample_settings.items() if key != "base_url"}
        lines = {"provider": provider.name, **secrets, "base_url": provider.settings.base_url}
        table = "\n".join(f'{key} = "{value}"' for key, value in lines.items())
        text += f"\n[accounts.{name}]\n{table}\n{more.get(name, '')}\n"
    path = Path("voicehub.toml").absolute()
    path.write_text(text)
    return path


def plan(ledger: Ledger, batches: Sequence[Sequence[str]], name: str = "c", **document: Any) -> None:
    """A campaign, pending."""
    said = {"digest": "d", "chain": [ALERTS], "announcement": ANNOUNCEMENT.model_dump(mode="json")}
    with ledger.draft(name, now=1.0) as draft:
        for batch in batches:
            draft.add(batch)
        draft.seal({**said, **document})


def campaign(server: SandboxServer, batches: Sequence[Sequence[str]], **document: Any) -> Campaign:
    """A campaign in memory at this server, by ``alerts``."""
    ledger = MemoryLedger()
    plan(ledger, batches, **document)
    return Campaign.open(ledger, "c", configuration=configuration(server))


BOTH = [ALERTS, {"account": "backup"}]
