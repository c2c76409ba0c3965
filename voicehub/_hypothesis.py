"""What hypothesis learns of voicehub through its entry point: ``st.from_type(VoiceMessage)`` works.

Apart from ``voicehub.testing``, for hypothesis loads this in every test run of everybody who has both installed.
"""

from typing import Any


def register() -> None:
    """Teach hypothesis the neutral message; the strategy itself is made when somebody asks for it."""
    from hypothesis import strategies as st

    from voicehub.message import VoiceMessage

    def strategy(_: type[VoiceMessage]) -> st.SearchStrategy[Any]:
        from voicehub.testing import any_messages

        return any_messages()

    st.register_type_strategy(VoiceMessage, strategy)
