"""What voicehub teaches hypothesis, and what a provider may declare to deviate in."""

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from tests.testing.providers import ByForm
from voicehub import AudioFile, AudioUrl, NamedAudio, Speech, UploadedAudio, VoiceMessage
from voicehub.testing import LAWS, Exam, LawBroken, any_messages


@given(st.from_type(VoiceMessage))
def test_every_message_is_one(message: VoiceMessage) -> None:
    assert VoiceMessage.model_validate_json(message.model_dump_json()) == message


@pytest.mark.parametrize("kind", [AudioFile, AudioUrl, NamedAudio, Speech, UploadedAudio])
def test_each_kind_of_content_is_met(kind: type[Any]) -> None:
    assert find(any_messages(), lambda message: isinstance(message.content, kind)).to


def test_the_entry_point_loads_no_exam() -> None:
    code = "import hypothesis, sys; print(*(f'voicehub.{room}' in sys.modules for room in ('message', 'testing')))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["True", "False"]


LAW = "what_is_answered_is_decoded"


def test_a_declared_deviation_is_left_out_with_its_reason() -> None:
    class Deaf(ByForm):
        deviations = {LAW: "the vendor answers in smoke signals"}

        def decode(self, message: VoiceMessage, reply: Any) -> Any:
            return ()

    with pytest.raises(pytest.skip.Exception, match=r"a known deviation: the vendor answers in smoke signals"):
        LAWS[LAW](Exam(Deaf))


def test_a_deviation_that_is_none_is_told() -> None:
    class Modest(ByForm):
        deviations = {LAW: "it used to"}

    with pytest.raises(LawBroken, match=r"declared a deviation \(it used to\) and holds; take it out"):
        LAWS[LAW](Exam(Modest))


def test_a_deviation_from_no_law_is_told() -> None:
    class Confused(ByForm):
        deviations = {"gravity": "it floats"}

    with pytest.raises(LawBroken, match="there is no law gravity"):
        LAWS["facts_are_well_formed"](Exam(Confused))
