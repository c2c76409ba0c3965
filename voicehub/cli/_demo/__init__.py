"""``voicehub demo``: shows the main features with vendors simulated on this machine. No credentials, loopback only."""

import itertools
import math
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from voicehub.cli import _output
from voicehub.cli._options import json_option
from voicehub.cli._run import Run

if TYPE_CHECKING:
    from voicehub.cli._demo.campaign import Ended
    from voicehub.cli._demo.cast import Actor
    from voicehub.errors import VoicehubError
    from voicehub.message import VoiceMessage
    from voicehub.receipt import Receipt
    from voicehub.sandbox import SandboxServer

ACCOUNTS = ("demo_one", "demo_two")
_LISTED = 5  # callees of a receipt that the demo lists
_SPEED = 50  # of calls, so that they are soon over


class Scene(NamedTuple):
    """One step of the demo: ``receipt`` has the outcome of every callee, ``error`` what was raised (or ``None``)."""

    title: str
    story: str
    account: str
    provider: str
    receipt: "Receipt"
    error: "VoicehubError | None"


@click.command("demo")
@json_option
@click.pass_obj
def command(run: Run) -> None:
    """See it work: two vendors are simulated on this machine, and one configuration sends through both.

    Needs no credentials and no network; nobody is phoned.
    """
    from voicehub.cli._demo import campaign
    from voicehub.cli._demo.cast import callees, pick
    from voicehub.cli._demo.held import Held
    from voicehub.cli._demo.reports import Hooks
    from voicehub.cli._sandbox.samples import apart, as_toml, sample_providers
    from voicehub.sandbox import SandboxServer, Script

    actors = dict(zip(ACCOUNTS, pick(sample_providers()), strict=True))
    account, actor = _campaigning(actors)
    hooks, held = Hooks.of(account, actor.provider), Held()
    providers = apart({account: actor.provider for account, actor in actors.items()})
    with (
        SandboxServer(providers, script=Script(speed=_SPEED), push=hooks.urls(), log=held) as server,
        tempfile.TemporaryDirectory() as folder,
        hooks.taken(as_toml({account: server.provider(account)}, hooks.secrets), Path(folder, campaign.LEDGER)),
    ):
        file = Path(folder, "voicehub.toml")
        file.write_text(_configuration(server), encoding="utf-8")
        if not run.as_json:
            _introduce(server, file)
        numbers = callees(list(Script().endings))
        scenes = []
        for scene in _play(file, actors, numbers):
            scenes.append(scene)
            if not run.as_json:
                _show(len(scenes), scene, run)
        ended = campaign.play(Path(folder), server, account, actor, numbers, hooks, held)
    verdict = _verdict(scenes, ended, server)
    run.code = 0 if verdict["agrees"] else 1
    if run.as_json:
        _output.as_json({"scenes": [_as_json(scene, run) for scene in scenes], "campaign": ended.as_dict(), **verdict})
    else:
        campaign.show(ended, len(scenes) + 1)
        _conclude(verdict, actors)


def _configuration(server: "SandboxServer") -> str:
    from voicehub.cli._sandbox.samples import as_toml

    return as_toml({account: server.provider(account) for account in ACCOUNTS})


def _splitting(actors: Mapping[str, "Actor"]) -> "tuple[str, Actor]":
    """The account that takes the fewest callees per request."""
    return min(actors.items(), key=lambda pair: pair[1].callees or math.inf)


def _campaigning(actors: Mapping[str, "Actor"]) -> "tuple[str, Actor]":
    """An account whose doubts can be settled; preferably not that of the split message, which causes many reports."""
    from voicehub.cli._demo.campaign import can_be_settled

    split, _ = _splitting(actors)
    return max(actors.items(), key=lambda pair: (can_be_settled(pair[1]), pair[0] != split))


def _play(file: Path, actors: Mapping[str, "Actor"], numbers: Iterator[str]) -> Iterator[Scene]:
    """Every scene in turn; the messages are made from the limits of the two providers."""
    from voicehub.cli._demo.cast import RING_TIMEOUT_SECONDS
    from voicehub.sandbox import Script

    endings = Script().endings
    (first, actor), (second, other) = actors.items()

    story = "One message to three callees. The receipt says what became of each."
    message = actor.announcement.addressed_to(*itertools.islice(numbers, 3))
    yield _sent("A message", story, file, first, message)

    same = "The same message" if actor.announcement == other.announcement else "A message of the kind this vendor plays"
    story = f"{same}, another account: changing the vendor is one line of configuration."
    message = other.announcement.addressed_to(*itertools.islice(numbers, 3))
    yield _sent("Another vendor", story, file, second, message)

    account, _ = _splitting(actors)
    most = actors[account].callees or 1
    count = 2 * most + (most + 1) // 2
    requests = math.ceil(count / most)
    story = f"{count} callees, and the vendor takes {most} per request: split in order, {requests} requests in turn."
    message = actors[account].announcement.addressed_to(*itertools.islice(numbers, count))
    yield _sent("More callees than fit one request", story, file, account, message)

    story = (
        f"This vendor has no ring timeout. A message that asks for {RING_TIMEOUT_SECONDS} s is refused here, before "
        "anything leaves: what a vendor cannot carry is never left out silently."
    )
    asking = actor.announcement.model_copy(update={"ring_timeout_seconds": RING_TIMEOUT_SECONDS})
    yield _sent("A field the vendor lacks", story, file, first, asking.addressed_to(next(numbers)))

    lost = next(digits for digits, ending in endings.items() if ending == "missing")
    story = (
        "The vendor takes two callees, and its answer speaks of one. Did the other phone ring? Nobody can tell, "
        "so the callee is in doubt, and is never called again automatically."
    )
    message = actor.announcement.addressed_to(next(numbers), f"+93211{lost.zfill(7)}")
    yield _sent("A doubt", story, file, first, message)


def _sent(title: str, story: str, file: Path, account: str, message: "VoiceMessage") -> Scene:
    from voicehub.client import Client, Tally
    from voicehub.errors import VoicehubError

    tally = Tally()
    error = None
    with Client.from_config(file, account=account) as client:
        try:
            client.send(message, tally=tally)
        except VoicehubError as raised:
            error = raised
    return Scene(title, story, account, client.provider.name, tally.receipt(), error)


def _introduce(server: "SandboxServer", file: Path) -> None:
    names = [server.provider(account).name for account in ACCOUNTS]
    accounts = [f"  [accounts.{account}]  provider = {name}" for account, name in zip(ACCOUNTS, names, strict=True)]
    _output.show(
        f"Two vendors are simulated at {server.url}; nobody is phoned. The configuration, {file.name}:",
        "\n".join(accounts),
        'Each message below is sent by: Client.from_config("voicehub.toml", account=...).send(message)',
    )


def _show(number: int, scene: Scene, run: Run) -> None:
    from voicehub.cli import _receipt

    _output.show("", _output.heading(f"{number}. {scene.title}"), scene.story)
    if len(scene.receipt) > len(scene.receipt.not_attempted):
        _receipt.show(scene.receipt, run, most=_LISTED)
    if scene.error is not None:
        _output.show(f"{type(scene.error).__name__}: {scene.error}")


def _as_json(scene: Scene, run: Run) -> dict[str, Any]:
    from voicehub.cli import _receipt

    fields: dict[str, Any] = {"title": scene.title, "account": scene.account, "provider": scene.provider}
    fields["outcomes"] = _receipt.rows(scene.receipt, run)
    if scene.error is not None:
        fields["error"] = {"type": type(scene.error).__name__, "message": str(scene.error)}
    return fields


def _verdict(scenes: list[Scene], ended: "Ended", server: "SandboxServer") -> dict[str, Any]:
    """Compare the outcomes with the dialled callees: each accepted one was dialled once, others only if in doubt."""
    dialled = [(row.account, row.callee) for row in server.dialled]
    said = {(scene.account, outcome.callee): str(outcome.status) for scene in scenes for outcome in scene.receipt}
    said |= {(ended.account, callee): state for callee, state in ended.states.items()}
    accepted = {callee for callee, status in said.items() if status == "accepted"}
    doubted = {callee for callee, status in said.items() if status == "in_doubt"}
    agrees = len(dialled) == len(set(dialled)) and accepted <= set(dialled) <= accepted | doubted
    return {
        "agrees": agrees,
        "accepted": len(accepted),
        "in_doubt": len(doubted),
        "dialled": len(dialled),
        "dialled_in_doubt": len(doubted & set(dialled)),
    }


def _conclude(verdict: Mapping[str, Any], actors: Mapping[str, "Actor"]) -> None:
    one, two = (actor.provider.name for actor in actors.values())
    if verdict["agrees"]:
        conclusion = "What was said and what was dialled agree."
    else:
        conclusion = "What was said and what was dialled differ: this is a bug, please report it."
    diff = f"voicehub providers --diff {one} {two}"
    following = (
        ("voicehub send --help", "send from the command line"),
        ("voicehub campaign --help", "call everybody in a file"),
        ("voicehub sandbox", "simulated vendors to develop against"),
        (diff, "what a message loses when it moves"),
    )
    _output.show(
        "",
        _output.heading("What was said, and what was dialled"),
        f"Said: {verdict['accepted']} accepted, {verdict['in_doubt']} in doubt. The simulated vendors dialled "
        f"{verdict['dialled']}; {verdict['dialled_in_doubt']} of those in doubt did ring.",
        conclusion,
        "",
        "Next:",
        *(f"  {command:<{len(diff)}}  {purpose}" for command, purpose in following),
    )
