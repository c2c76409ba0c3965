"""Finds, isolates and names plugins. Typed over pluggy: each entry point is imported alone, on first use of its name.

pluggy's own loader imports every entry point at once, so that one broken plugin would stop all of them; here it stops
nobody and `Plugins.survey` tells what is wrong with it.
"""

import logging
import os
import re
import threading
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions, entry_points

from voicehub._closest import closest
from voicehub._offers import hook_problem, manager, offered_by, told
from voicehub.errors import PluginError, UnknownProvider
from voicehub.hooks import Notice
from voicehub.provider import Provider

VERSION = 1
GROUP = f"voicehub.v{VERSION}"
UNREADABLE = "entry_points.txt"
_VERSION = re.compile(r"voicehub\.v[0-9]+")
#: Group names that an author may confuse with ours; other groups named so belong to an unrelated project.
_OURS = re.compile(r"voicehub([._-]?(v?[0-9.]*|plugins?|providers?))?", re.IGNORECASE)
_UNNAMED = "an unnamed distribution"
_log = logging.getLogger("voicehub.plugins")
logging.getLogger("voicehub").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Found:
    """One entry point: what doctor lists. ``problem`` is ``None`` for one that works; ``blocked``: switched off.

    A distribution whose entry points cannot be read is listed under its own name, with `UNREADABLE` as module.
    """

    name: str
    distribution: str
    version: str
    module: str
    problem: str | None
    blocked: bool = False


class Plugins:
    """The installed plugins. Safe to share between threads."""

    def __init__(self) -> None:
        self._manager = manager()
        self._loaded: dict[str, type[Provider]] = {}
        self._lock = threading.RLock()

    def names(self) -> list[str]:
        """The names of all installed entry points of this version that are not blocked, sorted; nothing is imported."""
        return sorted({entry.name for entry in _entries(GROUP) if entry.name not in _blocked()})

    def provider(self, name: str) -> type[Provider]:
        """The provider class of this name. Raises `UnknownProvider`, or `PluginError` if its plugin is broken."""
        with self._lock:
            if name not in self._loaded or name in _blocked():
                self._loaded[name] = self._load(name, self._entry(name))
            return self._loaded[name]

    def survey(self) -> list[Found]:
        """Every entry point of any version, loaded one by one, with what is wrong with it."""
        found = []
        for entry in sorted(_all_entries(), key=lambda entry: (entry.name, _origin(entry))):
            problem, blocked = None, entry.name in _blocked()
            try:
                if blocked:
                    problem = "switched off by VOICEHUB_BLOCK"
                elif entry.group != GROUP:
                    problem = _other_version(entry)
                else:
                    self.provider(entry.name)
            except PluginError as error:
                problem = str(error)
            version = entry.dist.version if entry.dist else None
            found.append(Found(entry.name, _origin(entry), version or "", entry.value, problem, blocked))
        return found + _readable()[1]

    def register(self, plugin: object) -> None:
        """Add an object with hooks by hand, for instance one that listens to `voicehub_notice`.

        Raises `PluginError` for what is no hook, or would never be called.
        """
        with self._lock:
            if self._manager.is_registered(plugin):
                raise PluginError(f"{_named(plugin)} is registered already")
            self._add(plugin, None)

    def unregister(self, plugin: object) -> None:
        """Take an object added by hand out again. Raises `PluginError` if it was not added."""
        with self._lock:
            if not self._manager.is_registered(plugin):
                raise PluginError(f"{_named(plugin)} is not registered; unregister the very object that was registered")
            self._manager.unregister(plugin)

    @property
    def listening(self) -> bool:
        """Whether anybody wants notices."""
        return bool(self._manager.hook.voicehub_notice.get_hookimpls())

    def notify(self, notice: Notice) -> None:
        """Call every listener; an exception in one is logged and stops neither the others nor the send."""
        for implementation in self._manager.hook.voicehub_notice.get_hookimpls():
            try:
                implementation.function(*(notice for _ in implementation.argnames))
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                _log.warning("voicehub_notice of %s failed: %s", implementation.plugin_name, told(error))

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
        import tomllib  # imported here: only this error needs them
        from importlib.resources import files

        installed = ", ".join(self.names()) or "none"
        known = tomllib.loads(files("voicehub").joinpath("known_providers.toml").read_text("utf-8"))
        install = f"pip install {known[name]}" if name in known else "the package that offers it, or mend the name"
        meant = "" if name in known else closest(name, {*self.names(), *known})
        return f"there is no provider {name!r}{meant or '.'} Installed: {installed}. Install: {install}"

    def _load(self, name: str, entry: EntryPoint) -> type[Provider]:
        origin = f"plugin {name!r} of {_origin(entry)}"
        try:
            module = entry.load()
        except KeyboardInterrupt:  # the user pressed Ctrl-C
            raise
        except BaseException as error:  # a plugin may fail in any way, even with SystemExit
            raise PluginError(f"{origin} cannot be imported: {told(error)}; reinstall or update it") from error
        try:
            cls = offered_by(module, name)
            if not self._manager.is_registered(module):  # one module may serve several entry points
                self._add(module, entry.value)
        except PluginError as error:
            raise PluginError(f"{origin}: {error}") from error
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # inspecting a module or a class may run its code
            raise PluginError(f"{origin} cannot be examined: {told(error)}; reinstall or update it") from error
        return cls

    def _add(self, plugin: object, name: str | None) -> None:
        if problem := hook_problem(plugin):
            raise PluginError(problem)
        self._manager.register(plugin, name)


def _all_entries() -> list[EntryPoint]:
    try:
        groups = entry_points().groups
    except Exception:
        groups = {entry.group for entry in _readable()[0]}
    ours = [group for group in groups if _OURS.fullmatch(group)]
    return [entry for group in sorted(ours) for entry in _entries(group)]


def _entries(group: str) -> list[EntryPoint]:
    try:
        return list(entry_points(group=group))
    except Exception:  # any distribution whose file is malformed stops the listing of all
        return [entry for entry in _readable()[0] if entry.group == group]


def _readable() -> tuple[list[EntryPoint], list[Found]]:
    """Every entry point, read distribution by distribution, and the distributions where that fails."""
    entries: list[EntryPoint] = []
    broken: list[Found] = []
    seen: set[str] = set()
    for distribution in distributions():
        name = _name_of(distribution)
        if name in seen:  # the first one on the path counts, as it does for importlib.metadata
            continue
        seen.update([name] if name else [])
        try:
            entries += distribution.entry_points
        except Exception as error:
            problem = f"its {UNREADABLE} cannot be read: {told(error)}"
            broken.append(Found(name or _UNNAMED, name or _UNNAMED, "", UNREADABLE, problem))
    return entries, broken


def _name_of(distribution: Distribution) -> str:
    try:
        return re.sub("[-_.]+", "-", distribution.name or "").lower()
    except Exception:  # without metadata, or with metadata that is no text
        return ""


def _origin(entry: EntryPoint) -> str:
    return (entry.dist and entry.dist.name) or _UNNAMED


def _other_version(entry: EntryPoint) -> str:
    if not _VERSION.fullmatch(entry.group):
        told = f"plugin {entry.name!r} of {_origin(entry)} stands in the entry-point group {entry.group!r}"
        return f'{told}, which nobody reads; write [project.entry-points."{GROUP}"] and install it again'
    return (
        f"plugin {entry.name!r} of {_origin(entry)} is written for {entry.group}, and this voicehub speaks {GROUP}; "
        f"install a release of {_origin(entry)} made for {GROUP}, or a voicehub that speaks {entry.group}"
    )


def _blocked() -> set[str]:
    return {name.strip() for name in os.environ.get("VOICEHUB_BLOCK", "").split(",") if name.strip()}


def _named(plugin: object) -> str:
    return getattr(plugin, "__name__", type(plugin).__name__)


#: The plugins of this process.
installed = Plugins()
