"""`Campaign`: the door to one campaign of a ledger."""

import os
import threading
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack

from voicehub import config
from voicehub.campaign._events import Event, Finished, Started, Status
from voicehub.campaign._ledger.contract import CampaignState, Decision, Ledger
from voicehub.campaign._options import Options
from voicehub.campaign._run.alone import Alone, refuse_loop
from voicehub.campaign._run.caps import Caps
from voicehub.campaign._run.engine import Engine
from voicehub.campaign._run.order import Exchange, Order
from voicehub.campaign._run.parts import Clocks
from voicehub.campaign._run.run import Run
from voicehub.campaign._run.suppress import Lists
from voicehub.campaign._sqlite.ledger import SqliteLedger
from voicehub.config import Configuration

if TYPE_CHECKING:
    from voicehub.campaign._doubts.reconcile import Reconciled

_OVER = (CampaignState.COMPLETED, CampaignState.CANCELED)


class Campaign:
    """A campaign that was planned: run it, watch it, pause it, cancel it, settle its doubts. Open it with `open`.

    Nobody is phoned twice: an attempt is on disk before its first byte leaves, whatever is not proved to have placed
    nothing is in doubt, and who is in doubt is phoned again only if a named person releases them (`resolve`).
    """

    def __init__(
        self,
        ledger: Ledger,
        name: str,
        configuration: Configuration | str | os.PathLike[str] | None,
        *,
        owned: bool,
        clock: Callable[[], float],
    ) -> None:
        self.name = name
        self._ledger = ledger
        self._configuration = configuration
        self._owned = owned
        self._clock = clock
        self._run: Run | None = None
        self._stopping = False

    @classmethod
    def open(
        cls,
        ledger: Ledger | str | os.PathLike[str],
        name: str,
        *,
        configuration: Configuration | str | os.PathLike[str] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> Self:
        """The campaign of this name. Raises `LedgerError` if there is none, or the ledger cannot be used.

        - ``ledger``: a ledger, or the path of a `SqliteLedger`, which `close` closes.
        - ``configuration``: loaded, or its path, read when the campaign runs; ``None``: where ``Client`` looks for it.
        - ``clock``: Unix time in seconds, for records, signatures and ``until``.
        """
        owned = isinstance(ledger, str | os.PathLike)
        opened = SqliteLedger(ledger) if isinstance(ledger, str | os.PathLike) else ledger
        try:
            opened.record(name)
        except BaseException:
            if owned:
                opened.close()
            raise
        return cls(opened, name, configuration, owned=owned, clock=clock)

    def status(self) -> Status:
        """Where it stands, as of now, also beside a run of another process."""
        return Status.of(self._ledger.record(self.name))

    def run(self, **options: Unpack[Options]) -> Status:
        """Phone everybody who is pending; returns how the campaign stands when nothing more is to be done now.

        ``options`` are those of `Options`. Ends ``completed``, ``canceled``, or ``paused`` with a reason: it was
        stopped or paused, a cap was reached, every account has stopped.

        Raises `ConfigError` if the plan or the configuration does not fit, or the do-not-call file cannot be read,
        before anything is sent; `LedgerError` if the ledger cannot be used; ``RuntimeError`` in a running event loop,
        which is what `arun` is for. An interruption ends what is in flight first.
        """
        with closing(self.events(**options)) as events:
            return self._last(events)

    async def arun(self, **options: Unpack[Options]) -> Status:
        """`run` for an event loop: in a worker thread. Cancelled, it ends what is in flight, and goes on cancelling."""
        import anyio
        import anyio.to_thread

        begun, over = threading.Lock(), threading.Event()
        running = partial(self._run_whole, begun, over, **options)
        try:
            return await anyio.to_thread.run_sync(running, abandon_on_cancel=True)
        except anyio.get_cancelled_exc_class():
            if not begun.acquire(blocking=False) and not over.is_set():  # else it waited for a thread, or has ended
                self.stop()
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(over.wait)
            raise

    def events(self, **options: Unpack[Options]) -> Generator[Event, None, None]:
        """`run`, telling what happens: the run goes on while they are read, and ends gently if they no longer are.

        `Started` is the first, `Finished` the last; `Progress` comes about five times a second.
        """
        refuse_loop()
        return self._events(**options)

    def stop(self) -> None:
        """Let what is in flight end and be recorded, then pause. Returns at once; a signal handler may call it."""
        self._stopping = True
        if (run := self._run) is not None:
            run.stop()

    def pause(self) -> Status:
        """Begin nothing more, in whatever process it runs; what is in flight ends and is recorded."""
        return self._change(CampaignState.PAUSED)

    def cancel(self) -> Status:
        """Cancel everybody who is pending, for good; what is in flight ends and is recorded."""
        return self._change(CampaignState.CANCELED)

    def resolve(
        self,
        decision: Decision,
        *,
        callees: Iterable[str] | None = None,
        batch: int | None = None,
        who: str,
        why: str,
    ) -> int:
        """A named person's word on callees in doubt, by number or by batch; returns how many it moved.

        ``placed``: accepted; ``held``: in doubt still, and it is kept who said so; ``released``: pending, and phoned by
        the next run, perhaps again. Raises `LedgerError` if one is not in doubt, or released whose call was told of.
        """
        from voicehub.campaign._doubts.releasing import resolve

        return resolve(self._ledger, self.name, decision, callees, batch, who=who, why=why, now=self._clock())

    def reconcile(self) -> "Reconciled":
        """Look for the calls of everybody in doubt, in what was reported and in the vendors' records.

        Who is certainly found is accepted. A call is evidence only if callee, reference and time fit, and it can be
        nobody else's; that a vendor tells of none proves nothing, and is noted (`Doubt`). Works beside a run, and
        blocks. Raises `ConfigError` if the announcement has no reference or an account is not configured, `LedgerError`
        if the ledger cannot be used. Which vendors could not be asked, and why, stands in what it returns.
        """
        from voicehub.campaign._doubts.reconcile import reconcile  # here, for few need it

        return reconcile(self._ledger, self.name, self._load(), self._clock)

    def close(self) -> None:
        """Close the ledger, if it was opened here."""
        if self._owned:
            self._ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()

    def _load(self) -> Configuration:
        given = self._configuration
        return given if isinstance(given, Configuration) else config.load(given)

    def _change(self, state: CampaignState) -> Status:
        self._ledger.change(self.name, state, now=self._clock())
        return self.status()

    def _run_whole(self, begun: threading.Lock, over: threading.Event, **options: Unpack[Options]) -> Status:
        if not begun.acquire(blocking=False):
            raise RuntimeError("it was cancelled before it began")
        try:
            with closing(self._events(**options)) as events:
                return self._last(events)
        finally:
            over.set()

    def _last(self, events: Iterable[Event]) -> Status:
        (finished,) = [event for event in events if isinstance(event, Finished)]
        return finished.status

    def _events(self, **options: Unpack[Options]) -> Generator[Event, None, None]:
        with Alone(self._ledger, self.name):
            try:
                yield from self._begin(**options)
            finally:
                self._run, self._stopping = None, False

    def _begin(
        self,
        *,
        plan: str | None = None,
        ramp: bool = True,
        until: float | None = None,
        max_calls: int | None = None,
        max_requests: int | None = None,
        max_doubts: int | None = None,
    ) -> Generator[Event, None, None]:
        caps = Caps(max_calls, max_requests, max_doubts)
        clocks = Clocks(time.monotonic, self._clock)
        configuration = self._load()
        record = self._ledger.record(self.name)
        if record.state is CampaignState.PLANNED and "terms" in record.document:
            plan = plan or record.document["digest"]  # nothing was sent yet: to begin is to run what was planned
        if plan is not None:
            from voicehub.campaign._plan.plan import verify  # here, for only a run by digest reads files

            verify(record, plan, configuration)
        if record.state in _OVER:
            canceled = record.state is CampaignState.CANCELED
            yield Finished(Status.of(record, "the campaign was canceled" if canceled else None))
            return
        order = Order.of(record.document)
        exchange = Exchange(order, configuration, self._clock)
        phoned = partial(self._ledger.phoned_since, other_than=self.name)
        lists = Lists(order.do_not_call, order.hours, phoned, wall=clocks.wall, monotonic=clocks.monotonic)
        accounts = exchange.accounts(caps, ramp=ramp)
        doubts = self._ledger.own()
        lists.refresh()  # from here on nobody else phones by this ledger: whom others have just phoned is on the list
        self._ledger.change(self.name, CampaignState.RUNNING, now=self._clock())
        counts = self._ledger.record(self.name).counts
        shared: dict[str, Any] = {"counts": counts, "clocks": clocks, "screen": lists, "until": until}
        engine = Engine(lambda driver: Run(self._ledger, self.name, accounts, driver, **shared), exchange)
        engine.tell(Started(self.name, order.chain, counts, len(doubts)))
        self._run = engine.run
        if self._stopping:
            engine.run.stop()
        with closing(engine.events()) as events:
            yield from events
