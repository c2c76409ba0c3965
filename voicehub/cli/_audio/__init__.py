"""``voicehub audio``: the recordings an account has at its vendor."""

from voicehub.cli._group import Commands

command = Commands(
    "audio",
    help="Upload, list and delete the recordings an account has at its vendor. Nobody is phoned.",
    modules="voicehub.cli._audio.{}",
    table={
        "upload": "Upload recordings, each once, and print their ids.",
        "list": "List the recordings of the account.",
        "delete": "Delete recordings by their ids.",
    },
)
