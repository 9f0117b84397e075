"""The use-cases of a call, in the order in which a call meets them.

1. `admit.admit_call`: a call rings. Whoever asks first (webhook, agent) makes the decision, from what the directory
   says of the dialled number; every later asker reads the same one. The call's row is opened, trouble raises alerts.
2. `consent.record_consent`: the caller answered the question of recording, or withdrew: the proof is kept first.
3. `session.save_session`: after each turn the live state goes to Redis, beside the call's path.
4. `complete.complete_call`: the call is over. Each witness tells what it saw; disposition, outcome and cost follow from
   that, and the word of the one nearest to the call stands, whoever tells first.

Beside the call, for those who weren't in it: `room.Rooms` keeps what LiveKit tells of a call's room, admits its caller
and tells its end; `heal.Healer` finds the calls whose end nobody told and the callers whom no agent is with.

Each is a plain async function, or a few of them over the same ports, with these in its signature. Waiting is bounded
everywhere (`bounds.Bounds`), losing Redis never holds a call, and a failed directory is never "no such number".
"""
