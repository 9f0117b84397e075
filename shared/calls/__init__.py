"""The use-cases of a call, in the order in which a call meets them.

1. `admit.admit_call`: a call rings. Whoever asks first (webhook, agent) makes the decision, from what the directory
   says of the dialled number; every later asker reads the same one. The call's row is opened, trouble raises alerts.
2. `consent.record_consent`: the caller answered the question of recording, or withdrew: the proof is kept first.
3. `session.save_session`: after each turn the live state goes to Redis, beside the call's path.
4. `complete.complete_call`: the call is over. Each witness tells what it saw; disposition, outcome and cost follow from
   that, and the word of the one nearest to the call stands, whoever tells first.

Beside the call, for processes that aren't part of it: `room_call.RoomCalls` handles LiveKit's webhooks of a call's
room, `carrier_call.CarrierCalls` the carrier's; `watch.Healer` finds calls without an end and callers without an agent.

Each is a plain async function, or a few of them over the same ports, with these in its signature. Waiting is bounded
everywhere (`limits.Limits`), losing Redis never holds a call, and a failed directory is never "no such number".
"""
