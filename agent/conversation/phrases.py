"""The sentences that a call says word for word, so that their audio can be made before they are needed."""

from shared.domain.language.machines import CHECK
from shared.domain.language.presence import STILL_HERE
from shared.domain.language.safety_lines import ALL_LINES
from shared.domain.language.secrets import NOT_TAKEN_LINE
from shared.domain.questions import informing, last_sentence
from shared.domain.template import Phrases, Template, render
from shared.domain.tenant import Tenant


def phrases_of(template: Template, tenant: Tenant, facts: dict[str, str]) -> Phrases:
    """The template's phrases with the tenant's facts, and the tenant's own greeting where all of it can be said."""
    try:
        greeting = render((tenant.greeting or "").strip(), {name: fact for name, fact in facts.items() if fact.strip()})
    except ValueError:
        # the check of the number's set-up has alerted
        greeting = ""
    phrases = template.phrases.filled(facts)
    return phrases.model_copy(update={"greeting": greeting}) if greeting else phrases


def spoken_later(phrases: Phrases) -> list[str]:
    """All but the greeting, which is synthesised first."""
    own = [
        phrases.consent,
        last_sentence(phrases.consent),
        phrases.consent_granted,
        phrases.consent_refused,
        informing(phrases.consent_refused),
        phrases.recording_stopped,
        informing(phrases.recording_stopped),
        *phrases.still_there,
        phrases.silence_goodbye,
        phrases.apology,
        phrases.goodbye,
        phrases.repeat,
        phrases.one_moment,
        phrases.back,
    ]
    return [*ALL_LINES, *own, NOT_TAKEN_LINE, informing(NOT_TAKEN_LINE), CHECK, STILL_HERE]
