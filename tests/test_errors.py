"""The tree of errors is the one its docstring draws, and every error survives pickling."""

import inspect
import pickle
import re

import pytest

from voicehub import Outcome, Receipt, errors
from voicehub.errors import (
    Incomplete,
    InDoubt,
    LimitExceeded,
    MessageError,
    MissingField,
    NotSent,
    PluginError,
    RefusalKind,
    Refused,
    UnsupportedField,
    VoicehubError,
)

RECEIPT = Receipt("alerts", "acme", (Outcome("+932111111111", "in_doubt"),))


def drawn() -> dict[str, str]:
    """Each class of the drawing with the class it hangs from."""
    parents, tree = [""] * 9, {}
    for line in inspect.getdoc(errors).splitlines():  # type: ignore[union-attr]
        if found := re.fullmatch(r"([ │├└─]*)([A-Z][A-Za-z]+)(?: .*)?", line):
            depth = len(found[1]) // 4
            if depth or found[2] == "VoicehubError":
                tree[found[2]] = parents[depth]
                parents[depth + 1] = found[2]
    return tree


def test_the_tree_is_the_drawn_one() -> None:
    classes = {name: cls for name, cls in vars(errors).items() if isinstance(cls, type) and issubclass(cls, Exception)}
    built = {name: cls.__bases__[0].__name__ for name, cls in classes.items()}
    assert drawn() == {**built, "VoicehubError": ""}


@pytest.mark.parametrize("cls", [errors.ConfigError, MessageError])
def test_what_the_drawing_calls_a_value_error_is_one(cls: type[Exception]) -> None:
    assert issubclass(cls, ValueError)
    assert f"{cls.__name__} (ValueError)" in (errors.__doc__ or "")


def test_every_error_is_one_of_ours() -> None:
    assert all(issubclass(cls, VoicehubError) for cls in VoicehubError.__subclasses__())


@pytest.mark.parametrize(
    "error",
    [
        MessageError("plays", "has 4 plays", 3),
        LimitExceeded("to", "has 16 digits", 15, position=3),
        MissingField("caller_id", "is unset"),
        UnsupportedField("plays", "is set"),
        NotSent("nothing left", RECEIPT),
        InDoubt("in doubt", RECEIPT),
        Incomplete("not all", RECEIPT),
        Refused("refused", RECEIPT, RefusalKind.AUTH, "-1", "no"),
        PluginError("broken"),
        errors.ConfigError("wrong"),
        errors.UnknownProvider("unknown"),
        errors.LedgerError("full"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_error_survives_pickling(error: Exception) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert again.args == error.args
    assert again.__dict__ == error.__dict__


def test_a_message_error_names_field_rule_and_limit() -> None:
    error = LimitExceeded("to", "has 16 digits", 15, position=3)
    assert str(error) == "to[3]: has 16 digits"
    assert (error.field, error.rule, error.limit, error.position) == ("to", "has 16 digits", 15, 3)
    bare = UnsupportedField("plays", "is set")
    assert str(bare) == "plays: is set"
    assert (bare.limit, bare.position) == (None, None)


def test_a_send_error_says_what_became_of_everybody() -> None:
    error = Refused("refused", RECEIPT, RefusalKind.BALANCE, "-10", "no balance")
    assert (error.receipt, error.kind, error.code, error.reason) == (RECEIPT, "balance", "-10", "no balance")
    assert PluginError("broken").receipt is None


def test_refusal_kinds_are_lower_case_words() -> None:
    assert [str(kind) for kind in RefusalKind] == ["auth", "address", "balance", "clock", "throttled", "request"]


def test_no_repr_shows_a_number() -> None:
    for error in (
        NotSent("nothing left", RECEIPT),
        LimitExceeded("to", "(+**********11) has 16 digits", 15, position=3),
    ):
        assert "9321" not in repr(error)
