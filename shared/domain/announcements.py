"""What a caller hears who is not put through: one sentence a reason, each in its own words (PT-06, PT-13, PT-15)."""

from shared.domain.routing import Reason

TECHNICAL_TROUBLE = (
    "I'm so sorry. Something has gone wrong on our side and I can't take your call. "
    "Please call again in a few minutes. Goodbye."
)
"""The last resort, whatever else is down; it promises nothing that would need a store."""

_LINES = {
    Reason.NUMBER_UNKNOWN: (
        "The number you have dialed is not in service here. Please check the number and dial again. Goodbye."
    ),
    Reason.NUMBER_INACTIVE: "This line has been switched off for now and nobody can take your call on it. Goodbye.",
    Reason.NUMBER_WITHOUT_TENANT: "This number has not been set up yet, so I can't connect you to anyone. Goodbye.",
    Reason.WRONG_STAGE: "This is a test line and it can't take your call. Please use the regular number. Goodbye.",
    Reason.CALLER_BLOCKED: "I'm sorry, we are not accepting calls from your number. Goodbye.",
    Reason.CALLER_NOT_LISTED: "I'm sorry, this line only takes calls from people it knows. Goodbye.",
    Reason.OVER_LIMIT: (
        "I'm sorry, this line can't take any more calls at the moment. Please try again later, or contact us in "
        "another way. If you or someone else is in danger, call 911. If you are in a crisis, call or text 988."
    ),
    Reason.AT_CAPACITY: "I'm sorry, all our lines are busy right now. Please call again in a few minutes. Goodbye.",
}
_CALLED_BACK = (
    "I'm sorry, we are having a technical problem and I can't connect you right now. "
    "We have your number and will call you back. Goodbye."
)
_NOT_CALLED_BACK = (
    "I'm sorry, we are having a technical problem and I can't connect you right now. "
    "I can't see your number, so please call us again a little later. Goodbye."
)


def announcement(reason: Reason, callback: bool = True) -> str:
    """The words for an `Announce` of this reason. `callback`: whether the caller's number is known.

    A reason that admits has no announcement: asking for one gives TECHNICAL_TROUBLE rather than silence.
    """
    if reason is Reason.DIRECTORY_ERROR:
        return _CALLED_BACK if callback else _NOT_CALLED_BACK
    return _LINES.get(reason, TECHNICAL_TROUBLE)


def all_announcements() -> tuple[str, ...]:
    """Every sentence that `announcement` may choose, and the last resort."""
    return (TECHNICAL_TROUBLE, *_LINES.values(), _CALLED_BACK, _NOT_CALLED_BACK)
