import time

import jwt
from livekit.protocol.agent_dispatch import RoomAgentDispatch
from livekit.protocol.room import RoomConfiguration

from lab.gateway.server import Server

SERVER = Server("ws://127.0.0.1:1", "key", "a secret of at least thirty-two bytes")


def test_given_a_phone_when_let_in_then_its_token_is_of_kind_sip_and_makes_the_room() -> None:
    token = SERVER.token(
        room="local_1",
        identity="sip_+15035550199",
        attributes={"sip.callID": "SCL_1"},
        room_config=RoomConfiguration(agents=[RoomAgentDispatch(agent_name="pickup-local", metadata="m")]),
    )

    claims = jwt.decode(token, SERVER.secret, algorithms=["HS256"], leeway=60)
    assert (claims["iss"], claims["sub"], claims["kind"]) == ("key", "sip_+15035550199", "sip")
    assert claims["video"]["room"] == "local_1" and claims["video"]["roomJoin"]
    assert claims["attributes"] == {"sip.callID": "SCL_1"}
    assert claims["roomConfig"]["agents"] == [{"agentName": "pickup-local", "metadata": "m"}]


def test_given_a_token_when_a_second_attempt_would_use_it_then_the_server_takes_it_no_more() -> None:
    made_at = int(time.time())
    token = SERVER.token(room="local_1", identity="sip_+15035550199")
    claims = jwt.decode(token, SERVER.secret, algorithms=["HS256"], leeway=60)

    leeway, second_attempt = 60, 15
    assert made_at < claims["exp"] + leeway < made_at + second_attempt


def test_given_a_server_when_shown_then_its_secret_isnt() -> None:
    assert SERVER.secret not in repr(SERVER)
