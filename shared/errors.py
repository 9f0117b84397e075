"""The tree of errors: each has a `code` for machines, `retryable` for policies and a sentence for people."""


class PickupError(Exception):
    """The root. `code` is stable and lower_snake; `retryable` says whether the same call may succeed later."""

    code = "pickup_error"
    retryable = False


class ConfigError(PickupError):
    """The settings cannot be used: the message names every missing or malformed one and the remedy."""

    code = "config_invalid"


class TemplateError(PickupError):
    """A template is refused: the message gives file, line and reason."""

    code = "template_invalid"


class InputError(PickupError):
    """What the user typed or sent cannot be used; the message says what, where and how to mend it."""

    code = "input_invalid"


class SecondOrchestrator(InputError):
    """A number has an active orchestrator already: the message names both (OT-06)."""

    code = "second_orchestrator"


class TemplateNeeded(InputError):
    """A template can't be withdrawn: active ones hand calls to it, or it answers a number (OT-13)."""

    code = "template_needed"


class TemplateInactive(InputError):
    """A withdrawn template can neither be handed calls nor answer a number (OT-10)."""

    code = "template_inactive"


ROUTING_REFUSALS: dict[str, type[InputError]] = {
    "OR001": SecondOrchestrator,
    "OR002": TemplateNeeded,
    "OR003": TemplateInactive,
    "OR004": TemplateInactive,
}
"""By the SQL states of supabase/schema/templates.sql and numbers.sql."""


class StoreError(PickupError):
    """A store answered, and refused: a constraint, a permission, a malformed row. Never "not found".

    `cause_code` is the SQL state, PostgREST code or HTTP status, as it came; empty when there was none.
    """

    code = "store_refused"

    def __init__(self, message: str, cause_code: str = "") -> None:
        super().__init__(message)
        self.cause_code = cause_code


class LimitReached(StoreError):
    """A store takes no more of this kind: so many are there already."""

    code = "limit_reached"


class StoreUnavailable(StoreError):
    """A store can't be reached or didn't answer in time."""

    code = "store_unavailable"
    retryable = True


class DirectoryError(PickupError):
    """The directory failed to say who owns a number (PT-13). It is never taken for "no such number".

    `cause_code` is the SQL state, PostgREST code or HTTP status, as it came.
    """

    code = "directory_error"
    retryable = True

    def __init__(self, message: str, cause_code: str = "") -> None:
        super().__init__(message)
        self.cause_code = cause_code


class OutcomeUnknown(StoreError):
    """The other side may have written it, and may not: it is not written again."""

    code = "outcome_unknown"


class PartnerError(PickupError):
    """A tenant's own server can't be asked, or refused. `status` is the HTTP status, None where none came.

    `may_be_done`: what was asked may have been done all the same. `to_mend`: it refused these arguments; others may do.
    """

    code = "partner_failed"

    def __init__(
        self,
        message: str,
        status: int | None = None,
        *,
        retryable: bool = False,
        may_be_done: bool = False,
        to_mend: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retryable = retryable
        self.may_be_done = may_be_done
        self.to_mend = to_mend


class SwitchboardError(PickupError):
    """LiveKit's control didn't answer, or refused. `status` is the HTTP status, None where none came."""

    code = "switchboard_failed"
    retryable = True

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retryable = status is None or status >= 500 or status in (408, 429)


class ProbeError(PickupError):
    """A synthetic call wasn't answered, or nothing was heard in it."""

    code = "probe_failed"
    retryable = True


class NotAnswered(PickupError):
    """A person who was dialled didn't answer. `sip_code` is the network's status, None where none came."""

    code = "not_answered"

    def __init__(self, message: str, sip_code: int | None = None) -> None:
        super().__init__(message)
        self.sip_code = sip_code


class CarrierError(PickupError):
    """The carrier didn't answer, or refused. `status` is the HTTP status, None where none came.

    `leg_gone`: the leg has ended, and nothing can be done to it.
    """

    code = "carrier_failed"
    retryable = True

    def __init__(self, message: str, status: int | None = None, *, leg_gone: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.leg_gone = leg_gone
        self.retryable = not leg_gone and (status is None or status >= 500 or status in (408, 429))


class NotifierError(PickupError):
    """A message about an alert wasn't taken. `status` is the HTTP or SMTP status, None where none came."""

    code = "notifier_failed"
    retryable = True

    def __init__(self, message: str, status: int | None = None, *, retryable: bool = True) -> None:
        super().__init__(message)
        self.status = status
        self.retryable = retryable


class SheetError(PickupError):
    """A tenant's spreadsheet wasn't read or written. `status` is the HTTP status, None where none came."""

    code = "sheet_failed"
    retryable = True

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retryable = status is None or status >= 500 or status in (408, 429)


class SessionNotStarted(PickupError):
    """A call's session didn't start within its limit: the caller isn't connected."""

    code = "session_not_started"
    retryable = False


class ProviderError(PickupError):
    """A speech or language provider failed for good during a call, or refused a request after it."""

    code = "provider_failed"
    retryable = True

    def __init__(self, message: str, *, retryable: bool = True) -> None:
        super().__init__(message)
        self.retryable = retryable


class StackError(PickupError):
    """The embedded stack cannot start; the message names what is missing and how to get it."""

    code = "stack_failed"
