"""The sendGroup dialect: JSON calls that play an uploaded file to many callees or speak a text to one.

Several brands speak it. A brand subclasses `SendGroup` and states its name, its API root, its limits, which unset
fields its page wants as JSON ``null``, where its balance is asked for, and its hook. This library registers nothing.
"""

from voicehub_sendgroup._provider import SendGroup, SendGroupSettings
from voicehub_sendgroup._speech import speech_limits

__all__ = ["SendGroup", "SendGroupSettings", "speech_limits"]
