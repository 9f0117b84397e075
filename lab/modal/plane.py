"""The control plane's state and its answers: a method for each call of Modal's protocol, under the same name."""

import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.empty_pb2 import Empty
from grpclib import GRPCError, Status
from modal_proto import api_pb2

BUILDER = "2026.10"
"""The version of Modal's image builder in all environments."""
DEFAULT_ENVIRONMENT = "main"


@dataclass
class App:
    app_id: str
    environment: str
    name: str = ""
    """Empty until the app is published."""
    version: int = 0
    tag: str = ""
    tags: dict[str, str] = field(default_factory=dict[str, str])
    functions: dict[str, str] = field(default_factory=dict[str, str])
    """Name → id."""


@dataclass(frozen=True)
class Secret:
    name: str
    """Empty for a secret that a deploy created."""
    keys: frozenset[str]
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    """Only of a secret that a deploy created."""


class Plane:
    """`secrets`: environment → name → keys of the existing secrets."""

    def __init__(self, secrets: Mapping[str, Mapping[str, frozenset[str]]]) -> None:
        self.url = ""
        self.named = {(place, name): f"st-{place}-{name}" for place, names in secrets.items() for name in names}
        self.environments = frozenset(secrets)
        self.secrets = {
            self.named[place, name]: Secret(name, keys) for place in secrets for name, keys in secrets[place].items()
        }
        self.apps: dict[str, App] = {}
        self.functions: dict[str, api_pb2.Function] = {}
        """Id → its latest definition."""
        self.mounts: dict[str, dict[str, str]] = {}
        """Mount id → path → hash of the file."""
        self.images: dict[str, api_pb2.Image] = {}
        self.volumes: dict[tuple[str, str], str] = {}
        self.files: dict[str, bytes] = {}
        """Hash → content."""
        self.inputs: list[tuple[str, str]] = []
        """(app, function) of each submitted input, in order."""
        self._owners: dict[str, tuple[str, str]] = {}
        self._numbers = itertools.count(1)

    def app_named(self, environment: str, name: str) -> App | None:
        place = self._place(environment)
        return next((app for app in self.apps.values() if (app.environment, app.name) == (place, name)), None)

    def _place(self, environment: str) -> str:
        place = environment or DEFAULT_ENVIRONMENT
        if place not in self.environments:
            raise GRPCError(Status.NOT_FOUND, f"Environment '{place}' not found")
        return place

    def _new(self, kind: str) -> str:
        return f"{kind}-{next(self._numbers)}"

    def _known(self, store: Mapping[str, Any], object_id: str) -> str:
        if object_id not in store:
            raise GRPCError(Status.NOT_FOUND, f"there is no object {object_id!r}")
        return object_id

    def ClientHello(self, _: Empty) -> api_pb2.ClientHelloResponse:
        return api_pb2.ClientHelloResponse(image_builder_version=BUILDER)

    def EnvironmentGetOrCreate(
        self, request: api_pb2.EnvironmentGetOrCreateRequest
    ) -> api_pb2.EnvironmentGetOrCreateResponse:
        place = self._place(request.deployment_name)
        settings = api_pb2.EnvironmentSettings(image_builder_version=BUILDER)
        return api_pb2.EnvironmentGetOrCreateResponse(
            environment_id=f"en-{place}", metadata=api_pb2.EnvironmentMetadata(name=place, settings=settings)
        )

    def AppGetByDeploymentName(
        self, request: api_pb2.AppGetByDeploymentNameRequest
    ) -> api_pb2.AppGetByDeploymentNameResponse:
        app = self.app_named(request.environment_name, request.name)
        return api_pb2.AppGetByDeploymentNameResponse(
            app_id=app.app_id if app else "", environment_name=self._place(request.environment_name)
        )

    def AppCreate(self, request: api_pb2.AppCreateRequest) -> api_pb2.AppCreateResponse:
        app = App(self._new("ap"), self._place(request.environment_name))
        self.apps[app.app_id] = app
        return api_pb2.AppCreateResponse(app_id=app.app_id, app_page_url=f"{self.url}/{app.app_id}")

    def AppGetLayout(self, request: api_pb2.AppGetLayoutRequest) -> api_pb2.AppGetLayoutResponse:
        app = self.apps[self._known(self.apps, request.app_id)]
        objects = [
            api_pb2.Object(object_id=each, function_handle_metadata=self._handle(each))
            for each in app.functions.values()
        ]
        return api_pb2.AppGetLayoutResponse(
            app_layout=api_pb2.AppLayout(objects=objects, function_ids=dict(app.functions))
        )

    def AppHeartbeat(self, _: Any) -> Empty:
        return Empty()

    AppClientDisconnect = AppHeartbeat

    def AppPublish(self, request: api_pb2.AppPublishRequest) -> api_pb2.AppPublishResponse:
        app = self.apps[self._known(self.apps, request.app_id)]
        for function_id in request.function_ids.values():
            self._known(self.functions, function_id)
        app.name, app.tag, app.version = request.name, request.deployment_tag, app.version + 1
        app.tags, app.functions = dict(request.tags), dict(request.function_ids)
        for name, function_id in app.functions.items():
            self._owners[function_id] = (app.name, name)
        return api_pb2.AppPublishResponse(url=f"{self.url}/{app.app_id}", deployed_at=float(app.version))

    def MountBatchedCheckExistence(
        self, request: api_pb2.MountBatchedCheckExistenceRequest
    ) -> api_pb2.MountBatchedCheckExistenceResponse:
        missing = [each for each in request.sha256_hex_hashes if each not in self.files]
        return api_pb2.MountBatchedCheckExistenceResponse(missing_sha256_hex_hashes=missing)

    def MountPutFile(self, request: api_pb2.MountPutFileRequest) -> api_pb2.MountPutFileResponse:
        if hashlib.sha256(request.data).hexdigest() != request.sha256_hex:
            raise GRPCError(Status.INVALID_ARGUMENT, "the file isn't what its hash says")
        self.files[request.sha256_hex] = request.data
        return api_pb2.MountPutFileResponse(exists=True)

    def MountGetOrCreate(self, request: api_pb2.MountGetOrCreateRequest) -> api_pb2.MountGetOrCreateResponse:
        if request.deployment_name:
            if request.namespace != api_pb2.DEPLOYMENT_NAMESPACE_GLOBAL:
                raise GRPCError(Status.NOT_FOUND, f"there is no mount {request.deployment_name!r}")
            mount_id = f"mo-{request.deployment_name}"  # Modal's own, of its client
            self.mounts[mount_id] = {}
        else:
            mount_id = self._new("mo")
            for file in request.files:
                self._known(self.files, file.sha256_hex)
            self.mounts[mount_id] = {file.filename: file.sha256_hex for file in request.files}
        return api_pb2.MountGetOrCreateResponse(mount_id=mount_id, handle_metadata=api_pb2.MountHandleMetadata())

    def ImageGetOrCreate(self, request: api_pb2.ImageGetOrCreateRequest) -> api_pb2.ImageGetOrCreateResponse:
        for base in request.image.base_images:
            self._known(self.images, base.image_id)
        image_id = f"im-{hashlib.sha256(request.image.SerializeToString(deterministic=True)).hexdigest()[:12]}"
        self.images[image_id] = request.image
        built = api_pb2.GenericResult(status=api_pb2.GenericResult.GENERIC_STATUS_SUCCESS)
        return api_pb2.ImageGetOrCreateResponse(image_id=image_id, result=built, metadata=api_pb2.ImageMetadata())

    def SecretGetOrCreate(self, request: api_pb2.SecretGetOrCreateRequest) -> api_pb2.SecretGetOrCreateResponse:
        place = self._place(request.environment_name)
        if request.object_creation_type == api_pb2.OBJECT_CREATION_TYPE_ANONYMOUS_OWNED_BY_APP:
            secret_id = self._new("st")
            self.secrets[secret_id] = Secret("", frozenset(request.env_dict), dict(request.env_dict))
        elif request.object_creation_type == api_pb2.OBJECT_CREATION_TYPE_UNSPECIFIED:
            found = self.named.get((place, request.deployment_name))
            if found is None:
                raise GRPCError(Status.NOT_FOUND, f"Secret '{request.deployment_name}' not found in '{place}'")
            secret_id = found
            if lacking := sorted(set(request.required_keys) - self.secrets[secret_id].keys):
                message = f"Secret '{request.deployment_name}' is missing key(s): {', '.join(lacking)}"
                raise GRPCError(Status.FAILED_PRECONDITION, message)
        else:
            raise GRPCError(Status.UNIMPLEMENTED, "the lab's control plane makes no secrets")
        return api_pb2.SecretGetOrCreateResponse(secret_id=secret_id, metadata=api_pb2.SecretMetadata())

    def VolumeGetOrCreate(self, request: api_pb2.VolumeGetOrCreateRequest) -> api_pb2.VolumeGetOrCreateResponse:
        key = (self._place(request.environment_name), request.deployment_name)
        if key not in self.volumes and request.object_creation_type != api_pb2.OBJECT_CREATION_TYPE_CREATE_IF_MISSING:
            raise GRPCError(Status.NOT_FOUND, f"Volume '{request.deployment_name}' not found in '{key[0]}'")
        volume_id = self.volumes.setdefault(key, self._new("vo"))
        return api_pb2.VolumeGetOrCreateResponse(
            volume_id=volume_id, metadata=api_pb2.VolumeMetadata(name=request.deployment_name)
        )

    def FunctionPrecreate(self, request: api_pb2.FunctionPrecreateRequest) -> api_pb2.FunctionPrecreateResponse:
        self._known(self.apps, request.app_id)
        function_id = request.existing_function_id or self._new("fu")
        self.functions.setdefault(function_id, api_pb2.Function(function_name=request.function_name))
        return api_pb2.FunctionPrecreateResponse(function_id=function_id, handle_metadata=self._handle(function_id))

    def FunctionCreate(self, request: api_pb2.FunctionCreateRequest) -> api_pb2.FunctionCreateResponse:
        function, function_id = request.function, self._known(self.functions, request.existing_function_id)
        self._known(self.images, function.image_id)
        for kind, ids in ((self.mounts, function.mount_ids), (self.secrets, function.secret_ids)):
            for each in ids:
                self._known(kind, each)
        self.functions[function_id] = function
        return api_pb2.FunctionCreateResponse(
            function_id=function_id, function_data=_data(function), handle_metadata=self._handle(function_id)
        )

    def FunctionGet(self, request: api_pb2.FunctionGetRequest) -> api_pb2.FunctionGetResponse:
        app = self.app_named(request.environment_name, request.app_name)
        if app is None or request.object_tag not in app.functions:
            raise GRPCError(Status.NOT_FOUND, f"there is no function {request.app_name}.{request.object_tag}")
        function_id = app.functions[request.object_tag]
        return api_pb2.FunctionGetResponse(
            function_id=function_id,
            function=_data(self.functions[function_id]),
            handle_metadata=self._handle(function_id),
        )

    def FunctionMap(self, request: api_pb2.FunctionMapRequest) -> api_pb2.FunctionMapResponse:
        """Accepts inputs; they wait for a container that never starts."""
        self._known(self._owners, request.function_id)
        self.inputs += [self._owners[request.function_id]] * len(request.pipelined_inputs)
        put = [
            api_pb2.FunctionPutInputsResponseItem(idx=each.idx, input_id=self._new("in"))
            for each in request.pipelined_inputs
        ]
        return api_pb2.FunctionMapResponse(function_call_id=self._new("fc"), pipelined_inputs=put)

    def _handle(self, function_id: str) -> api_pb2.FunctionHandleMetadata:
        function = self.functions[function_id]
        web = f"{self.url}/web/{function.function_name}" if function.webhook_config.type else ""
        return api_pb2.FunctionHandleMetadata(
            function_name=function.function_name,
            function_type=function.function_type,
            definition_id=f"de-{function_id}",
            web_url=web,
            supported_input_formats=function.supported_input_formats,
        )


def _data(function: api_pb2.Function) -> api_pb2.FunctionData:
    """The function's data, with its single variant."""
    return api_pb2.FunctionData(
        function_name=function.function_name,
        timeout_secs=function.timeout_secs,
        webhook_config=function.webhook_config,
        schedule=function.schedule,
        autoscaler_settings=function.autoscaler_settings,
        ranked_functions=[api_pb2.FunctionData.RankedFunction(rank=0, function=function)],
    )
