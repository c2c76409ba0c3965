"""Finding and loading plugins, by real entry points: small distributions planted on ``sys.path``."""

import importlib
import sys
from pathlib import Path

import pytest

from tests.planted import ACME, META, Plant
from tests.planted import plant_fixture as plant_fixture
from voicehub import PluginError, UnknownProvider
from voicehub.plugins import Plugins
from voicehub.provider import Provider


def problems(plugins: Plugins) -> dict[str, str | None]:
    return {found.name: found.problem for found in plugins.survey()}


def refusal(name: str = "acme") -> str:
    with pytest.raises(PluginError) as caught:
        Plugins().provider(name)
    return str(caught.value)


def test_a_plugin_is_found_by_its_entry_point_and_imported_on_first_use_only(plant: Plant) -> None:
    module = plant()
    other = plant(ACME.replace('"acme"', '"bravo"'), entry="bravo", dist="bravo-hub")
    plugins = Plugins()
    assert {"acme", "bravo", "itniotech", "onbuka-v3"} <= set(plugins.names())
    assert plugins.names() == sorted(plugins.names())
    assert module not in sys.modules
    cls = plugins.provider("acme")
    assert issubclass(cls, Provider)
    assert cls is plugins.provider("acme")
    assert (module in sys.modules, other in sys.modules) == (True, False)


def test_one_module_may_serve_two_entry_points(plant: Plant, tmp_path: Path) -> None:
    second = ACME.replace("return [Acme]", 'return [Acme, type("Other", (Acme,), {"name": "other"})]')
    module = plant(second)
    entries = tmp_path / "acme-hub" / "acme_hub-1.2.dist-info" / "entry_points.txt"
    entries.write_text(f"[voicehub.v1]\nacme = {module}\nother = {module}\n")
    importlib.invalidate_caches()
    plugins = Plugins()
    assert (plugins.provider("acme").name, plugins.provider("other").name) == ("acme", "other")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import nothing_of_that_name", "cannot be imported: ModuleNotFoundError: No module named"),
        ("raise SystemExit(3)", "cannot be imported: SystemExit: 3"),
        ("raise GeneratorExit", "cannot be imported: GeneratorExit: "),
        ("class Panic(BaseException): ...\nraise Panic('aaah')", "cannot be imported: Panic: aaah"),
        ("class Mute(Exception):\n    def __str__(self): return 1/0\nraise Mute", "Mute: without a text"),
        (f"{ACME}\ndef __dir__(): raise ValueError('no')", "cannot be examined: ValueError: no"),
        ("def __getattr__(name): raise ValueError('no')", "cannot be examined: ValueError: no"),
        (f"{META}{ACME}".replace("(Provider)", "(Provider, metaclass=Meta)"), "cannot be examined: ValueError: no"),
        ("def broken(:", "cannot be imported: SyntaxError: "),
        ("raise ValueError('call +93 211 111 1112\\x1b[2J')", r"ValueError: call +*************12\x1b[2J"),
    ],
)
def test_a_broken_import_stops_nobody_and_is_listed(plant: Plant, code: str, said: str) -> None:
    plant(code)
    told = refusal()
    assert told.startswith("plugin 'acme' of acme-hub ")
    assert said in told
    assert "reinstall or update" in told
    plugins = Plugins()
    assert problems(plugins)["acme"] == told
    assert problems(plugins)["onbuka-v3"] is None
    assert plugins.provider("onbuka-v3").name == "onbuka-v3"


def test_survey_lists_each_entry_point_with_distribution_and_version(plant: Plant) -> None:
    module = plant()
    (found,) = [found for found in Plugins().survey() if found.name == "acme"]
    assert (found.distribution, found.version, found.module, found.problem) == ("acme-hub", "1.2", module, None)


def test_a_distribution_without_metadata_is_still_listed(plant: Plant, tmp_path: Path) -> None:
    plant()
    (tmp_path / "acme-hub" / "acme_hub-1.2.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\n")
    (found,) = [found for found in Plugins().survey() if found.name == "acme"]
    assert (found.distribution, found.version, found.problem) == ("an unnamed distribution", "", None)


def test_two_distributions_of_one_name_are_refused_with_both_named(plant: Plant) -> None:
    plant()
    plant(dist="rival-hub")
    told = refusal()
    assert told == "provider 'acme' is offered by acme-hub and rival-hub; uninstall one of them"
    assert [found.problem for found in Plugins().survey() if found.name == "acme"] == [told, told]


@pytest.mark.parametrize("group", ["voicehub.v2", "voicehub.v0"])
def test_a_group_of_another_version_is_refused_with_both_numbers(plant: Plant, group: str) -> None:
    module = plant(group=group)
    told = refusal()
    assert all(part in told for part in ("acme-hub", group, "voicehub.v1", "install"))
    assert "acme" not in Plugins().names()
    assert problems(Plugins())["acme"] == told
    assert module not in sys.modules


@pytest.mark.parametrize(
    "group",
    ["voicehub", "voicehub.V1", "voicehub_v1", "voicehub.1", "voicehub.plugins", "voicehub.provider", "voicehub.v1.0"],
)
def test_a_group_that_means_us_and_is_none_is_named_with_the_right_one(plant: Plant, group: str) -> None:
    plant(group=group)
    told = refusal()
    assert told.startswith(f"plugin 'acme' of acme-hub stands in the entry-point group {group!r}, which nobody reads;")
    assert '[project.entry-points."voicehub.v1"]' in told
    assert problems(Plugins())["acme"] == told


def test_a_group_that_is_no_version_is_not_ours(plant: Plant) -> None:
    plant(group="voicehub.vendors")
    assert "acme" not in problems(Plugins())
    with pytest.raises(UnknownProvider):
        Plugins().provider("acme")


def test_block_switches_plugins_off_also_loaded_ones(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    module = plant()
    plugins = Plugins()
    plugins.provider("itniotech")
    monkeypatch.setenv("VOICEHUB_BLOCK", " acme,,itniotech ")
    assert {"acme", "itniotech"}.isdisjoint(plugins.names())
    for name in ("acme", "itniotech"):
        with pytest.raises(UnknownProvider, match=f"'{name}' is switched off by VOICEHUB_BLOCK; take it out"):
            plugins.provider(name)
        assert problems(plugins)[name] == "switched off by VOICEHUB_BLOCK"
    assert module not in sys.modules
    monkeypatch.delenv("VOICEHUB_BLOCK")
    assert plugins.provider("itniotech").name == "itniotech"


def test_an_unknown_provider_says_what_is_installed_and_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        UnknownProvider,
        match=r"no provider 'onbuka'; did you mean 'onbuka-v3'\? Installed: itniotech, onbuka-v3.*mend the name",
    ):
        Plugins().provider("onbuka")
    monkeypatch.setattr("voicehub.plugins.entry_points", lambda **_: [] if _ else importlib.metadata.EntryPoints())
    with pytest.raises(UnknownProvider, match=r"Installed: none. Install: pip install voicehub-onbuka$"):
        Plugins().provider("onbuka-v3")


HOOK = "@hookimpl\ndef voicehub_providers():"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (HOOK, "def elsewhere():", "has no function voicehub_providers; write one, marked @hookimpl"),
        (
            HOOK,
            "def voicehub_provider():",
            "no hook; the hooks are voicehub_notice, voicehub_providers; did you mean 'v",
        ),
        (HOOK, "@hookimpl\ndef get_providers():", "get_providers is no hook; the hooks are"),
        (f"{HOOK}\n    return [Acme]", "voicehub_providers = [Acme]", "has no function voicehub_providers"),
        ("@hookimpl", "", "voicehub_providers is not marked; write @hookimpl"),
        (HOOK, "@hookimpl\nasync def voicehub_providers():", "would never run; write a plain function"),
        (HOOK, "@hookimpl(wrapper=True)\ndef voicehub_providers():\n    yield", "write a plain function"),
        ("return [Acme]", "raise KeyError('gone')", "voicehub_providers failed: KeyError: 'gone'"),
        ("return [Acme]", "raise SystemExit", "voicehub_providers failed: SystemExit"),
        ("return [Acme]", "return None", "returned NoneType; return a list of Provider classes"),
        ("return [Acme]", "return 'Acme'", "returned str; return a list of Provider classes"),
        ("return [Acme]", "return [1]", "1 is no subclass of voicehub.provider.Provider"),
        ("return [Acme]", "return [dict]", "dict is no subclass of voicehub.provider.Provider"),
        ("return [Acme]", "return []", "offers no provider; offer one class whose name is the entry point's, 'acme'"),
        ("return [Acme]", "return [Acme, Acme]", "offers acme, acme; offer one class"),
        ('"acme"', '"bravo"', "offers bravo; offer one class whose name is the entry point's, 'acme'"),
        ('"acme"', '"ACME"', "Acme.name is the provider's name: small letters, digits and single hyphens"),
        ('"acme"', '"acme--v1"', "Acme.name is the provider's name: small letters"),
        ('"acme"', '"acme_"', "Acme.name is the provider's name: small letters"),
        ('"acme"', "7", "Acme.name is the provider's name: small letters"),
        ('name = "acme"', "pass", "Acme.name is the provider's name"),
        ("    def parse(self, request, now): ...", "", "Acme lacks parse; see voicehub.provider.Provider"),
        ("class Settings(Settings):", "class Other(Settings):", "Acme.Settings is a subclass of"),
        ("class Settings(Settings):", "class Settings:", "Acme.Settings is a subclass of"),
        ("token:", "Token:", "Acme.Settings.Token cannot stand in a configuration"),
        ("token:", "limits:", "Acme.Settings.limits cannot stand in a configuration"),
        ("limits = {", "other = {", "Acme.limits is a table such as {UploadedAudio: Limits(...)}"),
        ("limits = {UploadedAudio:", "limits = {'uploaded_audio':", "Acme.limits is a table"),
        ("    class Settings", "    limits = {}\n    class Settings", "Acme.limits is a table"),
        ("    class Settings", "    limits = {UploadedAudio: 5}\n    class Settings", "Acme.limits is a table"),
        (
            "@hookimpl",
            "def voicehub_provider(): ...\n@hookimpl",
            "voicehub_provider is no hook; the hooks are voicehub_n",
        ),
        ("@hookimpl", "def voicehub_notice(notice): ...\n@hookimpl", "voicehub_notice is not marked"),
        ("@hookimpl", "@hookimpl\ndef voicehub_notice(note): ...\n@hookimpl", "takes the arguments of its namesake"),
    ],
)
def test_a_plugin_that_breaks_the_contract_is_told_how_to_mend_it(plant: Plant, old: str, new: str, said: str) -> None:
    assert old in ACME
    plant(ACME.replace(old, new, 1))
    told = refusal()
    assert told.startswith("plugin 'acme' of acme-hub: ")
    assert said in told
    assert "\n" not in told
    assert problems(Plugins())["acme"] == told
