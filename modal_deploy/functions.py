"""The functions of a stage's app. Each body is an entry point of a process that `pickup up` runs too."""

import modal
from modal.config import config
from starlette.applications import Starlette

from modal_deploy.deployment import RECORDINGS, Deployment
from modal_deploy.hooks import hooks as webhooks
from modal_deploy.image import image
from modal_deploy.volume import serving_volume
from modal_deploy.watchdog import TIMEOUT_SECONDS, WATCH_SECONDS, watch
from modal_deploy.worker import DAY_SECONDS, work
from shared.config import load_settings, regions

MOST_WORKERS = {"production": 20, "preview": 1}
GENERATIONS = 2
"""Of workers that live side by side: while those of a release end their calls, the next one's take new ones."""
deployment = Deployment.named()
if modal.is_local():
    deployment.refuse_elsewhere(config.get("environment") or "")
in_production = deployment.kind == "production"
most_workers = MOST_WORKERS[deployment.kind]
most_containers = GENERATIONS * most_workers
# workers in any of them; the webhooks in the first, those of the failover in the last
near = regions() if modal.is_local() else ("",)

recordings = modal.Volume.from_name(deployment.app, create_if_missing=True)
app = modal.App(
    deployment.app,
    tags={"stage": deployment.stage, "release": deployment.release},
    image=image(),
    include_source=False,  # the image has the sources, with what isn't Python
    secrets=[modal.Secret.from_name(name, required_keys=keys) for name, keys in deployment.secrets.items()],
    volumes={RECORDINGS: recordings},
)


@app.function(
    env=deployment.environment,
    cpu=2,
    memory=4096,
    timeout=DAY_SECONDS,
    startup_timeout=120,
    max_containers=most_containers,
    single_use_containers=True,
    region=near,
    # a container that Modal takes away has 30 s for its calls; a preview's may be cheaper
    nonpreemptible=in_production,
)
async def worker(worker_id: str, too_late_at: float) -> None:
    """One input is one worker's life, under the name that it was ordered by."""
    async with serving_volume(recordings, load_settings(()).volume_socket):
        await work(worker_id, too_late_at)


@app.function(
    env=deployment.environment,
    cpu=1,
    memory=1024,
    timeout=150,
    startup_timeout=60,
    region=near[0],
    # a caller who rings doesn't wait for a container; who tries a preview may
    min_containers=1 if in_production else 0,
    max_containers=10 if in_production else 2,
)
@modal.concurrent(max_inputs=100, target_inputs=50)
@modal.asgi_app()
def hooks() -> Starlette:
    """All webhooks: a plan has eight web endpoints."""
    return webhooks()


@app.function(
    env=deployment.environment,
    cpu=0.5,
    memory=1024,
    timeout=150,
    startup_timeout=60,
    min_containers=1 if in_production else 0,
    max_containers=10 if in_production else 2,
    region=near[-1],
)
@modal.concurrent(max_inputs=100, target_inputs=50)
@modal.asgi_app()
def failover() -> Starlette:
    """The same webhooks once more: the carrier delivers here, once, what `hooks` doesn't answer with 200 in time."""
    return webhooks()


@app.function(
    env=deployment.environment,
    cpu=0.25,
    memory=512,
    timeout=TIMEOUT_SECONDS,
    region=near,
    # no Period, which begins anew with each deploy. Previews have none: a plan has five, for all stages together
    schedule=modal.Cron("* * * * *") if in_production else None,
    # the next run starts while one ends; they take turns by a lease
    max_containers=2,
)
async def watchdog(seconds: float = WATCH_SECONDS) -> None:
    """Workers are ordered of the app as it is deployed now."""
    order = modal.Function.from_name(deployment.app, "worker").spawn.aio
    async with serving_volume(recordings, load_settings(()).volume_socket):
        await watch(order, most_workers, most_containers, seconds)
