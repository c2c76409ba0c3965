"""The bugs that such systems have, planted one by one: the judge has to see each. A judge that cannot fail is none."""

from pathlib import Path

from tests.chaos.kills import Finding
from tests.chaos.plants import PLANTS
from tests.chaos.stage import Stage

#: What the vendor does, how many slots there are, and where a life ends first, so that the bug has an occasion.
OCCASIONS: dict[str, tuple[dict[str, float], int, str]] = {
    "intent after POST": ({}, 1, "send.after:5"),
    "5xx safe": ({"error-after": 0.1}, 4, ""),
    "reset after write safe": ({"reset-after": 0.1}, 4, ""),
    "recover to pending": ({}, 4, "send.after:5"),
    "compare-and-set dropped": ({}, 4, ""),
}


def planted(folder: Path, plant: str, *, compare: bool = True) -> Finding:
    """Run with the bug, and to compare without it: only the first may be condemned, and for phoning twice."""
    told, passed = [], True
    for sick in (plant, "") if compare else (plant,):
        faults, slots, point = OCCASIONS[plant]
        with Stage(folder / (sick or "sound"), 1_000, most=20, slots=slots, seed=5, faults=faults) as stage:
            stage.plan()
            if point:
                stage.whole(point=point, hits=str(stage.folder / "hits"), plant=sick)
            stage.resume(plant=sick)
            verdict = stage.judge()
        told.append(f"{'with' if sick else 'without'} it: {verdict}")
        passed &= bool(verdict.twice) if sick else verdict.clean
    return Finding(f"planted bug: {plant}", passed, "; ".join(told))


assert OCCASIONS.keys() < PLANTS.keys()
