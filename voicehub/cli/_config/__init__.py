"""``voicehub config``: the configuration, and where each value comes from."""

from voicehub.cli._group import Commands

command = Commands(
    "config",
    help="Show the configuration, and where each value comes from.",
    modules="voicehub.cli._config.{}",
    table={"show": "Show every value with its origin, secrets masked."},
)
