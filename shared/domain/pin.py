"""The PIN that the owner of a private number enters by keys, as a caller's number can be forged (DU-54). Pure.

It is kept as a hash alone, and stands in no log, transcript or model request: only the keys' own path sees it.
"""

import hashlib
import hmac
import re

MOST_TRIES = 3
"""In one call; afterwards that call acts no more in the owner's name."""
MOST_TRIES_IN_ALL = 9
"""Failed in a row, over all calls; then no PIN is taken for `LOCKED_HOURS`."""
LOCKED_HOURS = 24
_FORM = re.compile(r"[0-9]{4,6}")
_COST = {"n": 2**14, "r": 8, "p": 1}
"""Of scrypt: 16 MiB and some 50 ms a try."""
SALT_BYTES = 16

ENTER_LINE = "Please enter your PIN on the keypad, then press the pound key."
NOT_SPOKEN_LINE = "Please don't say your PIN. Enter it on the keypad, then press the pound key."
WRONG_LINE = f"That PIN isn't right. {ENTER_LINE}"
REFUSED_LINE = "I'm sorry, without the right PIN I can't do that in this call. Is there anything else?"
UNKNOWN_LINE = "I'm sorry, I can't check your PIN just now, so I haven't done that. Is there anything else?"


def is_pin(entered: str) -> bool:
    """Whether a PIN may be these digits: 4 to 6, not all the same."""
    return bool(_FORM.fullmatch(entered)) and len(set(entered)) > 1


def hashed(pin: str, salt: bytes) -> str:
    """`scrypt$salt$hash`, in hexadecimal digits. `salt`: `SALT_BYTES` by chance."""
    digest = hashlib.scrypt(pin.encode(), salt=salt, dklen=32, **_COST)
    return f"scrypt${salt.hex()}${digest.hex()}"


def matches(entered: str, stored: str) -> bool:
    """Whether these keys are the PIN of this hash, compared in constant time; also where a network reported each press
    twice."""
    salt = bytes.fromhex(stored.split("$")[1])
    once = entered[::2] if entered[::2] == entered[1::2] else entered
    found = [hmac.compare_digest(hashed(each, salt), stored) for each in (entered, once)]
    return any(found)
