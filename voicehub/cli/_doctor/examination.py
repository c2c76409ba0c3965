"""The checks of doctor. Each function checks one thing and yields its findings; none of them raises."""

import platform
import re
from collections.abc import Iterable, Iterator
from importlib import metadata
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from voicehub.config import Configuration

CORE = "voicehub-core"
_EXTRA = re.compile(r"""(?P<package>[A-Za-z0-9._-]+).*;.*\bextra == ["'](?P<extra>[a-z]+)["']""")


class Finding(NamedTuple):
    """``state``: ``ok``, ``note`` (no problem) or ``broken``. ``advice`` ``None``: nothing to do."""

    about: str
    state: Literal["ok", "note", "broken"]
    told: str
    advice: str | None = None


def examine(config: str | None) -> list[Finding]:
    """All findings. ``config``: the configuration file; ``None``: the one that is found by default."""
    return [*_versions(), *_plugins(), *_configuration(config), *_extras()]


def _versions() -> Iterator[Finding]:
    yield Finding("python", "ok", f"{platform.python_implementation()} {platform.python_version()}")
    core, stranger = _version(CORE), _version("voicehub")
    if core is None:
        yield Finding(CORE, "broken", "is not installed; the code runs from a folder", f"pip install {CORE}")
    else:
        yield Finding(CORE, "ok", core)
    if stranger is not None:
        told = f"{stranger} is installed: an unrelated project whose files overwrite those of {CORE}"
        advice = f"pip uninstall voicehub, then pip install --force-reinstall {CORE}"
        yield Finding("voicehub", "broken", told, advice)


def _plugins() -> Iterator[Finding]:
    from voicehub.plugins import UNREADABLE, installed

    found = installed.survey()
    for plugin in found:
        origin = f"{plugin.distribution} {plugin.version}".rstrip()
        if plugin.problem is None:
            yield Finding(f"plugin {plugin.name}", "ok", origin)
        elif plugin.blocked:  # on purpose
            yield Finding(f"plugin {plugin.name}", "note", f"{origin}: {plugin.problem}")
        elif plugin.module == UNREADABLE:
            advice = f"reinstall or uninstall {plugin.distribution}"
            yield Finding(f"distribution {plugin.distribution}", "broken", plugin.problem, advice)
        else:
            advice = f"repair it, uninstall {plugin.distribution}, or VOICEHUB_BLOCK={plugin.name}"
            yield Finding(f"plugin {plugin.name}", "broken", f"{origin}: {plugin.problem}", advice)
    if not found:
        yield Finding("plugins", "broken", "no provider is installed", "pip install the package of your vendor")


def _configuration(config: str | None) -> Iterator[Finding]:
    from voicehub.config import load
    from voicehub.errors import ConfigError, PluginError

    try:
        configuration = load(config)
        if not configuration.accounts:
            advice = "write voicehub.toml; 'voicehub sandbox' prints one that works without credentials"
            yield Finding("configuration", "note", f"{configuration.path or 'no file'}: no account", advice)
            return
        if configuration.default_account is not None:
            configuration.account_name()
        file = str(configuration.path or "the environment")
        if configuration.default_account is None and len(configuration.accounts) > 1:
            told = f"{file}: several accounts and no default_account, so each send must name one"
            advice = f'write default_account = "{next(iter(configuration.accounts))}", or give --account each time'
            yield Finding("configuration", "note", told, advice)
        else:
            yield Finding("configuration", "ok", file)
    except ConfigError as error:
        yield Finding("configuration", "broken", str(error), "correct what it names")
        return
    for account in configuration.accounts:
        try:
            name = configuration.provider(account).name
            configuration.chain(account), configuration.pace(account)
            yield Finding(f"account {account}", "ok", name)
        except (ConfigError, PluginError) as error:
            yield Finding(f"account {account}", "broken", str(error), "correct what it names")
    for recording, table in configuration.audios.items():
        yield _recording(configuration, recording, table)


def _recording(configuration: "Configuration", name: str, accounts: Iterable[str]) -> Finding:
    from voicehub.errors import ConfigError

    try:
        for account in accounts:
            configuration.account_name(account)
            configuration.audio(name, account)
    except ConfigError as error:
        return Finding(f"audio {name}", "broken", str(error), "correct what it names")
    return Finding(f"audio {name}", "ok", f"held by {', '.join(accounts) or 'no account'}")


def _extras() -> Iterator[Finding]:
    needs: dict[str, set[str]] = {}
    for line in (metadata.requires(CORE) or []) if _version(CORE) else []:
        if found := _EXTRA.fullmatch(line.strip()):
            needs.setdefault(found["extra"], set()).add(found["package"])
    for extra, packages in sorted(needs.items()):
        missing = sorted(package for package in packages if _version(package) is None)
        if extra == "all":  # it only gathers the others
            continue
        if missing:
            told, advice = f"not installed: {', '.join(missing)}", f"pip install '{CORE}[{extra}]'"
            yield Finding(f"extra {extra}", "note", told, advice)
        else:
            yield Finding(f"extra {extra}", "ok", ", ".join(sorted(packages)))


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
