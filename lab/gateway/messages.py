"""Protobuf messages between livekit-server and its SIP service: the fields that the gateway reads or writes.

Names and numbers are facts of that protocol (livekit/protocol `rpc/io.proto`, `rpc/sip.proto`; livekit/psrpc
`internal.proto`). Protobuf skips fields that aren't listed here.
"""

from enum import IntEnum
from typing import Any

from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, duration_pb2, message_factory
from livekit.protocol import models, room, sip

_INTERNAL = {
    "Request": "1 request_id, 2 client_id, 3 sent_at: int64, 4 expiry: int64, 8 raw_request: bytes",
    "Response": "1 request_id, 2 server_id, 3 sent_at: int64, 5 error, 6 code, 7 raw_response: bytes, "
    "8 error_details: *google.protobuf.Any",
    "ClaimRequest": "1 request_id, 2 server_id, 3 affinity: float",
    "ClaimResponse": "1 request_id, 2 server_id",
}
_RPC = {
    "SIPCall": "1 lk_call_id, 2 source_ip, 3 address: livekit.SIPUri, 4 from: livekit.SIPUri, 5 to: livekit.SIPUri, "
    "7 sip_call_id",
    "GetSIPTrunkAuthenticationRequest": "8 call: rpc.SIPCall",
    "GetSIPTrunkAuthenticationResponse": "1 username, 2 password, 9 realm, 3 drop: bool, 4 sip_trunk_id, "
    "7 error_code: int32",
    "EvaluateSIPDispatchRulesRequest": "10 sip_trunk_id, 2 calling_number, 3 called_number, 12 call: rpc.SIPCall",
    "EvaluateSIPDispatchRulesResponse": "1 room_name, 2 participant_identity, 7 participant_name, "
    "8 participant_metadata, 11 participant_attributes: map, 4 token, 5 ws_url, 6 result: int32, 9 sip_trunk_id, "
    "10 sip_dispatch_rule_id, 13 headers: map, 14 headers_to_attributes: map, 18 attributes_to_headers: map, "
    "19 include_headers: int32, 16 ringing_timeout: google.protobuf.Duration, "
    "17 max_call_duration: google.protobuf.Duration, 20 room_preset, 21 room_config: livekit.RoomConfiguration, "
    "24 media: livekit.SIPMediaConfig",
    "InternalCreateSIPParticipantRequest": "13 sip_call_id, 19 sip_trunk_id, 2 address, 20 hostname, 3 number, "
    "4 call_to, 7 room_name, 8 participant_identity, 14 participant_name, 15 participant_metadata, "
    "17 participant_attributes: map, 9 token, 10 ws_url, 11 dtmf, 21 headers: map, 22 headers_to_attributes: map, "
    "26 attributes_to_headers: map, 27 include_headers: int32, 23 ringing_timeout: google.protobuf.Duration, "
    "24 max_call_duration: google.protobuf.Duration, 34 media: livekit.SIPMediaConfig, 29 wait_until_answered: bool",
    "InternalCreateSIPParticipantResponse": "1 participant_id, 2 participant_identity, 3 sip_call_id",
    "InternalTransferSIPParticipantRequest": "1 sip_call_id, 2 transfer_to, 4 headers: map, "
    "5 ringing_timeout: google.protobuf.Duration",
}
_KINDS = {
    "string": descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
    "bytes": descriptor_pb2.FieldDescriptorProto.TYPE_BYTES,
    "bool": descriptor_pb2.FieldDescriptorProto.TYPE_BOOL,
    "int32": descriptor_pb2.FieldDescriptorProto.TYPE_INT32,
    "int64": descriptor_pb2.FieldDescriptorProto.TYPE_INT64,
    "float": descriptor_pb2.FieldDescriptorProto.TYPE_FLOAT,
}


class Dispatch(IntEnum):
    """The server's decision on an inbound call (`SIPDispatchResult`)."""

    LEGACY = 0
    ACCEPT = 1
    REQUEST_PIN = 2
    REJECT = 3
    DROP = 4


class Headers(IntEnum):
    """Which of the caller's headers become attributes without a mapping (`SIPHeaderOptions`)."""

    NONE = 0
    X = 1
    ALL = 2


def _add_field(message: descriptor_pb2.DescriptorProto, package: str, text: str) -> None:
    """One field in the notation of the tables above: `NUMBER NAME`, `: KIND` if it isn't text, `*` if repeated."""
    number, _, rest = text.strip().partition(" ")
    name, _, kind = rest.partition(": ")
    field = message.field.add(name=name, number=int(number), label=descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL)
    if kind == "map":
        entry = message.nested_type.add(name="".join(part.title() for part in name.split("_")) + "Entry")
        entry.options.map_entry = True
        for each in ("1 key", "2 value"):
            _add_field(entry, package, each)
        kind = f"*{package}.{message.name}.{entry.name}"
    if kind.startswith("*"):
        field.label = descriptor_pb2.FieldDescriptorProto.LABEL_REPEATED
        kind = kind[1:]
    if "." in kind:
        field.type = descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE
        field.type_name = f".{kind}"
    else:
        field.type = _KINDS[kind or "string"]


def _classes(package: str, table: dict[str, str]) -> dict[str, Any]:
    """Message classes by name."""
    used = (any_pb2, duration_pb2, models, room, sip)
    file = descriptor_pb2.FileDescriptorProto(
        name=f"pickup/gateway/{package}.proto",
        package=package,
        syntax="proto3",
        dependency=[each.DESCRIPTOR.name for each in used],
    )
    for name, fields in table.items():
        message = file.message_type.add(name=name)
        for field in fields.split(","):
            _add_field(message, package, field)
    descriptor_pool.Default().Add(file)  # type: ignore[no-untyped-call]
    return {
        name: message_factory.GetMessageClass(descriptor_pool.Default().FindMessageTypeByName(f"{package}.{name}"))
        for name in table
    }


_internal = _classes("internal", _INTERNAL)
Request = _internal["Request"]
Response = _internal["Response"]
ClaimRequest = _internal["ClaimRequest"]
ClaimResponse = _internal["ClaimResponse"]

_rpc = _classes("rpc", _RPC)
SIPCall = _rpc["SIPCall"]
AuthenticationRequest = _rpc["GetSIPTrunkAuthenticationRequest"]
AuthenticationResponse = _rpc["GetSIPTrunkAuthenticationResponse"]
DispatchRequest = _rpc["EvaluateSIPDispatchRulesRequest"]
DispatchResponse = _rpc["EvaluateSIPDispatchRulesResponse"]
DialRequest = _rpc["InternalCreateSIPParticipantRequest"]
DialResponse = _rpc["InternalCreateSIPParticipantResponse"]
TransferRequest = _rpc["InternalTransferSIPParticipantRequest"]
