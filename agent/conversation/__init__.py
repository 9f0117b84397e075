"""A conversation after the call was answered. The journey of one turn, by the names of the code:

1. The caller stops speaking. `node.NodeAgent` gets the transcribed utterance; `state.CallState` replaces the
   conversation (a value, shared/domain/conversation.py) by one that has it.
2. `interception.intercept` decides, without I/O, what code answers: danger, the answer to the question of consent, its
   withdrawal. `responses` and `safety` act on that; the model doesn't see such an utterance.
3. Else the model answers, from the prompt of its node (`prompt`). A tool checks its arguments and reads back before it
   writes (agent/tools); each sentence passes the speech guard before it is synthesised.
4. `session.SessionSaver` puts the changed conversation into Redis, beside the call's path.

Keys of the telephone are turns too: `keys` acts on what shared/domain/keys.py makes of them.

`timeouts` breaks silence and gives up on dead providers; `ending` brings the conversation to its end.
"""
