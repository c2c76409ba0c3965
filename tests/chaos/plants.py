"""Bugs to be planted, each a way in which such systems phone people twice. The judge has to catch every one."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from voicehub import Outcome
from voicehub.campaign import Claim, Doubt, SqliteLedger
from voicehub.client import Lost, NeverLeft
from voicehub.client._transport import sender as http

EVERY = 5  # of so many claims one is given out twice


def _intent_after_post() -> None:
    """The batch is taken from the ledger only once its answer is there; for one slot."""
    real_claim, real_settle = SqliteLedger.claim, SqliteLedger.settle
    asked: dict[str, Any] = {}

    def claim(self: SqliteLedger, *args: Any, **options: Any) -> Claim | None:
        found = real_claim(self, *args, **options)
        if found is not None:
            asked.update(args=args, options=options)
            nobody = [Outcome(callee, "not_attempted") for callee in found.callees]
            real_settle(self, found, nobody, now=options["now"])
            self.flush()
        return found

    def settle(self: SqliteLedger, _: Claim, outcomes: Sequence[Outcome], **options: Any) -> None:
        taken = real_claim(self, *asked["args"], **asked["options"])
        assert taken is not None
        real_settle(self, taken, outcomes, **options)

    _replace(SqliteLedger, claim=claim, settle=settle)


def _5xx_safe() -> None:
    """A gateway's 502 is taken for "nothing happened"."""
    real = http.Sender.send

    def send(self: http.Sender, request: Any) -> Any:
        reply = real(self, request)
        if reply.status >= 500:
            raise NeverLeft(f"HTTP {reply.status}")
        return reply

    _replace(http.Sender, send=send)


def _reset_safe() -> None:
    """A connection that broke after the request was written is taken for one that never was."""
    real = http.Sender.send

    def send(self: http.Sender, request: Any) -> Any:
        try:
            return real(self, request)
        except Lost as error:
            raise NeverLeft(str(error)) from error

    _replace(http.Sender, send=send)


def _recover_to_pending() -> None:
    """What a dead runner left in flight is simply sent again."""
    real = SqliteLedger.own

    def own(self: SqliteLedger) -> Sequence[Doubt]:
        left = real(self)
        for doubt in left:
            self.resolve(self.names()[0], "released", batch=doubt.batch, who="nobody", why="planted", now=doubt.began)
        return left

    _replace(SqliteLedger, own=own)


def _compare_and_set_dropped() -> None:
    """Now and then two slots get the same batch, and nothing notices."""
    real_claim, real_settle = SqliteLedger.claim, SqliteLedger.settle
    given: list[Claim] = []
    again: set[int] = set()
    lock = threading.Lock()

    def claim(self: SqliteLedger, *args: Any, **options: Any) -> Claim | None:
        with lock:
            if len(given) % EVERY == EVERY - 1:
                given.append(given[-1])
                again.add(given[-1].batch)
                return given[-1]
        found = real_claim(self, *args, **options)
        if found is not None:
            given.append(found)
        return found

    def settle(self: SqliteLedger, claim: Claim, *args: Any, **options: Any) -> None:
        with lock:
            if claim.batch in again:
                again.discard(claim.batch)
                return
        real_settle(self, claim, *args, **options)

    _replace(SqliteLedger, claim=claim, settle=settle)


def _normal() -> None:
    """The ledger does not wait for the disk: safe from a kill, and not from a loss of power."""
    from voicehub.campaign._sqlite import ledger, schema

    real = schema.be_durable

    def be_durable(db: Any, path: Any) -> None:
        real(db, path)
        db.execute("PRAGMA synchronous = NORMAL")

    for module in (schema, ledger):
        if hasattr(module, "be_durable"):
            setattr(module, "be_durable", be_durable)  # noqa: B010 - a function, for the length of this process


def _replace(cls: type, **methods: Callable[..., Any]) -> None:
    for name, method in methods.items():
        setattr(cls, name, method)


PLANTS: dict[str, Callable[[], None]] = {
    "intent after POST": _intent_after_post,
    "5xx safe": _5xx_safe,
    "reset after write safe": _reset_safe,
    "recover to pending": _recover_to_pending,
    "compare-and-set dropped": _compare_and_set_dropped,
    "synchronous NORMAL": _normal,
}
