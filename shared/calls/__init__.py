"""The use-cases of a call. The journey of an inbound call, by the names of the code:

1. It rings. `carrier_call.CarrierCalls.handle` stores the carrier's webhook and asks `admit.AdmitCall`; a call that
   comes straight to LiveKit is admitted by `room_call.RoomCalls.handle`, and by its agent. The first asker decides,
   from the directory's listing of the number, and opens the call's row; every later one reads the same decision. It
   names the version of the template too (`shared.domain.rollout`), which the call keeps.
2. Admitted, the carrier transfers its leg to LiveKit. Announced or rejected, it hears why (`leg_policy`); a caller who
   can't be connected is promised a callback once it is written down (`apology.promise_callback`).
3. The agent answers (agent/call.py). `consent.record_consent` stores the proof of the caller's answer first, then a
   recording may begin. After each turn `session.save_session` puts the live state into Redis, beside the call's path.
4. It ends. Each witness hands its own account to `complete.complete_call`: the agent, LiveKit's room
   (`RoomCalls.conclude`), the carrier (`carrier_end.CarrierEnd`). Disposition, outcome and cost follow from the
   account; the account of the best witness stands, whichever comes first.
5. Afterwards, in rounds: `watch.Healer` completes calls whose end nobody reported and finds callers without an agent,
   `voicemail.VoicemailFetcher` fetches voicemails, `recordings.CallRecordings` erases what lost its consent,
   `carrier_setup.CarrierSetup` checks how the carrier delivers webhooks.

`shared/services.py` builds each of them once, over its ports. Every wait is bounded by its adapter; the admission alone
has a deadline besides (`lookup.PATIENCE_SECONDS`). A lost Redis never holds a call, and a directory that fails is never
"no such number". `alerting.CallAlerts` collects a call's alerts and stores them together.
"""
