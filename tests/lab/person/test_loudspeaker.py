import sys
from types import ModuleType
from typing import Any

import pytest

from lab.person.loudspeaker import loudspeaker
from lab.person.wire import FRAME, Moment
from shared.errors import ConfigError

SAID, HEARD = b"\x01\x00" * FRAME, b"\x02\x00" * FRAME


class Device:
    """A sound card's stream, asked by hand."""

    opened: dict[str, Any] | None = None

    def __init__(self, **options: Any) -> None:
        Device.opened = options

    def __enter__(self) -> "Device":
        return self

    def __exit__(self, *_: object) -> None:
        Device.opened = None


@pytest.fixture
def sounddevice(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("sounddevice")
    module.PortAudioError = type("PortAudioError", (Exception,), {})  # type: ignore[attr-defined]
    module.RawOutputStream = Device  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    return module


def played() -> bytes:
    assert Device.opened is not None
    out = bytearray(4 * FRAME)
    Device.opened["callback"](memoryview(out), FRAME, None, None)
    return bytes(out)


def test_given_moments_of_a_call_then_the_device_gets_the_caller_left_the_agent_right_and_silence_in_between(
    sounddevice: ModuleType,
) -> None:
    with loudspeaker() as speaker:
        assert played() == bytes(4 * FRAME)
        speaker.hear(Moment(0, SAID, HEARD))
        assert played() == b"\x01\x00\x02\x00" * FRAME
        assert played() == bytes(4 * FRAME)
    assert Device.opened is None


def test_given_no_device_then_the_error_says_what_to_do(
    sounddevice: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> None:
        raise sounddevice.PortAudioError("Error querying device -1")

    monkeypatch.setattr(sounddevice, "RawOutputStream", refuse)
    with pytest.raises(ConfigError, match=r"no sound device.*--wav"), loudspeaker():
        pass
