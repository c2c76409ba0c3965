"""What stops nobody: Ctrl-C is the user's own, and a malformed distribution is read around."""

import importlib
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from tests.planted import ACME, Plant
from tests.planted import plant_fixture as plant_fixture
from voicehub import UnknownProvider, plugins
from voicehub.hooks import Notice, hookimpl
from voicehub.plugins import Plugins


@pytest.mark.parametrize(
    "code",
    [
        "raise KeyboardInterrupt",
        f"{ACME}\ndef __dir__(): raise KeyboardInterrupt",
        ACME.replace("return", "raise KeyboardInterrupt #"),
    ],
)
def test_ctrl_c_while_a_plugin_is_loaded_is_the_users_own(plant: Plant, code: str) -> None:
    plant(code)
    with pytest.raises(KeyboardInterrupt):
        Plugins().provider("acme")


@pytest.mark.parametrize("metadata", ["Metadata-Version: 2.1\nName: Bad.Hub\n", None, "Metadata-Version: 2.1\n"])
def test_a_distribution_with_a_malformed_list_stops_nobody_and_is_listed(
    plant: Plant, tmp_path: Path, metadata: str | None
) -> None:
    plant()
    plant(dist="bad-hub", entry="bad")
    info = tmp_path / "bad-hub" / "bad_hub-1.2.dist-info"
    info.joinpath("entry_points.txt").write_text("[voicehub.v1]\nnoequals\n")
    if metadata is None:
        info.joinpath("METADATA").unlink()
    else:
        info.joinpath("METADATA").write_text(metadata)
    importlib.invalidate_caches()
    plugins = Plugins()
    assert {"acme", "onbuka-v3"} <= set(plugins.names())
    assert plugins.provider("acme").name == "acme"
    found = [found for found in plugins.survey() if found.problem is not None]
    (bad,) = found
    assert bad.module == "entry_points.txt"
    assert bad.distribution == ("bad-hub" if metadata and "Name" in metadata else "an unnamed distribution")
    assert "entry_points.txt cannot be read: TypeError: " in str(bad.problem)


def test_of_two_distributions_of_one_name_the_first_on_the_path_counts_beside_a_malformed_one(
    plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant()
    plant(dist="bad-hub")
    tmp_path.joinpath("bad-hub", "bad_hub-1.2.dist-info", "entry_points.txt").write_text("[voicehub.v1]\nnoequals\n")
    older = tmp_path / "older" / "Acme.Hub-1.1.dist-info"
    older.mkdir(parents=True)
    older.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: Acme.Hub\nVersion: 1.1\n")
    older.joinpath("entry_points.txt").write_text("[voicehub.v1]\nrelic = nowhere\n")
    monkeypatch.setattr("sys.path", [*sys.path, str(older.parent)])
    importlib.invalidate_caches()
    with pytest.raises(UnknownProvider):
        Plugins().provider("relic")


def test_ctrl_c_in_a_listener_is_the_users_own_and_a_panic_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Listener:
        def __init__(self, raised: BaseException) -> None:
            self.raised = raised

        @hookimpl
        def voicehub_notice(self, notice: Notice) -> None:
            raise self.raised

    notice = Notice("a", "acme", "answered", 1, 0, 0, 0, seconds=0.1)
    plugins = Plugins()
    plugins.register(Listener(GeneratorExit()))
    plugins.notify(notice)
    assert "GeneratorExit" in caplog.text
    plugins.register(Listener(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        plugins.notify(notice)


def test_a_distribution_that_cannot_tell_its_name_has_none() -> None:
    class Mute:
        @property
        def name(self) -> str:
            raise KeyError("Name")

    assert plugins._name_of(cast("Any", Mute())) == ""
