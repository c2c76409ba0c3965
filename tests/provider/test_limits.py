"""The one table: what a span holds, how rows are measured, and every way a configuration may move them or not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from voicehub_itniotech import Itniotech
from voicehub_onbuka import Onbuka

from voicehub import AudioUrl, ConfigError, Speech, UploadedAudio, VoiceMessage
from voicehub.provider import FIELDS, ROWS, UNITS, Limits, Page, Span, override

PAGE = Page("docs.example/calls", "2026-11")
COMMON = {"callees": PAGE.span(1, 10, "callees"), "callee_digits": PAGE.span(7, 15, "digits")}
SPOKEN = Limits(**COMMON, plays=PAGE.span(1, 3, "plays"), rate=PAGE.span(0.5, 2, "times normal speed", required=True))
LIMITS: dict[type[BaseModel], Limits] = {AudioUrl: Limits(**COMMON), Speech: SPOKEN}


def moved(table: dict[str, object], **wire_names: str) -> dict[type, Limits]:
    return dict(override(LIMITS, table, source="voicehub.toml", wire_names=wire_names))


@given(st.integers(-5, 20), st.integers(0, 10), st.none() | st.integers(10, 20))
def test_a_span_holds_both_its_bounds(value: int, low: int, high: int | None) -> None:
    row = Span(low, high, "plays", "page", "2026-11")
    assert (value in row) is (value >= low and (high is None or value <= high))


def test_a_span_is_told_with_its_unit() -> None:
    assert str(PAGE.span(1, 3, "plays")) == "1 to 3 plays"
    assert str(PAGE.span(1, None, "seconds")) == "at least 1 seconds"
    row = PAGE.span(0.5, 2, "times normal speed", required=True)
    assert row == Span(0.5, 2, "times normal speed", "docs.example/calls", "2026-11", True)


def test_rows_stand_in_the_order_of_the_table() -> None:
    assert list(SPOKEN.rows()) == list(ROWS)
    assert SPOKEN.rows()["plays"] == PAGE.span(1, 3, "plays")
    assert SPOKEN.rows()["text"] is None


@pytest.mark.parametrize(
    ("unit", "value", "measure"),
    [
        ("callees", ["+932111111111"], 1),
        ("digits", "+932111111111", 12),
        ("digits", "0932111", 7),
        ("seconds", 60, 60),
        ("plays", 2, 2),
        ("times normal speed", 1.5, 1.5),
        ("characters", "a\u00e9\U0001f600", 3),
        ("UTF-16 units", "a\u00e9\U0001f600", 4),
        ("UTF-8 bytes", "a\u00e9\U0001f600", 7),
    ],
)
def test_how_a_unit_measures(unit: str, value: object, measure: float) -> None:
    assert UNITS[unit](value) == measure


@given(st.text())
def test_utf_16_units_are_what_utf_16_needs(text: str) -> None:
    assert UNITS["UTF-16 units"](text) == len(text.encode("utf-16-le")) / 2


def test_each_row_is_about_a_field_of_a_message_or_of_speech() -> None:
    for name, field in FIELDS.items():
        assert name in (Speech if field == "content" else VoiceMessage).model_fields, name
        assert field in VoiceMessage.model_fields
    assert {"callees", "callee_digits", *FIELDS} == SPOKEN.rows().keys()
    assert {row.unit for row in ROWS.values()} <= UNITS.keys()


def test_one_number_moves_the_upper_bound_and_two_move_both() -> None:
    plays = SPOKEN.overridden({"plays": 9}, source="f", wire_names={}).plays
    assert plays == Span(1, 9, "plays", "f", "")
    both = SPOKEN.overridden({"plays": [2, 9], "callees": 500}, source="f", wire_names={})
    assert both.plays == Span(2, 9, "plays", "f", "")
    assert both.callees == Span(1, 500, "callees", "f", "")
    assert both.callee_digits is SPOKEN.callee_digits


def test_a_field_stays_required_when_its_row_is_moved() -> None:
    rate = SPOKEN.overridden({"rate": [0.25, 4.5]}, source="f", wire_names={}).rate
    assert rate == Span(0.25, 4.5, "times normal speed", "f", "", required=True)


def test_numbers_may_come_as_text_from_the_environment() -> None:
    rows = SPOKEN.overridden({"plays": "9", "rate": ["0.25", "4"]}, source="env", wire_names={})
    assert rows.plays == Span(1, 9, "plays", "env", "")
    assert rows.rate is not None
    assert (rows.rate.low, rows.rate.high) == (0.25, 4.0)


def test_a_field_the_page_lacks_opens_only_where_it_has_a_wire_name() -> None:
    row = SPOKEN.overridden({"reference": 20}, source="f", wire_names={"reference": "ref"}).reference
    assert row == Span(0, 20, "UTF-16 units", "f", "")
    with pytest.raises(ConfigError, match=r"limits\.reference: this provider has no such field"):
        SPOKEN.overridden({"reference": 20}, source="f", wire_names={"plays": "loop"})


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"calls": 9}, "limits.calls: there is no such limit; the limits are callees, callee_digits, "),
        ({"plays": "many"}, "limits.plays: write the highest value"),
        ({"plays": None}, "limits.plays: write the highest value"),
        ({"plays": True}, "limits.plays: write the highest value"),
        ({"plays": 2.5}, "limits.plays: write the highest value"),
        ({"plays": "2.5"}, "limits.plays: write the highest value"),
        ({"plays": []}, "limits.plays: write the highest value"),
        ({"plays": [1]}, "limits.plays: write the highest value"),
        ({"plays": [1, 2, 3]}, "limits.plays: write the highest value"),
        ({"plays": [3, 2]}, "limits.plays: write the highest value"),
        ({"plays": [1, "x"]}, "limits.plays: write the highest value"),
        ({"plays": 0}, "limits.plays: write the highest value"),
        ({"rate": float("inf")}, "limits.rate: write the highest value"),
        ({"callees": 10**400}, "limits.callees: write the highest value"),
        ({"plays": "9" * 400}, "limits.plays: write the highest value"),
        ({"rate": "nan"}, "limits.rate: write the highest value"),
        ({"plays": [0, 3]}, "limits.plays: every voice message has at least 1 here"),
        ({"callee_digits": 16}, "limits.callee_digits: every voice message has 7 to 15 here"),
        ({"callee_digits": [6, 15]}, "limits.callee_digits: every voice message has 7 to 15 here"),
        ({"callees": [2, 9]}, "limits.callees: a message to one callee must fit"),
    ],
)
def test_overrides_that_are_refused(table: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        SPOKEN.overridden(table, source="f", wire_names={})
    assert str(caught.value).startswith(told)


def test_a_row_moves_in_every_table_and_a_sub_table_in_one() -> None:
    found = moved({"callees": 5, "speech": {"callees": 4, "plays": 2}})
    assert found[AudioUrl].callees.high == 5
    assert found[Speech].callees.high == 4
    assert found[Speech].plays == Span(1, 2, "plays", "voicehub.toml", "")
    assert LIMITS[Speech].callees.high == 10


def test_an_override_names_a_kind_the_provider_lacks() -> None:
    with pytest.raises(ConfigError, match=r"limits\.uploaded_audio: this provider plays audio_url, speech"):
        moved({"uploaded_audio": {"callees": 5}})


@pytest.mark.parametrize("vendor", [Onbuka, Itniotech])
def test_every_number_names_its_page_and_the_month_it_was_read(vendor: type[Onbuka] | type[Itniotech]) -> None:
    for row in vendor.limits[UploadedAudio].rows().values():
        assert row is None or (row.source and row.read == "2026-11" and row.unit in UNITS)
