"""T26, T26b, T27: what a start costs, in instructions."""

from collections.abc import Iterator

from tests.bench.measure import Row, instructions, why_not_countable

BARE = ("-c", "pass")
TARGETS = [
    ("T26", "import voicehub", ("-c", "import voicehub"), "a bare interpreter", BARE, 1.6, 1.35),
    (
        "T26b",
        "from voicehub import Client, VoiceMessage",
        ("-c", "from voicehub import Client, VoiceMessage"),
        "import pydantic, httpx",
        ("-c", "import pydantic, httpx; pydantic.BaseModel, httpx.Client"),
        1.3,
        1.1,
    ),
    ("T27", "voicehub --help", ("-m", "voicehub", "--help"), "a bare interpreter", BARE, 8, 3),
    ("T27", "voicehub send --help", ("-m", "voicehub", "send", "--help"), "a bare interpreter", BARE, 8, 3),
]


def rows() -> Iterator[Row]:
    why = why_not_countable()
    for target, what, ours, versus, theirs, must, goal in TARGETS:
        if why:
            yield Row(target, what, versus, must, goal, None, why, slack=1)
            continue
        mine, other = instructions(*ours), instructions(*theirs)
        note = f"{mine / 1e6:.0f} against {other / 1e6:.0f} million instructions"
        yield Row(target, what, versus, must, goal, mine / other, note, slack=1)
