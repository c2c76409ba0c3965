"""The rules for a plugin's hooks and classes; each error says how to fix the violation."""

import inspect
import re
from collections.abc import Mapping
from types import ModuleType
from typing import cast, get_args

import pluggy

from voicehub import hooks
from voicehub._closest import closest
from voicehub._forms import PROVIDER_NAME
from voicehub._masking import mask_text
from voicehub.errors import PluginError
from voicehub.message import Content
from voicehub.provider import Limits, Provider, Settings

_KEY = re.compile("[a-z](?:_?[a-z0-9])*")
_TAKEN = ("provider", "limits", "fallback", "pace", "webhook", "verify_reports")


def manager() -> pluggy.PluginManager:
    """A plugin manager that knows our hooks and no plugin yet."""
    made = pluggy.PluginManager("voicehub")
    made.add_hookspecs(hooks)
    return made


def hook_problem(plugin: object) -> str | None:
    """Why a hook of this plugin would silently never be called; ``None``: all its hooks are valid."""
    known = sorted(name for name in vars(hooks) if name.startswith("voicehub_"))
    for name in dir(plugin):
        ours = name.startswith("voicehub_") or hasattr(inspect.getattr_static(plugin, name, None), "voicehub_impl")
        hook = getattr(plugin, name) if ours else None
        if not inspect.isroutine(hook):
            continue
        if name not in known:
            return f"{name} is no hook; the hooks are {', '.join(known)}{closest(name, known)}"
        if not hasattr(hook, "voicehub_impl"):
            return f"{name} is not marked; write @hookimpl (voicehub.hooks.hookimpl) above it"
        if inspect.iscoroutinefunction(hook) or inspect.isgeneratorfunction(hook):
            return f"{name} would never run; write a plain function, without async and without yield"
    try:
        manager().register(plugin)  # tried on a separate manager: older pluggy keeps part of a plugin it refuses
    except pluggy.PluginValidationError as error:
        rule = "a hook takes the arguments of its namesake in voicehub.hooks, by name, or leaves some out"
        return f"{rule}: {mask_text(str(error))}"
    return None


def offered_by(module: ModuleType, name: str) -> type[Provider]:
    """The class of this name among those the module offers. Raises `PluginError` if any of them is invalid."""
    hook = getattr(module, "voicehub_providers", None)
    if not inspect.isroutine(hook):
        raise PluginError(
            hook_problem(module)
            or "it has no function voicehub_providers; write one, marked @hookimpl, that returns [YourClass]"
        )
    if problem := hook_problem(module):
        raise PluginError(problem)
    try:
        classes = hook()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise PluginError(f"voicehub_providers failed: {told(error)}") from error
    if not isinstance(classes, list | tuple):
        raise PluginError(f"voicehub_providers returned {type(classes).__name__}; return a list of Provider classes")
    for cls in classes:
        if problem := class_problem(cls):
            raise PluginError(problem)
    offered = [cls for cls in classes if cls.name == name]
    if len(offered) != 1:
        names = ", ".join(cls.name for cls in classes) or "no provider"
        raise PluginError(f"it offers {names}; offer one class whose name is the entry point's, {name!r}")
    return cast("type[Provider]", offered[0])


def class_problem(cls: object) -> str | None:
    """Why this is not a valid provider class, and how to fix it; ``None``: it is valid."""
    if not (isinstance(cls, type) and issubclass(cls, Provider)):
        return f"{getattr(cls, '__name__', cls)!s} is no subclass of voicehub.provider.Provider"
    if missing := sorted(getattr(cls, "__abstractmethods__", ())):
        return f"{cls.__name__} lacks {', '.join(missing)}; see voicehub.provider.Provider for what each returns"
    name = getattr(cls, "name", None)
    if not isinstance(name, str) or not PROVIDER_NAME.fullmatch(name):
        rule = "small letters, digits and single hyphens or underscores, a letter first, such as 'acme-v1'"
        return f"{cls.__name__}.name is the provider's name: {rule}"
    settings = getattr(cls, "Settings", None)
    if not (inspect.isclass(settings) and issubclass(settings, Settings)):
        return f"{cls.__name__}.Settings is a subclass of voicehub.provider.Settings"
    if strange := [key for key in settings.model_fields if key in _TAKEN or not _KEY.fullmatch(key)]:
        rule = f"a setting is small letters, digits and single _, and none of {', '.join(_TAKEN)}"
        return f"{cls.__name__}.Settings.{strange[0]} cannot stand in a configuration: {rule}"
    limits = getattr(cls, "limits", None)
    kinds, rows = (limits.keys(), limits.values()) if isinstance(limits, Mapping) else ((), ())
    if not kinds or not set(kinds) <= set(get_args(Content)) or not all(isinstance(row, Limits) for row in rows):
        return f"{cls.__name__}.limits is a table such as {{UploadedAudio: Limits(...)}}, one entry per kind of content"
    return None


def told(error: BaseException) -> str:
    """A plugin's exception on one line, fit for an error or a log."""
    try:
        text = mask_text(str(error))
    except Exception:  # its __str__ fails
        text = "without a text"
    return f"{type(error).__name__}: {text}"
