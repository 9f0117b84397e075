"""The lab's providers: Deepgram, OpenAI chat and speech, and a Sentry receiver, on one port of one process.

`python -m lab.providers --port 0` serves them. The unchanged vendor plugins talk to it through their base_url.
Real recognition and real speech work behind the protocols: see `ears` and `voice`. `/lab/...` controls the process:
see `desk`.
"""
