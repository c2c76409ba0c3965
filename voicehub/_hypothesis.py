"""What hypothesis learns of voicehub through its entry point: ``st.from_type(VoiceMessage)`` works.

Separate from ``voicehub.testing``, because hypothesis loads this in every test run where both are installed.
"""

from typing import Any


def register() -> None:
    """Register the neutral message with hypothesis; the strategy itself is built on first use."""
    from hypothesis import strategies as st

    from voicehub.message import VoiceMessage

    def strategy(_: type[VoiceMessage]) -> st.SearchStrategy[Any]:
        from voicehub.testing import any_messages

        return any_messages()

    st.register_type_strategy(VoiceMessage, strategy)
