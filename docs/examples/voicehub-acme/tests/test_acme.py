from voicehub_acme import Acme

from voicehub.testing import provider_contract

TestAcme = provider_contract(Acme)
