"""What a start with the HTTP library brings along."""

import subprocess
import sys

import pytest

from voicehub.client._without import without

TOLD = """
import sys
import voicehub.client._http
print(sorted({"click", "rich", "pygments", "httpx._main"} & set(sys.modules)))
from httpx._main import main
print(main.name)
"""


def test_the_command_line_of_the_http_library_is_left_out_and_can_be_had() -> None:
    told = subprocess.run([sys.executable, "-c", TOLD], capture_output=True, text=True, check=True).stdout
    assert told.splitlines() == ["[]", "main"]


def test_whoever_has_it_already_keeps_it() -> None:
    told = "import httpx, sys; had = sys.modules['httpx._main']; import voicehub.client._http;"
    check = f"{told} assert sys.modules['httpx._main'] is had; assert httpx.main is had.main"
    subprocess.run([sys.executable, "-c", check], check=True)


def test_a_module_is_left_out_for_a_while() -> None:
    with without("voicehub_left_out"), pytest.raises(ModuleNotFoundError, match="import of voicehub_left_out halted"):
        __import__("voicehub_left_out")
    assert "voicehub_left_out" not in sys.modules


def test_a_module_that_is_there_stays() -> None:
    with without("sys"):
        assert __import__("sys") is sys
