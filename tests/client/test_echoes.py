"""Our own credentials in a stranger's mouth are hidden, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicehub import Outcome, PluginError, Speech
from voicehub._masking import hide
from voicehub.client import Tally
from voicehub.client._echoes import Echoes, Head, fit_to_show
from voicehub.provider import Accepted, Ids

ECHOES = Echoes(["Worth-Hiding", "short"], [Head.of({"timestamp": "1700000000", "authorization": "Basic d29ydGg="})])
CALLEE = "+932111111111"


@pytest.mark.parametrize(
    ("row", "hidden"),
    [
        (("call-1", None, "no such WORTH-HIDING here"), ("call-1", None, "no such ***** here")),
        (("call-1", "worth-hiding", None), ("call-1", "*****", None)),
        (("worth-hiding-2", None, None), ("*****-2", None, None)),
        (("call-1700000000", None, "too old: 1700000000"), ("call-1700000000", None, "too old: *****")),
        (("call-1", None, "Basic d29ydGg="), ("call-1", None, "*****")),
    ],
)
def test_an_echo_is_hidden(row: tuple[str, str | None, str | None], hidden: tuple[str, str | None, str | None]) -> None:
    (found,) = ECHOES.hidden_in([Outcome(CALLEE, "accepted", *row)])
    assert found == Outcome(CALLEE, "accepted", *hidden)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [Outcome(CALLEE, "accepted", "call-1700000000", "0", "short")],
        [Outcome(CALLEE, "refused", None, "no_such_number", "no such number in this country")],
    ],
)
def test_rows_without_an_echo_are_the_very_same(rows: list[Outcome]) -> None:
    assert ECHOES.hidden_in(rows) is rows


@pytest.mark.parametrize("said", ["0123456789", "key QWERTYU", "is abcdef1 ok", "Bearer abcdef1", "Bearer"])
@pytest.mark.parametrize("others", [0, 1])
def test_header_values_that_could_stand_in_a_text_are_looked_for(said: str, others: int) -> None:
    tally = Tally()
    headers = {"accept": "anything", "key": "qwertyu", "stamp": "0123456789", "authorization": "Bearer  abcdef1 "}
    tally.note(Head.of(headers))
    echoes = Echoes((), tally.heads)
    rows = [
        Outcome(CALLEE, "accepted", "id", "0", said),
        *[Outcome(CALLEE, "accepted", "id", "0", "anything")] * others,
    ]
    found = echoes.hidden_in(rows)
    assert [row.reason for row in found] == [hide(row.reason or "", secrets=tally.credentials) for row in rows]
    assert (found is rows) is (said == "Bearer")


def test_requests_with_one_head_are_noted_once() -> None:
    tally, heads = Tally(), [Head.of({"stamp": "0123456789"}), Head.of({"stamp": "0123456790"})]
    for head in (heads[0], heads[0], heads[1], heads[1]):
        tally.note(head)
    assert tally.heads == heads
    assert tally.credentials == {"0123456789", "0123456790"}


@pytest.mark.parametrize(("call_id", "reason"), [("call-2", "success"), ("worth-hiding", ""), ("call-2", "1700000000")])
def test_rows_by_column_are_looked_at_as_rows_are(call_id: str, reason: str) -> None:
    columns = Accepted((CALLEE, "+932111111112"), ("call-1", call_id), "0", reason)
    found = ECHOES.hidden_in(columns)
    assert found == ECHOES.hidden_in(tuple(columns))
    assert (found is columns) is (reason == "success")


@pytest.mark.parametrize(("joined", "same"), [("call-1call-2call-3", True), ("call-1worth-hiding", False)])
def test_ids_in_one_text_are_looked_at_as_one_by_one(joined: str, same: bool) -> None:
    width = len(joined) // 3
    columns = Accepted((CALLEE, "+932111111112", "+932111111113"), Ids(joined, width), "0", "success")
    found = ECHOES.hidden_in(columns)
    # A secret that only two ids together hold makes every row be looked at, and is in none of them.
    assert (found is columns, [*found]) == (same, [*ECHOES.hidden_in(tuple(columns))])


def test_a_long_code_is_looked_at_too() -> None:
    (found,) = ECHOES.hidden_in([Outcome(CALLEE, "refused", None, "at 1700000000", "no")])
    assert found.code == "at *****"


def test_a_row_about_nobody_is_hidden_whole() -> None:
    assert ECHOES.hidden(Outcome("worth-hiding", "accepted", "3")) == Outcome("*****", "accepted", "3")


def failing(text: str, note: str = "", below: str = "") -> BaseException:
    try:
        try:
            raise KeyError(below)
        except KeyError:
            raise LookupError(text)  # noqa: B904 - an error met on the way is printed as well
    except LookupError as error:
        error.add_note(note)
        return error


def test_a_cause_with_nothing_to_hide_is_itself() -> None:
    error = failing("cannot count", "a note", "a key")
    assert fit_to_show(error, ECHOES.all) is error


@pytest.mark.parametrize(
    "said",
    [{"text": "not worth-hiding"}, {"note": CALLEE}, {"below": "Worth-Hiding"}, {"text": "932 111 111 112"}],
    ids=["text", "note", "below", "number"],
)
def test_any_other_is_told_in_fit_words_with_its_traceback(said: dict[str, str]) -> None:
    error = failing(**{"text": "failed", **said})
    shown = fit_to_show(error, ECHOES.all)
    assert isinstance(shown, PluginError)
    assert shown.__traceback__ is error.__traceback__
    assert (shown.__cause__, shown.__context__) == (None, None)
    assert str(shown).startswith("LookupError: ")
    assert "111111" not in str(shown)
    assert "worth" not in str(shown).lower()


SAID = ["Worth-Hiding", "wOrth-hiding", "0123456789", "abcdef", "Abcdef9", "short", " ", "x", "Z", "\u00e9", "1" * 600]
said = st.lists(st.sampled_from(SAID), max_size=3).map("".join)
header_values = st.one_of(said, st.builds("Bearer {}".format, said))


@given(
    st.lists(said, max_size=2),
    st.lists(st.dictionaries(st.sampled_from(["key", "sign", "accept"]), header_values), max_size=2),
    st.none() | said.filter(bool).map(lambda text: Speech(text, "en")),
    st.lists(st.builds(Outcome, st.just(CALLEE), st.just("accepted"), *[st.none() | said] * 3), max_size=3),
)
def test_one_look_at_all_rows_finds_what_a_look_at_each_hides(
    secrets: list[str], headers: list[dict[str, str]], content: Speech | None, rows: list[Outcome]
) -> None:
    echoes = Echoes(secrets, [*map(Head.of, headers)], content)
    assert [*echoes.hidden_in(rows)] == [echoes.hidden(row) for row in rows]
    ids = "".join(row.call_id or "" for row in rows)
    if rows and ids:
        columns = Accepted([CALLEE] * len(ids), Ids(ids, 1), rows[0].code, rows[0].reason)
        assert [*echoes.hidden_in(columns)] == [echoes.hidden(row) for row in columns]


@pytest.mark.parametrize(
    ("echoes", "word"),
    [
        (Echoes((), [Head.of({"authorization": "Bearer Abcdef9"})]), "key ABCDEF9"),  # the whole value is longer
        (Echoes((), [], Speech("420693", "en")), "Code 420693"),
        (Echoes(["Worth-Hiding"], []), "1" * 600 + "WORTH-hiding"),
        (Echoes(["\u212aelvin-7"], []), "1" * 600 + "kelvin-7"),
        (Echoes(["kelvin-7"], []), "1" * 600 + "\u212aelvin-7"),
    ],
)
def test_a_lone_echo_is_found_by_the_first_look(echoes: Echoes, word: str) -> None:
    (found,) = echoes.hidden_in([Outcome(CALLEE, "accepted", "id", None, word)])
    assert found.reason == echoes.hide(word) != word
