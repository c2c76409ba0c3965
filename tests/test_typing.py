"""The two files of ``tests/typing`` are type-checked; here it is seen that what they play is true at run time too."""

import ast

import voicehub
from tests.house import ROOT
from tests.typing.author import Acme, acme, voicehub_providers
from voicehub import Speech, VoiceMessage
from voicehub._offers import class_problem

USER = (ROOT / "tests" / "typing" / "user.py").read_text("utf-8")


def test_the_author_s_provider_is_one() -> None:
    assert [class_problem(cls) for cls in voicehub_providers()] == [None]
    message = VoiceMessage(to=["+932111111111"], content=Speech("Hello", "en"))
    assert acme.parse(acme.encode(message, 0), 0) == message
    assert Acme.limits.keys() == {Speech, voicehub.UploadedAudio}


def test_the_user_plays_with_names_of_the_door() -> None:
    imported = {
        alias.name
        for node in ast.walk(ast.parse(USER))
        if isinstance(node, ast.ImportFrom) and node.module == "voicehub"
        for alias in node.names
    }
    assert len(imported) > 15
    assert imported <= set(voicehub.__all__)
