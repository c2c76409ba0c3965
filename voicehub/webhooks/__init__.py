"""Receives the reports that vendors push about their calls, and stores them in the ledger before it answers 200.

``Mount("/voice", webhooks.app(ledger, configuration))`` is all that your own ASGI application needs; `serve` is for
those who have none. Needs the extra ``server``.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from voicehub.errors import ConfigError
from voicehub.webhooks._accounts import PATH, Listener, Verify, lacking, listeners
from voicehub.webhooks._keeping import Hears
from voicehub.webhooks._reopening import Reopening

if TYPE_CHECKING:
    import socket

    from starlette.applications import Starlette

    from voicehub.config import Configuration

__all__ = ["PATH", "Hears", "Listener", "Reopening", "Verify", "app", "lacking", "listeners", "serve"]


def app(
    ledger: Hears,
    configuration: "Configuration",
    *,
    verify: Verify | None = None,
    clock: Callable[[], float] = time.time,
) -> "Starlette":
    """The ASGI application that takes reports for every account with a ``webhook`` secret, by ``POST`` at `PATH`.

    200 means that the report is on disk; the body of an answer is empty. An address that is wrong in any
    part gets the same 404. 400: nothing in it can be read; 408: the body took longer than 10 seconds; 413: it has
    more than 1 MiB; 500: the plugin failed to read it; 503: the ledger could not keep it, so that the vendor tries
    again.

    For accounts with ``verify_reports`` the vendor's record of each finished call is requested afterwards, in the
    background. ``verify`` does that, for an account and a call id (``None``: a client of the account). ``clock``: Unix
    time in seconds. The ledger stays yours to close, after the server has stopped.

    Raises `ConfigError` where no account has a secret, one has a secret and a vendor that pushes nothing, or the extra
    ``server`` is not installed; `PluginError` for a broken plugin.
    """
    served = listeners(configuration)
    try:
        from voicehub.webhooks._app import make_app
    except ModuleNotFoundError as error:
        raise _not_installed(error) from None
    return make_app(ledger, served, verify, clock)


def serve(application: "Starlette", listening: "socket.socket") -> None:
    """Serve it on this socket until SIGTERM or SIGINT; what is under way then is finished.

    Addresses are never logged. Raises `ConfigError` where the extra ``server`` is not installed.
    """
    try:
        from voicehub.webhooks._server import run
    except ModuleNotFoundError as error:
        raise _not_installed(error) from None
    run(application, listening)


def _not_installed(error: ModuleNotFoundError) -> ConfigError:
    install = 'pip install "voicehub-core[server]"'
    return ConfigError(f"reports are taken with {error.name}, which is not installed: {install}")
