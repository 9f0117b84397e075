"""What other parties tell us over HTTP: thin handlers over the use-cases of `shared/calls`.

`python -m webhooks` serves them; `python -m background.watchdog` looks after the calls that nobody told the end of.
"""
