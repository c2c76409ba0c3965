"""Sample accounts: every installed provider with its sample credentials, and their configuration as TOML."""

import json
from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from voicehub.cli import _output

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voicehub.provider import Provider


def sample_providers() -> "list[Provider]":
    """Every installed provider that works with its sample settings; the others are left out, and named on stderr."""
    from pydantic import ValidationError

    from voicehub.errors import PluginError
    from voicehub.plugins import installed

    providers = []
    for name in installed.names():
        try:
            cls = installed.provider(name)
            providers.append(cls(cls.Settings(**cls.sample_settings)))
        except PluginError as error:
            _output.words(f"Left out: {error}")
        except ValidationError:
            _output.words(f"Left out: provider {name}: its sample_settings do not fit its Settings")
    return providers


def apart(providers: "Mapping[str, Provider]") -> "dict[str, Provider]":
    """The same providers; those whose base URLs share a path get a path of their own name instead."""
    paths = {account: urlsplit(provider.settings.base_url).path for account, provider in providers.items()}
    crowded = {path for path, count in Counter(paths.values()).items() if count > 1}
    return {
        account: _at_own_name(provider) if paths[account] in crowded else provider
        for account, provider in providers.items()
    }


def _at_own_name(provider: "Provider") -> "Provider":
    root = urlsplit(provider.settings.base_url)._replace(path=f"/{provider.name}").geturl()
    return type(provider)(provider.settings.model_copy(update={"base_url": root}), limits=provider.limits)


def as_toml(providers: "Mapping[str, Provider]", webhooks: "Mapping[str, str]" = MappingProxyType({})) -> str:
    """A configuration with these accounts, the first one the default, and their ``webhooks`` secrets."""
    lines = [f'default_account = "{next(iter(providers))}"']
    for account, provider in providers.items():
        values = {"provider": provider.name, **provider.sample_settings, "base_url": provider.settings.base_url}
        if account in webhooks:
            values["webhook"] = webhooks[account]
        lines += ["", f"[accounts.{account}]"]
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"
