"""The desk is pure: routing, collisions, call ids, scripted numbers and the faults a vendor can state itself."""

from collections.abc import Mapping

import pytest
from voicehub_itniotech import Itniotech
from voicehub_onbuka import Onbuka

from tests.sandbox.toys import FIRST, NOW, PROVIDERS, SECOND, Silent, Whole, message, whole
from voicehub import ConfigError, Outcome, RefusalKind, VoiceMessage
from voicehub.provider import Provider, Refusal, Request
from voicehub.sandbox import ENDINGS, FAULTS, Desk, Dialled, Script


def onbuka(**settings: str) -> Onbuka:
    return Onbuka(Onbuka.Settings(**{**Onbuka.sample_settings, **settings}))


def itniotech(**settings: str) -> Itniotech:
    return Itniotech(Itniotech.Settings(**{**Itniotech.sample_settings, **settings}))


def ask(
    providers: Mapping[str, Provider],
    sender: Provider,
    asked: VoiceMessage,
    *,
    script: Script | None = None,
    serial: int = 1,
    fault: str | None = None,
) -> tuple[list[Outcome] | Refusal, tuple[Dialled, ...]]:
    """What the sender understands of the desk's answer, and whom the desk dialled."""
    reply, dialled = Desk(providers, script)(sender.encode(asked, NOW), NOW, serial, fault)
    said = sender.decode(asked, reply)
    return said if isinstance(said, Refusal) else list(said), dialled


@pytest.mark.parametrize("account", PROVIDERS)
def test_each_provider_is_answered_in_its_own_words(account: str) -> None:
    sender = PROVIDERS[account]
    said, dialled = ask(PROVIDERS, sender, message(), serial=7)
    assert said == [
        Outcome(FIRST, "accepted", "call-7-0", "0", None),
        Outcome(SECOND, "accepted", "call-7-1", "0", None),
    ]
    assert dialled == (
        Dialled(account, sender.name, FIRST, "call-7-0", NOW),
        Dialled(account, sender.name, SECOND, "call-7-1", NOW),
    )


def test_the_same_question_has_the_same_answer_and_the_serial_alone_makes_new_ids() -> None:
    desk = Desk(PROVIDERS)
    request = PROVIDERS["alerts"].encode(message(), NOW)
    assert desk(request, NOW, 3) == desk(request, NOW, 3)
    ids = {dialled.call_id for serial in range(50) for dialled in desk(request, NOW, serial)[1]}
    assert len(ids) == 100


@pytest.mark.parametrize(("cls", "call_id"), [(Whole, "call-4"), (Silent, None)])
def test_call_ids_are_given_as_the_provider_says(cls: type[Whole], call_id: str | None) -> None:
    said, dialled = ask({"a": whole(cls)}, whole(cls), message(), serial=4)
    assert said == [Outcome(FIRST, "accepted", call_id), Outcome(SECOND, "accepted", call_id)]
    assert [row.call_id for row in dialled] == [call_id, call_id]


@pytest.mark.parametrize(
    ("path", "account"),
    [("", "root"), ("/v3", "three"), ("/v3/deep", "deep"), ("/v33", "root"), ("/v3/deeper", "three")],
)
def test_the_longest_base_url_at_a_slash_wins(path: str, account: str) -> None:
    host = "http://127.0.0.1:9"
    bases = {"three": "/v3", "root": "", "deep": "/v3/deep"}
    desk = Desk({name: whole(base_url=host + base, token=name) for name, base in bases.items()})
    for target in ("/voice/sendGroup", "?query", ""):
        requests = [Request("POST", host + path + target, {"token": name}, b"x +932111111111") for name in bases]
        served = [row.account for request in requests for row in desk(request, NOW, 1)[1]]
        assert served == [account]


def test_an_address_nobody_is_served_at_is_told_who_is() -> None:
    reply, dialled = Desk({"alerts": onbuka()})(Request("GET", "https://api.onbuka.com/v2/x", {}), NOW, 1)
    assert (reply.status, dialled) == (404, ())
    assert (
        reply.body.decode() == "No account is served at this address. There are:\nhttps://api.onbuka.com/v3 onbuka-v3\n"
    )


def test_an_address_the_vendor_lacks_is_the_vendors_to_refuse() -> None:
    sender = onbuka()
    request = sender.encode(message(), NOW)
    reply, dialled = Desk({"alerts": sender})(Request("POST", f"{request.url}2", request.headers, request.body), NOW, 1)
    assert isinstance(said := sender.decode(message(), reply), Refusal)
    assert (said.kind, dialled) == (RefusalKind.REQUEST, ())


def test_providers_that_share_a_base_url_collide() -> None:
    shared = "http://127.0.0.1:9/api"
    with pytest.raises(ConfigError) as caught:
        Desk({"one": onbuka(base_url=shared), "two": itniotech(base_url=shared)})
    assert str(caught.value) == (
        "providers onbuka-v3 (account one) and itniotech (account two) collide: both are served at "
        "http://127.0.0.1:9/api; give one account a base_url with another path"
    )


@pytest.mark.parametrize(
    ("account", "changed"), [("second", "api_secret"), ("second", "api_key"), ("second", "app_id")]
)
def test_accounts_of_one_provider_are_told_apart_by_their_credentials(account: str, changed: str) -> None:
    providers = {"first": onbuka(), "second": onbuka(**{changed: "another"})}
    _, dialled = ask(providers, providers[account], message(FIRST))
    assert [row.account for row in dialled] == [account]


def test_a_caller_known_to_one_account_hears_that_accounts_refusal() -> None:
    providers = {"first": onbuka(api_key="another"), "second": onbuka()}
    request = providers["second"].encode(message(), NOW - 3600)
    reply, dialled = Desk(providers)(request, NOW, 1)
    said = providers["second"].decode(message(), reply)
    assert isinstance(said, Refusal)
    assert (said.kind, dialled) == (RefusalKind.CLOCK, ())


def test_a_stranger_is_refused() -> None:
    said, dialled = ask(
        {"first": onbuka(), "second": onbuka(api_key="another")}, onbuka(api_secret="guessed"), message()
    )
    assert isinstance(said, Refusal)
    assert (said.kind, dialled) == (RefusalKind.AUTH, ())


def test_a_number_ending_in_0001_is_refused_alone() -> None:
    sender = PROVIDERS["alerts"]
    said, dialled = ask(PROVIDERS, sender, message("+93210000001", FIRST))
    assert isinstance(said, list)
    assert [(row.callee, row.status, row.code) for row in said] == [
        ("+93210000001", "refused", sender.callee_refusal_code),
        (FIRST, "accepted", "0"),
    ]
    assert [row.callee for row in dialled] == [FIRST]


def test_a_vendor_that_cannot_refuse_single_callees_refuses_them_all() -> None:
    reply, dialled = Desk({"a": whole()})(whole().encode(message("+93210000001", FIRST), NOW), NOW, 1)
    assert (reply.status, reply.body, dialled) == (400, b"what", ())


def test_a_number_ending_in_0002_is_dialled_and_not_mentioned() -> None:
    said, dialled = ask(PROVIDERS, PROVIDERS["calls"], message("+93210000002", FIRST))
    assert isinstance(said, list)
    assert [row.callee for row in said] == [FIRST]
    assert [row.callee for row in dialled] == ["+93210000002", FIRST]


@pytest.mark.parametrize("account", PROVIDERS)
def test_an_answer_that_would_mention_nobody_fails(account: str) -> None:
    desk, request = Desk(PROVIDERS), PROVIDERS[account].encode(message(FIRST), NOW)
    reply, dialled = desk(request, NOW, 1, "missing-row")
    assert (reply.status, [row.callee for row in dialled]) == (502, [FIRST])


@pytest.mark.parametrize("cls", [Whole, Silent])
def test_a_vendor_without_rows_leaves_out_the_whole_answer(cls: type[Whole]) -> None:
    reply, dialled = Desk({"a": whole(cls)})(whole(cls).encode(message("+93210000002", FIRST), NOW), NOW, 1)
    assert (reply.status, [row.callee for row in dialled]) == (502, ["+93210000002", FIRST])
    reply, dialled = Desk({"a": whole(cls)})(whole(cls).encode(message(), NOW), NOW, 1, "missing-row")
    assert (reply.status, [row.callee for row in dialled]) == (502, [FIRST, SECOND])


def test_the_longest_scripted_digits_count_and_an_empty_script_accepts_everybody() -> None:
    script = Script({"1": "refused", "11": "missing"})
    assert [script.ending_of(callee) for callee in (FIRST, "+93211111101", SECOND)] == ["missing", "refused", None]
    everybody = message("+93210000001", "+93210000002")
    said, dialled = ask(PROVIDERS, PROVIDERS["alerts"], everybody, script=Script({}))
    assert isinstance(said, list)
    assert {row.status for row in said} == {"accepted"}
    assert [row.callee for row in dialled] == list(everybody.to)


@pytest.mark.parametrize("digits", ["", "12a", "١", "1" * 16])
def test_a_script_goes_by_last_digits(digits: str) -> None:
    with pytest.raises(ConfigError, match="last digits, 1 to 15"):
        Script({digits: "refused"})


def test_an_unknown_ending_is_told_which_exist() -> None:
    with pytest.raises(ConfigError) as caught:
        Script({"1": "eaten"})
    assert str(caught.value) == f"there is no ending 'eaten'; the endings are {', '.join(ENDINGS)}"


@pytest.mark.parametrize("account", PROVIDERS)
@pytest.mark.parametrize(("fault", "kind"), [("expired", RefusalKind.CLOCK), ("no-balance", RefusalKind.BALANCE)])
def test_faults_a_vendor_states_itself(account: str, fault: str, kind: RefusalKind) -> None:
    said, dialled = ask(PROVIDERS, PROVIDERS[account], message(), fault=fault)
    assert isinstance(said, Refusal)
    assert PROVIDERS[account].refusal_kinds[said.code or ""] is said.kind is kind
    assert dialled == ()


@pytest.mark.parametrize(
    "fault", ["expired", *(name for name in FAULTS if name.startswith(("reset", "error", "slow")))]
)
def test_a_fault_that_is_not_the_desks_or_that_the_vendor_has_no_word_for_changes_nothing(fault: str) -> None:
    sender = whole()
    assert ask({"a": sender}, sender, message(), fault=fault) == ask({"a": sender}, sender, message())


def test_missing_row_leaves_out_one_who_was_dialled() -> None:
    asked = message("+93210000001", FIRST, SECOND)
    said, dialled = ask(PROVIDERS, PROVIDERS["alerts"], asked, fault="missing-row")
    assert isinstance(said, list)
    assert [row.callee for row in said] == ["+93210000001", SECOND]
    assert [row.callee for row in dialled] == [FIRST, SECOND]
    said, dialled = ask(PROVIDERS, PROVIDERS["alerts"], message("+93210000001"), fault="missing-row")
    assert isinstance(said, list)
    assert [row.status for row in said] == ["refused"]  # nobody was dialled, so nobody can be left out


def test_a_repr_shows_no_number() -> None:
    shown = repr(Dialled("alerts", "onbuka-v3", FIRST, "call-1-0", NOW))
    assert FIRST[1:] not in shown
    assert "'+**********11'" in shown
