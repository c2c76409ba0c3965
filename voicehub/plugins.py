"""Finds, isolates and names plugins. Typed over pluggy: each entry point is imported alone, on first use of its name.

pluggy's own loader imports every entry point at once, so that one broken plugin would stop all of them; here it stops
nobody and `Plugins.survey` tells what is wrong with it.
"""

import inspect
import logging
import os
import re
import threading
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from types import ModuleType

import pluggy

from voicehub import hooks
from voicehub._masking import mask_text
from voicehub.errors import PluginError, UnknownProvider
from voicehub.hooks import Notice
from voicehub.provider import Limits, Provider, Settings

VERSION = 1
GROUP = f"voicehub.v{VERSION}"
_log = logging.getLogger("voicehub.plugins")
logging.getLogger("voicehub").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Found:
    """One entry point: what doctor lists. ``problem`` is ``None`` for a plugin that works."""

    name: str
    distribution: str
    version: str
    module: str
    problem: str | None


class Plugins:
    """The installed plugins. Safe to share between threads."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager("voicehub")
        self._manager.add_hookspecs(hooks)
        self._loaded: dict[str, dict[str, type[Provider]]] = {}
        self._lock = threading.RLock()

    def names(self) -> list[str]:
        """The names of all installed entry points of this version that are not blocked, sorted; nothing is imported."""
        return sorted({entry.name for entry in _entries(GROUP) if entry.name not in _blocked()})

    def provider(self, name: str) -> type[Provider]:
        """The provider class of this name. Raises `UnknownProvider`, or `PluginError` if its plugin is broken."""
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = self._load(name, self._entry(name))
            return self._loaded[name][name]

    def survey(self) -> list[Found]:
        """Every entry point of any version, loaded one by one, with what is wrong with it."""
        found = []
        for entry in sorted(_all_entries(), key=lambda entry: (entry.name, _origin(entry))):
            problem = None
            try:
                if entry.name in _blocked():
                    problem = "switched off by VOICEHUB_BLOCK"
                elif entry.group != GROUP:
                    problem = _other_version(entry)
                else:
                    self.provider(entry.name)
            except PluginError as error:
                problem = str(error)
            distribution = entry.dist
            version = distribution.version if distribution else ""
            found.append(Found(entry.name, _origin(entry), version, entry.value, problem))
        return found

    def register(self, plugin: object) -> None:
        """Add an object with hooks by hand, for instance one that listens to `voicehub_notice`."""
        with self._lock:
            self._manager.register(plugin)
            self._refuse_strange_hooks(plugin)

    def unregister(self, plugin: object) -> None:
        """Take an object added by hand out again."""
        with self._lock:
            self._manager.unregister(plugin)

    def notify(self, notice: Notice) -> None:
        """Tell every listener; what one raises is logged and hinders neither the others nor the send."""
        for implementation in self._manager.hook.voicehub_notice.get_hookimpls():
            try:
                implementation.function(notice)
            except Exception as error:
                _log.warning("voicehub_notice of %s failed: %s", implementation.plugin_name, _told(error))

    def _entry(self, name: str) -> EntryPoint:
        if name in _blocked():
            raise UnknownProvider(f"provider {name!r} is switched off by VOICEHUB_BLOCK; take it out of that variable")
        entries = [entry for entry in _entries(GROUP) if entry.name == name]
        if not entries:
            strangers = [entry for entry in _all_entries() if entry.name == name]
            if strangers:
                raise PluginError(_other_version(strangers[0]))
            raise UnknownProvider(self._unknown(name))
        if len(entries) > 1:
            rivals = " and ".join(sorted(_origin(entry) for entry in entries))
            raise PluginError(f"provider {name!r} is offered by {rivals}; uninstall one of them")
        return entries[0]

    def _unknown(self, name: str) -> str:
        installed = ", ".join(self.names()) or "none"
        known = tomllib.loads(files("voicehub").joinpath("known_providers.toml").read_text("utf-8"))
        install = f"pip install {known[name]}" if name in known else "the package that offers it, or mend the name"
        return f"there is no provider {name!r}. Installed: {installed}. Install: {install}"

    def _load(self, name: str, entry: EntryPoint) -> dict[str, type[Provider]]:
        origin = f"plugin {name!r} of {_origin(entry)}"
        try:
            module = entry.load()
        except (Exception, SystemExit) as error:  # a plugin may fail in any way, also by leaving the interpreter
            raise PluginError(f"{origin} cannot be imported: {_told(error)}") from error
        if self._manager.get_plugin(entry.value) is None:
            self._manager.register(module, entry.value)
            try:
                self._refuse_strange_hooks(module)
            except PluginError as error:
                raise PluginError(f"{origin}: {error}") from None
        offered = _offered_by(module, origin)
        if name not in offered:
            told = ", ".join(offered) or "no provider"
            raise PluginError(f"{origin} offers {told}; the entry point must have the provider's name")
        return offered

    def _refuse_strange_hooks(self, plugin: object) -> None:
        """A hook with a wrong name would never be called, and nobody would know."""
        known = [name for name in vars(hooks) if name.startswith("voicehub_")]
        for name in dir(plugin):
            if name.startswith("voicehub_") and name not in known and callable(getattr(plugin, name)):
                self._manager.unregister(plugin)
                raise PluginError(f"{name} is no hook; the hooks are {', '.join(sorted(known))}")


def _offered_by(module: ModuleType, origin: str) -> dict[str, type[Provider]]:
    hook = getattr(module, "voicehub_providers", None)
    if hook is None or not hasattr(hook, "voicehub_impl"):
        raise PluginError(f"{origin} has no function voicehub_providers marked with @hookimpl")
    try:
        classes = hook()
    except Exception as error:
        raise PluginError(f"{origin}: voicehub_providers failed: {_told(error)}") from error
    if not isinstance(classes, Sequence) or isinstance(classes, str):
        raise PluginError(f"{origin}: voicehub_providers returns a list of Provider classes")
    for cls in classes:
        if problem := class_problem(cls):
            raise PluginError(f"{origin}: {problem}")
    return {cls.name: cls for cls in classes}


def class_problem(cls: object) -> str | None:
    """What keeps this from being a provider class, and what to do about it; ``None``: nothing."""
    if not (isinstance(cls, type) and issubclass(cls, Provider)):
        return f"{getattr(cls, '__name__', cls)!s} is no subclass of voicehub.provider.Provider"
    if missing := sorted(getattr(cls, "__abstractmethods__", ())):
        return f"{cls.__name__} lacks {', '.join(missing)}; see voicehub.provider.Provider for what each returns"
    if not re.fullmatch("[a-z][a-z0-9_-]*", getattr(cls, "name", "")):
        return f"{cls.__name__}.name is the provider's name in lower case, such as 'acme-v1'"
    settings = getattr(cls, "Settings", None)
    if not (inspect.isclass(settings) and issubclass(settings, Settings)):
        return f"{cls.__name__}.Settings is a subclass of voicehub.provider.Settings"
    limits = getattr(cls, "limits", None)
    if not isinstance(limits, dict) or not limits or not all(isinstance(rows, Limits) for rows in limits.values()):
        return f"{cls.__name__}.limits is a table such as {{UploadedAudio: Limits(...)}}"
    return None


def _all_entries() -> list[EntryPoint]:
    groups = [group for group in entry_points().groups if re.fullmatch(r"voicehub\.v[0-9]+", group)]
    return [entry for group in sorted(groups) for entry in _entries(group)]


def _entries(group: str) -> list[EntryPoint]:
    return list(entry_points(group=group))


def _origin(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else "an unnamed distribution"


def _other_version(entry: EntryPoint) -> str:
    return (
        f"plugin {entry.name!r} of {_origin(entry)} is written for {entry.group}, and this voicehub speaks {GROUP}; "
        f"install a release of {_origin(entry)} made for {GROUP}, or a voicehub that speaks {entry.group}"
    )


def _blocked() -> set[str]:
    return {name.strip() for name in os.environ.get("VOICEHUB_BLOCK", "").split(",") if name.strip()}


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {mask_text(str(error))}"


#: The plugins of this process.
installed = Plugins()
