"""An immutable model that can also tell whether it was changed all the same."""

from collections.abc import Callable, Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator


class Frozen(BaseModel):
    # Instances are validated again wherever they are accepted, because pydantic can build one without validation.
    # The validators are built on first use, because few programs need every kind of content.
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        allow_inf_nan=False,
        revalidate_instances="always",
        defer_build=True,
    )

    __slots__ = ("_checked",)  # not a field, so equality, copies and pickles ignore it

    @model_validator(mode="after")
    def _note(self) -> Self:
        _keep(self, self.__dict__.copy())
        return self

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with some fields changed, validated like any other; pydantic's own method validates nothing."""
        del deep  # a frozen message shares nothing that can change
        return type(self).model_validate({**self.__dict__, **(update or {})})


_keep: Callable[[Frozen, dict[str, object]], None] = Frozen.__dict__["_checked"].__set__  # bypasses the freeze


def is_as_checked(model: Frozen) -> bool:
    """Whether each value is the same object that was validated; equality is not enough, because True equals 1."""
    now = model.__dict__
    try:
        then = model._checked  # type: ignore[attr-defined]  # noqa: SLF001 - faster than `getattr` with a default
        if len(then) != len(now):
            return False
        for name, value in then.items():
            if now[name] is not value:
                return False
    except (AttributeError, KeyError):
        return False
    return True
