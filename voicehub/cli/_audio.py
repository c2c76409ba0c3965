"""``voicehub audio``: the recordings an account holds at its vendor."""

from voicehub.cli._group import Commands

command = Commands(
    "audio",
    help="The recordings an account holds at its vendor. Nobody is phoned.",
    table={
        "upload": ("audio_upload", "Upload recordings, each once; prints their ids."),
        "list": ("audio_list", "Every recording the account holds."),
        "delete": ("audio_delete", "Delete recordings by their ids."),
    },
)
