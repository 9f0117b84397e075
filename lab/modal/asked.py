"""What a deploy asked for, read back from the plane in the words of those who wrote it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from modal_proto import api_pb2

from lab.modal.plane import Plane


@dataclass(frozen=True)
class Asked:
    """One function of an app."""

    name: str
    body: str
    """The module and the function that containers call."""
    cpu: float
    """Cores."""
    memory: int
    """MiB."""
    timeout: int
    """Seconds, of an input."""
    containers: tuple[int, int]
    """At least, at most."""
    inputs: tuple[int, int]
    """That a container takes at once: at most, aimed at."""
    reused: bool
    """Whether a container takes inputs one after another."""
    cron: str
    """Empty without."""
    web: bool
    secrets: tuple[str, ...]
    """By name, of the environment that is deployed into."""
    variables: dict[str, str]
    """That came along with the deploy."""
    volumes: dict[str, str]
    """By where it is mounted, its name."""
    files: dict[str, str]
    """By where it lies, the hash of what."""
    build: tuple[str, ...]
    """The commands of its image, and of those that it is based on."""
    context: dict[str, str]
    """What was copied into the image, by where it lies, the hash of what."""


def asked_for(plane: Plane, environment: str, app: str) -> dict[str, Asked]:
    """By name. The app must have been published."""
    found = plane.app_named(environment, app)
    assert found is not None, f"{app} wasn't published in {environment}"
    return {name: _asked(plane, plane.functions[function_id]) for name, function_id in found.functions.items()}


def _asked(plane: Plane, function: api_pb2.Function) -> Asked:
    secrets, images = [plane.secrets[each] for each in function.secret_ids], list(_layers(plane, function.image_id))
    volumes = {volume_id: name for (_, name), volume_id in plane.volumes.items()}
    scale = function.autoscaler_settings
    return Asked(
        name=function.function_name,
        body=f"{function.module_name}.{function.function_name}",
        cpu=function.resources.milli_cpu / 1000,
        memory=function.resources.memory_mb,
        timeout=function.timeout_secs,
        containers=(scale.min_containers, scale.max_containers),
        inputs=(function.max_concurrent_inputs or 1, function.target_concurrent_inputs or 1),
        reused=not function.single_use_containers,
        cron=function.schedule.cron.cron_string,
        web=function.webhook_config.type == api_pb2.WEBHOOK_TYPE_ASGI_APP,
        secrets=tuple(secret.name for secret in secrets if secret.name),
        variables={key: value for secret in secrets for key, value in secret.values.items()},
        volumes={mount.mount_path: volumes[mount.volume_id] for mount in function.volume_mounts},
        files=_files(plane, function.mount_ids),
        build=tuple(command for image in images for command in image.dockerfile_commands),
        context=_files(plane, [image.context_mount_id for image in images if image.context_mount_id]),
    )


def _files(plane: Plane, mounts: Iterable[str]) -> dict[str, str]:
    return {path: digest for mount in mounts for path, digest in plane.mounts[mount].items()}


def _layers(plane: Plane, image_id: str) -> Iterator[api_pb2.Image]:
    """Those that the image is based on, and itself."""
    image = plane.images[image_id]
    for base in image.base_images:
        yield from _layers(plane, base.image_id)
    yield image
