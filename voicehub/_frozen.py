"""A model that nobody can change, and that tells whether somebody has done it all the same."""

from collections.abc import Callable, Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator


class Frozen(BaseModel):
    # Instances are looked at again wherever they are taken, for pydantic has ways to make one past every rule.
    # The validators are built on first use, for few programs need every kind of content.
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        allow_inf_nan=False,
        revalidate_instances="always",
        defer_build=True,
    )

    __slots__ = ("_checked",)  # no field, so that neither equality, copies nor pickles know of it

    @model_validator(mode="after")
    def _note(self) -> Self:
        _keep(self, self.__dict__.copy())
        return self

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with some fields changed, checked like any other: pydantic's own would skip every rule."""
        del deep  # nothing in a frozen message is shared that could change
        return type(self).model_validate({**self.__dict__, **(update or {})})


_keep: Callable[[Frozen, dict[str, object]], None] = Frozen.__dict__["_checked"].__set__  # past what freezes


def is_as_checked(model: Frozen) -> bool:
    """Whether each value is the very object that was checked: equal is not enough, for True equals 1."""
    now = model.__dict__
    try:
        then = model._checked  # type: ignore[attr-defined]  # noqa: SLF001 - sooner than `getattr` with a default
        if len(then) != len(now):
            return False
        for name, value in then.items():
            if now[name] is not value:
                return False
    except (AttributeError, KeyError):
        return False
    return True
