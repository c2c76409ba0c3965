"""The template of a plugin, filled in for one provider."""

import re
from importlib.util import find_spec
from pathlib import Path


def render(name: str, folder: Path) -> None:
    """Write the distribution of provider ``name`` into this folder. Raises `ConfigError` if that fails."""
    from voicehub.errors import ConfigError

    if find_spec("copier") is None:
        raise ConfigError("new-plugin needs copier; install the extra: pip install 'voicehub-core[scaffold]'")
    import copier

    values = {
        "name": name,
        "distribution": folder.name,
        "module": module_of(name),
        "class_name": "".join(part.capitalize() for part in re.split("[-_]", name)) + "Provider",
        "bounds": _bounds(),
    }
    template = Path(__file__).parents[1] / "template"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        copier.run_copy(str(template), folder, data=values, defaults=True, quiet=True, settings=copier.Settings())
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be created: {error.strerror}") from None


def module_of(name: str) -> str:
    """The package to import for a provider of this name."""
    return f"voicehub_{name.replace('-', '_')}"


def _bounds() -> str:
    """This release and later compatible ones: while the major version is 0, a minor version is incompatible."""
    from voicehub import __version__

    major, minor = map(int, __version__.split(".")[:2])
    return f">={major}.{minor},<" + (f"{major + 1}" if major else f"0.{minor + 1}")
