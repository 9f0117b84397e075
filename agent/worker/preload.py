"""Imported once, by the process that job processes are forked from: they share what is loaded here.

Nothing here may start a thread or an event loop, as neither outlives a fork.
"""

import gc
import signal


def load() -> None:
    """Load all that a call would load at its first use."""
    import anyio._backends._asyncio
    import av
    import livekit.local_inference
    import openai.resources
    from livekit.agents.ipc import job_proc_lazy_main
    from livekit.agents.utils import http_context
    from livekit.rtc._ffi_client import get_ffi_lib

    from agent.businesses.business import business_names, business_of
    from agent.speech.engines import trust
    from agent.worker import attend
    from shared.domain.language.danger_net import judge
    from shared.domain.telephony.numbers import e164
    from shared.wiring import preload

    assert anyio and av and openai and job_proc_lazy_main and attend
    preload()
    livekit.local_inference.init_vad()
    get_ffi_lib()
    trust()
    http_context._create_ssl_context()  # pyright: ignore[reportPrivateUsage]
    for name in business_names():
        _ = business_of(name).template
    e164("+12065550100")
    judge("hello")


# the worker alone decides how its calls end, not a signal to all processes of its group
signal.signal(signal.SIGTERM, signal.SIG_IGN)
# there is nothing to collect while all this is loaded, and looking for it is a fifth of the time
gc.disable()
load()
# a collection in a job process would write to all that is shared, and so make it its own
gc.collect()
gc.freeze()
gc.enable()
