"""Listeners: whoever listens is told, and cannot hinder a send."""

import logging
import sys
from typing import Any

import pytest

from voicehub import PluginError
from voicehub.hooks import Notice, hookimpl
from voicehub.plugins import Plugins

NOTICE = Notice("alerts", "acme", "answered", 3, 1, 0, 0, 0.25)


class Listener:
    def __init__(self) -> None:
        self.heard: list[Notice] = []

    @hookimpl
    def voicehub_notice(self, notice: Notice) -> None:
        self.heard.append(notice)


class Failing(Listener):
    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    @hookimpl
    def voicehub_notice(self, notice: Notice) -> None:
        raise self.error


def test_a_listener_hears_every_notice_until_it_is_taken_out() -> None:
    plugins, listener = Plugins(), Listener()
    plugins.notify(NOTICE)
    plugins.register(listener)
    plugins.notify(NOTICE)
    plugins.unregister(listener)
    plugins.notify(NOTICE)
    assert listener.heard == [NOTICE]


@pytest.mark.parametrize("error", [ValueError("of 932111111112\nforged line"), SystemExit(3)])
def test_what_a_listener_raises_is_logged_and_hinders_nobody(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    plugins, first, last = Plugins(), Listener(), Listener()
    for listener in (first, Failing(error), last):
        plugins.register(listener)
    plugins.notify(NOTICE)
    assert first.heard == last.heard == [NOTICE]
    (record,) = caplog.records
    assert (record.levelno, record.name) == (logging.WARNING, "voicehub.plugins")
    told = record.getMessage()
    assert type(error).__name__ in told
    assert "932111111112" not in told
    assert "\n" not in told


def test_an_interrupt_is_not_swallowed() -> None:
    plugins = Plugins()
    plugins.register(Failing(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        plugins.notify(NOTICE)


def test_a_listener_may_leave_the_argument_out() -> None:
    calls = []

    class Counting:
        @hookimpl
        def voicehub_notice(self) -> None:
            calls.append(1)

    plugins = Plugins()
    plugins.register(Counting())
    plugins.notify(NOTICE)
    assert calls == [1]


def _with_hook(**functions: Any) -> object:
    return type("Wrong", (), {name: staticmethod(function) for name, function in functions.items()})()


async def _later(notice: Notice) -> None:
    raise AssertionError("never run")


@pytest.mark.parametrize(
    ("listener", "said"),
    [
        (_with_hook(voicehub_notices=hookimpl(lambda notice: None)), "voicehub_notices is no hook; the hooks are"),
        (_with_hook(voicehub_notice=lambda notice: None), "voicehub_notice is not marked; write @hookimpl"),
        (_with_hook(voicehub_notice=hookimpl(lambda note: None)), "takes the arguments of its namesake"),
        (_with_hook(voicehub_notice=hookimpl(_later)), "would never run"),
    ],
)
def test_a_listener_that_would_never_be_called_is_refused_and_not_kept(listener: object, said: str) -> None:
    plugins = Plugins()
    with pytest.raises(PluginError, match=said):
        plugins.register(listener)
    plugins.notify(NOTICE)
    with pytest.raises(PluginError, match="Wrong is not registered"):
        plugins.unregister(listener)


def test_registering_twice_is_refused() -> None:
    plugins, listener = Plugins(), Listener()
    plugins.register(listener)
    with pytest.raises(PluginError, match="Listener is registered already"):
        plugins.register(listener)
    plugins.notify(NOTICE)
    assert listener.heard == [NOTICE]


def test_a_module_can_listen() -> None:
    plugins = Plugins()
    heard: list[Notice] = []
    module = type(sys)("listening")
    module.voicehub_notice = hookimpl(lambda notice: heard.append(notice))  # type: ignore[attr-defined]
    plugins.register(module)
    plugins.notify(NOTICE)
    assert heard == [NOTICE]


def test_the_library_is_silent_unless_somebody_listens() -> None:
    assert any(isinstance(handler, logging.NullHandler) for handler in logging.getLogger("voicehub").handlers)
