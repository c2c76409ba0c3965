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
from voicehub.campaign._options import Options, require_time
from voicehub.campaign._plan.moved import refuse_moved
from voicehub.campaign._run.alone import Alone, refuse_loop
from voicehub.campaign._run.caps import Caps
from voicehub.campaign._run.engine import Engine
from voicehub.campaign._run.order import Accounts, Order
from voicehub.campaign._run.over import OVER, settled
from voicehub.campaign._run.parts import Clocks
from voicehub.campaign._run.run import Run
from voicehub.campaign._run.suppress import Lists
from voicehub.campaign._sqlite.ledger import SqliteLedger
from voicehub.config import Configuration

if TYPE_CHECKING:
    from voicehub.campaign._doubts.reconcile import Reconciled


class Campaign:
    """A planned campaign: run it, watch it, pause it, cancel it, settle its doubts. Open it with `open`.

    No callee is phoned twice: an attempt is on disk before its first byte leaves; an attempt that is not proved to have
    placed no call is in doubt; callees in doubt are phoned again only if a named person releases them (`resolve`).
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
        """The status as of now, also while another process runs the campaign."""
        return Status.of(self._ledger.record(self.name))

    def run(self, **options: Unpack[Options]) -> Status:
        """Phone all pending callees; returns the status once nothing more can be done now.

        ``options`` are those of `Options`. Ends ``completed``, ``canceled``, or ``paused`` with a reason: it was
        stopped or paused, a cap was reached, every account has stopped.

        Raises `ConfigError` if the plan or the configuration does not fit, or the do-not-call file cannot be read,
        before anything is sent; `LedgerError` if the ledger cannot be used; ``RuntimeError`` in a running event loop
        (use `arun` there). When interrupted, it first waits for the requests in flight.
        """
        with closing(self.events(**options)) as events:
            return self._last(events)

    async def arun(self, **options: Unpack[Options]) -> Status:
        """`run` in a worker thread, for event loops. When cancelled, it lets requests in flight end, then re-raises."""
        import anyio
        import anyio.to_thread

        begun, over = threading.Lock(), threading.Event()
        running = partial(self._run_whole, begun, over, **options)
        try:
            return await anyio.to_thread.run_sync(running, abandon_on_cancel=True)
        except anyio.get_cancelled_exc_class():
            if not begun.acquire(blocking=False) and not over.is_set():  # else it never got a thread, or has ended
                self.stop()
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(over.wait)
            raise

    def events(self, **options: Unpack[Options]) -> Generator[Event, None, None]:
        """`run` as an iterator of events. Closing it stops the run as `stop` does, and waits for its end.

        `Started` is the first, `Finished` the last; `Progress` comes about five times a second.
        """
        refuse_loop()
        return self._events(**options)

    def stop(self) -> None:
        """Let requests in flight end and be recorded, then pause. Returns at once; a signal handler may call it."""
        self._stopping = True
        if (run := self._run) is not None:
            run.stop()

    def pause(self) -> Status:
        """Send nothing more, in whatever process the campaign runs; requests in flight end and are recorded."""
        return self._change(CampaignState.PAUSED)

    def cancel(self) -> Status:
        """Cancel all pending callees, for good; requests in flight end and are recorded."""
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
        """Record a named person's decision on callees in doubt, by number or by batch; returns how many changed state.

        ``placed``: accepted; ``held``: still in doubt; ``released``: pending, and phoned by the next run, perhaps a
        second time. Raises `LedgerError` if one is not in doubt, or is to be released though its call was reported.
        """
        from voicehub.campaign._doubts.releasing import resolve

        return resolve(self._ledger, self.name, decision, callees, batch, who=who, why=why, now=self._clock())

    def reconcile(self) -> "Reconciled":
        """Look for the calls of all callees in doubt, in the reports received and in the vendors' records.

        A callee whose call is found becomes accepted. A call is evidence only if callee, reference and time fit, and
        it can be of no other attempt. A vendor without such a call proves nothing; that is only noted (`Doubt`).
        May run beside a run; blocks. It tells which vendors could not be asked, and why. Raises `ConfigError` if the
        announcement has no reference or an account is not configured, `LedgerError` if the ledger cannot be used.
        """
        from voicehub.campaign._doubts.reconcile import reconcile  # here, because few need it

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
        require_time(until)
        caps = Caps(max_calls, max_requests, max_doubts)
        clocks = Clocks(time.monotonic, self._clock)
        configuration = self._load()
        record = self._ledger.record(self.name)
        if record.state is CampaignState.PLANNED and "terms" in record.document:
            plan = plan or record.document["digest"]  # nothing was sent yet: a first run must fit its plan
        if plan is not None:
            from voicehub.campaign._plan.plan import verify  # here, because only a run by digest reads files

            verify(record, plan, configuration)
        if record.state in OVER:
            yield Finished(settled(self._ledger, record))
            return
        order = Order.of(record.document)
        refuse_moved(self.name, record.document, order.chain, configuration)
        ways = Accounts(order, configuration, self._clock)
        phoned = partial(self._ledger.phoned_since, other_than=self.name)
        lists = Lists(order.do_not_call, order.hours, phoned, wall=clocks.wall, monotonic=clocks.monotonic)
        accounts = ways.accounts(caps, ramp=ramp)
        doubts = self._ledger.own()
        lists.refresh()  # only now, as owner: no other campaign of this ledger can phone after the list was read
        self._ledger.change(self.name, CampaignState.RUNNING, now=self._clock())
        counts = self._ledger.record(self.name).counts
        shared: dict[str, Any] = {"counts": counts, "clocks": clocks, "screen": lists, "until": until}
        engine = Engine(lambda driver: Run(self._ledger, self.name, accounts, driver, **shared), ways)
        engine.tell(Started(self.name, order.chain, counts, len(doubts)))
        self._run = engine.run
        if self._stopping:
            engine.run.stop()
        with closing(engine.events()) as events:
            yield from events
