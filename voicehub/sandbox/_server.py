"""`SandboxServer`: a desk on loopback, with the faults of the connection and the list of all dialled callees."""

import itertools
import random
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from types import MappingProxyType
from typing import Self
from urllib.parse import urlsplit

from voicehub.errors import ConfigError
from voicehub.provider import Provider, Reply, Request
from voicehub.sandbox._archive import Archive
from voicehub.sandbox._courier import Courier
from voicehub.sandbox._desk import BAD_GATEWAY, Desk, Dialled
from voicehub.sandbox._faults import REFUSALS, Fault, parted, struck_by
from voicehub.sandbox._script import Script

_HOST = "127.0.0.1"
_STOP_SECONDS = 10


class SandboxServer:
    """Serves accounts at the paths of their base URLs, on loopback only, in a thread; a context manager.

    - ``providers``: account name to provider, as for `Desk`. Credentials, limits and path are the account's.
    - ``port``: 0 takes a free one. ``script`` ``None``: the default `Script`.
    - ``faults``: faults to play, in shares that add up to at most 1; with one ``seed`` the same requests have them.
    - ``push``: account name to the URL, of any host, for its reports; left out: none are pushed.
    - ``log``: called with each accepted callee before its answer leaves, from the server's thread, one at a time.
    - ``clock``: Unix time in seconds, for timestamp windows.

    Raises `ConfigError` for faults that cannot be played and reports that cannot be pushed; on entering, for providers
    that collide, a port that is taken, and if the extra ``server`` is not installed. On leaving it waits only for
    ``log`` and a push under way: `TimeoutError` if one takes more than 10 seconds.
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
        push: Mapping[str, str] = MappingProxyType({}),
        log: Callable[[Dialled], None] | None = None,
        clock: Callable[[], float] = time.time,
        seed: int = 0,
    ) -> None:
        self._providers = dict(providers)
        self._port = port
        self._script = script or Script()
        self._faults, self._report_faults = parted(faults)
        self._push = dict(push)
        self._busy = threading.Lock()
        self._log = log
        self._clock = clock
        self._lots = random.Random(seed)  # noqa: S311 - reproducible faults, no secrets
        self._serials = itertools.count(1)
        #: Every callee accepted so far, in order: what a real vendor would have rung.
        self.dialled: list[Dialled] = []
        #: Recordings and calls placed: the source of records, reports and balances.
        self.archive = Archive()
        self._courier = Courier(
            self._reports,
            clock,
            faults=self._report_faults,
            lots=random.Random(seed),  # noqa: S311 - as above
            speed=self._script.speed,
        )
        self._check_faults()
        self._check_push()

    @property
    def reports_taken(self) -> int:
        """How many pushed reports were answered with 200; a report pushed twice counts twice."""
        return self._courier.taken

    @property
    def reports_given_up(self) -> int:
        """How many reports were never answered with 200, after all repetitions."""
        return self._courier.given_up

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
            pool = ThreadPoolExecutor(2, "voicehub-sandbox")
            running = pool.submit(server.run, [listening])

            leaving = threading.Event()
            pushing = pool.submit(self._courier.run, leaving) if self._push else None

            def stop() -> None:
                server.should_exit = True
                leaving.set()
                try:
                    running.result(_STOP_SECONDS)
                    if pushing is not None:
                        pushing.result(_STOP_SECONDS)
                finally:
                    pool.shutdown(wait=running.done())

            entering.callback(stop)
            while not (server.started or running.done()):
                time.sleep(0.002)  # uvicorn signals its start in no other way
            if running.done():
                running.result()
            self._leaving = entering.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving.close()

    def _take(self, request: Request) -> tuple[Reply, str | None]:
        """The reply and its fault; dialled callees are recorded before the reply is sent."""
        fault = struck_by(self._faults, self._lots.random())
        if fault == "reset-before":
            return BAD_GATEWAY, fault
        with self._busy:
            reply, accepted = self._desk(request, self._clock(), next(self._serials), fault, archive=self.archive)
        self.dialled += accepted
        if self._log is not None:
            for dialled in accepted:
                self._log(dialled)
        return (BAD_GATEWAY if fault == "error-after" else reply), fault

    def _reports(self, after: float, until: float) -> Sequence[Request]:
        with self._busy:
            return self._desk.reports(self.archive, after, until, self._push)

    def _check_push(self) -> None:
        for account, url in self._push.items():
            provider = self._providers.get(account)
            if provider is None:
                raise ConfigError(f"push: there is no account {account}; there are: {', '.join(self._providers)}")
            if provider.reports is None:
                raise ConfigError(f"push: {provider.name} (account {account}) has no reports that could be pushed")
            if not _is_http(url):
                raise ConfigError(f"push: the value for account {account} is not an http or https URL with a host")
        if self._report_faults and not self._push:
            name = self._report_faults[0].name
            raise ConfigError(f"fault {name} cannot be played: no reports are pushed, because no URL is given")

    def _check_faults(self) -> None:
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
        raise ConfigError(
            f"port {port} of {_HOST} cannot be used: {error.strerror}; choose another, or 0 for a free one"
        ) from None


def _is_http(url: str) -> bool:
    try:
        return urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)
    except ValueError:  # half of an IPv6 address
        return False
