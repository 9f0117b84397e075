"""Why a call was admitted, announced to or rejected."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a call was admitted, announced to or rejected. Stable: stored with each call."""

    TOLL_FREE = "TOLL_FREE"
    DEMO_NUMBER = "DEMO_NUMBER"
    NUMBER_BOUND = "NUMBER_BOUND"
    NUMBER_UNKNOWN = "NUMBER_UNKNOWN"
    NUMBER_INACTIVE = "NUMBER_INACTIVE"
    NUMBER_WITHOUT_TENANT = "NUMBER_WITHOUT_TENANT"
    WRONG_STAGE = "WRONG_STAGE"
    CALLER_BLOCKED = "CALLER_BLOCKED"
    CALLER_NOT_LISTED = "CALLER_NOT_LISTED"
    OVER_LIMIT = "OVER_LIMIT"
    AT_CAPACITY = "AT_CAPACITY"
    DIRECTORY_ERROR = "DIRECTORY_ERROR"
    UNSIGNED = "UNSIGNED"
    NOT_ANSWERED = "NOT_ANSWERED"
    """Of no decision: the call was admitted, and no agent answered in time."""
