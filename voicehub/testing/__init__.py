"""The author's exam: strategies derived from a provider's `Limits`, and `provider_contract`, a whole test class.

::

    from voicehub.testing import provider_contract
    from voicehub_acme import Acme

    TestAcme = provider_contract(Acme)

Needs the extra ``testing`` (hypothesis and pytest); without it the import raises ``ImportError`` that names it.
"""

from importlib.util import find_spec

if _missing := [name for name in ("hypothesis", "pytest") if find_spec(name) is None]:
    raise ImportError(
        f"voicehub.testing needs {' and '.join(_missing)}; install the extra: pip install 'voicehub-core[testing]'"
    )

from voicehub.testing._checked import LawBroken
from voicehub.testing._contract import LAWS, provider_contract
from voicehub.testing._exam import Exam
from voicehub.testing._hostile import hostile_replies, hostile_requests
from voicehub.testing._ledger.contract import LEDGER_LAWS, ledger_contract
from voicehub.testing._messages import any_messages, messages
from voicehub.testing._outside import Outside, messages_outside
from voicehub.testing._results import outcomes_for, results

__all__ = [
    "LAWS",
    "LEDGER_LAWS",
    "Exam",
    "LawBroken",
    "Outside",
    "any_messages",
    "hostile_replies",
    "hostile_requests",
    "ledger_contract",
    "messages",
    "messages_outside",
    "outcomes_for",
    "provider_contract",
    "results",
]
