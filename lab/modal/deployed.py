"""The functions that a deploy created, read back from the plane in the terms of `modal.App.function`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from modal_proto import api_pb2

from lab.modal.plane import Plane


@dataclass(frozen=True)
class DeployedFunction:
    """One deployed function of an app."""

    name: str
    body: str
    """The module and the function that containers call."""
    cpu: float
    """Cores."""
    memory: int
    """MiB."""
    timeout: int
    """Seconds for one input."""
    containers: tuple[int, int]
    """(least, most)."""
    inputs: tuple[int, int]
    """Inputs that a container takes at once: (most, target)."""
    reused: bool
    """Whether a container takes inputs one after another."""
    nonpreemptible: bool
    cron: str
    """Empty without a schedule."""
    web: bool
    regions: tuple[str, ...]
    """Empty: any."""
    secrets: tuple[str, ...]
    """Names of the secrets, in the environment of the deploy."""
    variables: dict[str, str]
    """Environment variables that the deploy sets."""
    volumes: dict[str, str]
    """Mount path → name of the volume."""
    files: dict[str, str]
    """Path in the container → hash of the file."""
    build: tuple[str, ...]
    """The commands of its image, those of the base images first."""
    context: dict[str, str]
    """Files copied into the image: path → hash."""


def deployed_functions(plane: Plane, environment: str, app: str) -> dict[str, DeployedFunction]:
    """The functions of a published app, by name."""
    found = plane.app_named(environment, app)
    assert found is not None, f"{app} wasn't published in {environment}"
    return {name: _described(plane, plane.functions[function_id]) for name, function_id in found.functions.items()}


def _described(plane: Plane, function: api_pb2.Function) -> DeployedFunction:
    secrets, images = [plane.secrets[each] for each in function.secret_ids], list(_layers(plane, function.image_id))
    volumes = {volume_id: name for (_, name), volume_id in plane.volumes.items()}
    scale = function.autoscaler_settings
    return DeployedFunction(
        name=function.function_name,
        body=f"{function.module_name}.{function.function_name}",
        cpu=function.resources.milli_cpu / 1000,
        memory=function.resources.memory_mb,
        timeout=function.timeout_secs,
        containers=(scale.min_containers, scale.max_containers),
        inputs=(function.max_concurrent_inputs or 1, function.target_concurrent_inputs or 1),
        reused=not function.single_use_containers,
        nonpreemptible=function.scheduler_placement.nonpreemptible,
        cron=function.schedule.cron.cron_string,
        web=function.webhook_config.type == api_pb2.WEBHOOK_TYPE_ASGI_APP,
        regions=tuple(function.scheduler_placement.regions),
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
    """The image's base images, then the image itself."""
    image = plane.images[image_id]
    for base in image.base_images:
        yield from _layers(plane, base.image_id)
    yield image
