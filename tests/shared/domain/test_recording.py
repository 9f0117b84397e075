import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.recording import call_id_of_recording, recording_name

CALL = str(uuid.UUID(int=5))


@given(st.uuids(), st.uuids())
def test_given_a_recordings_name_then_it_tells_its_call(call: uuid.UUID, mark: uuid.UUID) -> None:
    assert call_id_of_recording(recording_name(str(call), mark.hex)) == str(call)


@pytest.mark.parametrize("name", ["", "one", "-12345678", CALL, f"{CALL}-1234567", f"{CALL}-123456789"])
def test_given_a_name_that_is_not_ours_then_it_is_of_no_call(name: str) -> None:
    assert call_id_of_recording(name) is None
