"""`SandboxServer`: a desk on loopback, with the faults of the wire and the list of everybody who was dialled."""

import itertools
import random
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Self
from urllib.parse import urlsplit

from voicehub.errors import ConfigError
from voicehub.provider import Provider, Reply, Request
from voicehub.sandbox._archive import Archive
from voicehub.sandbox._desk import BAD_GATEWAY, Desk, Dialled
from voicehub.sandbox._faults import REFUSALS, Fault, check_shares, struck_by
from voicehub.sandbox._script import Script

_HOST = "127.0.0.1"
_STOP_SECONDS = 10


class SandboxServer:
    """Serves accounts at the paths of their base URLs, on loopback only, from a thread; a context manager.

    - ``providers``: account name to provider, as for `Desk`. Credentials, limits and path are the account's.
    - ``port``: 0 takes a free one. ``script`` ``None``: the default `Script`.
    - ``faults``: what goes wrong, in shares that add up to at most 1; ``seed`` makes the same requests suffer again.
    - ``log``: called with each accepted callee before its answer leaves, from the server's thread, one at a time.
    - ``clock``: Unix time in seconds, for timestamp windows.

    Raises `ConfigError` for faults that cannot be played; on entering, for providers that collide, a port that is
    taken, and where the extra ``server`` is not installed. On leaving it waits for nobody but ``log``: `TimeoutError`
    if that does not come back within 10 seconds.
    """

    #: ``http://127.0.0.1:PORT``, once entered.
    url: str

    def __init__(
        self,
        providers: Mapping[str, Provider],
        *,
        port: int = 0,
        script: Script | None = None,
        faults: Iterable[Fault] = (),
        log: Callable[[Dialled], None] | None = None,
        clock: Callable[[], float] = time.time,
        seed: int = 0,
    ) -> None:
        self._providers = dict(providers)
        self._port = port
        self._script = script
        self._faults = tuple(faults)
        self._log = log
        self._clock = clock
        self._lots = random.Random(seed)  # noqa: S311 - reproducible faults, no secrets
        self._serials = itertools.count(1)
        #: Every callee accepted so far, in order: what a real vendor would have rung.
        self.dialled: list[Dialled] = []
        #: Recordings held and calls placed: what records, reports and balances are told from.
        self.archive = Archive()
        self._check_faults()

    def provider(self, account: str) -> Provider:
        """This account's provider, pointed at this server: the same credentials, limits and path."""
        return _moved(self._providers[account], self.url)

    def __enter__(self) -> Self:
        try:
            from voicehub.sandbox._app import make_server
        except ModuleNotFoundError as error:
            install = 'pip install "voicehub-core[server]"'
            raise ConfigError(f"the sandbox serves HTTP with {error.name}, which is not installed: {install}") from None
        with ExitStack() as entering:
            listening = entering.enter_context(_listen(self._port))
            self.url = f"http://{_HOST}:{listening.getsockname()[1]}"
            self._desk = Desk({account: self.provider(account) for account in self._providers}, self._script)
            server = make_server(self.url, self._take)
            pool = ThreadPoolExecutor(1, "voicehub-sandbox")
            running = pool.submit(server.run, [listening])

            def stop() -> None:
                server.should_exit = True
                try:
                    running.result(_STOP_SECONDS)
                finally:
                    pool.shutdown(wait=running.done())

            entering.callback(stop)
            while not (server.started or running.done()):
                time.sleep(0.002)  # uvicorn tells nobody when it has started
            if running.done():
                running.result()
            self._leaving = entering.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving.close()

    def _take(self, request: Request) -> tuple[Reply, str | None]:
        """The reply and the fault that strikes it; whoever is dialled is on record before it is returned."""
        fault = struck_by(self._faults, self._lots.random())
        if fault == "reset-before":
            return BAD_GATEWAY, fault
        reply, accepted = self._desk(request, self._clock(), next(self._serials), fault, archive=self.archive)
        self.dialled += accepted
        if self._log is not None:
            for dialled in accepted:
                self._log(dialled)
        return (BAD_GATEWAY if fault == "error-after" else reply), fault

    def _check_faults(self) -> None:
        check_shares(self._faults)
        known = {kind for provider in self._providers.values() for kind in provider.refusal_kinds.values()}
        for fault in self._faults:
            if fault.name in REFUSALS and REFUSALS[fault.name] not in known:
                kind = REFUSALS[fault.name].value
                raise ConfigError(f"fault {fault.name} cannot be played: no provider here has a code for {kind}")


def _moved(provider: Provider, url: str) -> Provider:
    path = urlsplit(provider.settings.base_url).path
    settings = provider.settings.model_copy(update={"base_url": url + path})
    return type(provider)(settings, limits=provider.limits)


def _listen(port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise ConfigError(f"port {port}: a port is 1 to 65535, or 0 for a free one")
    try:
        return socket.create_server((_HOST, port))
    except OSError as error:
        told = f"port {port} of {_HOST} cannot be used: {error.strerror}; choose another, or 0 for a free one"
        raise ConfigError(told) from None
