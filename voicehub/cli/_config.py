"""``voicehub config``: the configuration, and where each value comes from."""

from voicehub.cli._group import Commands

command = Commands(
    "config",
    help="The configuration, and where each value comes from.",
    table={"show": ("config_show", "Every value with its origin, secrets masked.")},
)
