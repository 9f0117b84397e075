"""Guards the agent's speech: replaces a model's false claims about itself, its deeds and the recording (PT-66, PT-75,
PT-76)."""

import re
from collections import Counter
from dataclasses import dataclass

from shared.domain.language.text import words

NOT_A_PERSON = "I'm an AI assistant, not a person, but I can ask somebody to call you back."
NOT_CLERGY = "I'm an AI assistant, not clergy and not a counselor, but I can ask one of our people to call you back."
NO_SECRECY = "I can't promise to keep this secret: the people here who care for callers may read it."
NO_PROMISE = "I can't promise how things will turn out, but I'm glad to help."
NO_MEDICINE = "I can't give medical advice: please ask a doctor, or call 911 in an emergency."
NO_PAYMENT = "Please don't tell me card or account numbers: I don't take payments."
NO_INSIGHT = "I can't talk about how I'm set up, but I'm glad to help."
NOT_STORED = "That hasn't been passed on yet."
NOT_RECORDED = "This call is not being recorded."
RECORDED = "This call is being recorded. Say stop recording at any time and I'll turn it off."


@dataclass(frozen=True)
class Spoken:
    """The facts against which a sentence is checked."""

    stored: tuple[str, ...]
    """The kinds (`prayer`, `callback`) of the caller's requests in Postgres, one for each row."""
    recording: bool
    """Whether audio of this call is being written now."""


def permitted(sentence: str, facts: Spoken) -> str | None:
    """None when the sentence may be said; else the truthful sentence that replaces it. Never raises."""
    text = words(sentence)
    for claim, truth in _NEVER:
        if claim.search(text):
            return truth
    stated = _stated(sentence)
    if _SECRECY.search(_REFUSED_PROMISE.sub(" ", stated)):
        return NO_SECRECY
    if not facts.recording and _RECORDED.search(stated):
        return NOT_RECORDED
    if facts.recording and _UNRECORDED.search(stated):
        return RECORDED
    if _STORED.search(stated):
        # which request it means can't be known, so the replacement names all that are stored
        return stored_so_far(facts.stored)
    return None


def stored_so_far(kinds: tuple[str, ...]) -> str:
    """A sentence that names what this call has passed on."""
    if not kinds:
        return NOT_STORED
    counted = [f"{_COUNT.get(n, n)} {kind} request{'s' if n > 1 else ''}" for kind, n in Counter(kinds).items()]
    return f"So far I've passed on {' and '.join(counted)}."


def _stated(sentence: str) -> str:
    """The words that state something: the clauses before a question."""
    if not sentence.rstrip().endswith("?"):
        return words(sentence)
    stated: list[str] = []
    for clause in _CLAUSE_END.split(sentence):
        if _ASKS.match(words(clause)):
            break
        stated.append(words(clause))
    return " ".join(stated)


_COUNT = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five"}
_CLAUSE_END = re.compile(r"[,;:–—]|\s-\s|\b(?:and|but|so)\b")
# no "were": that is also what is left of "we're"
_ASKS = re.compile(
    r"(?:(?:and|so|or|but|ok|okay|well|now|then|great|sure|also|thanks|thank you|alright|all right) )*"
    r"(?:shall|should|would|could|can|may|do|did|does|has|have|is|are|was|will|isnt|arent|hasnt|didnt|wont"
    r"|what|when|where|who|whose|which|how|why|want)\b"
)

_I_AM = (
    r"(?:im|i am|i was|my name is|this is|(?:you can |just |please )?call me"
    r"|(?:youre|you are) (?:speaking|talking) (?:to|with))"
)
_A = (
    r"(?:a|an|the|your|one of (?:our|the)|indeed|really|actually|also|in fact|just|of course|definitely"
    r"|absolutely|yes)"
)
_OFFICE = (
    r"(?:pastor|priest|minister|reverend|rev|fr|deacon|rabbi|imam|chaplain|bishop|preacher|vicar|nun|monk|clergy"
    r"|clergyman|counsell?or"
    r"|therapist|psychologist|psychiatrist|social worker|doctor|dr|nurse|physician|lawyer)"
)
_CLERGY = re.compile(
    rf"\b(?:{_I_AM}|as) (?:{_A} )*(?:(?:ordained|licensed|trained|certified|real|professional|associate|senior"
    rf"|grief|crisis|church|youth|parish) )*"
    rf"{_OFFICE}\b(?! (?:assistant|office|team)(?:s)?\b)"
    rf"|\b{_I_AM} (?:father|brother|sister|mother) [a-z]+(?: [a-z]+)?(?: speaking| here| from\b.*)?$"
    r"|\bi(?:m| am) (?:an? )?(?:ordained|licensed|certified)\b"
    r"|\bi(?:m| am| was| have been) trained (?:in|as) (?:\w+ )?counsel"
    r"|\bi(?: can| hereby)? (?:forgive (?:you )?(?:of )?your sins?|absolve you|hear your confession)\b"
)
_HUMAN = re.compile(
    rf"\b{_I_AM} (?:to )?(?:{_A} )*(?:(?:real|actual|live|living|human|flesh and blood|normal|regular) )*(?:human"
    rf"|person|human being|woman|man|lady|guy|people|flesh and blood)\b"
    rf"|\bi(?:m| am) (?:{_A} )*(?:not|no) (?:(?:a|an|some|any|just a|just an) )*(?:ai|robot|bot|machine"
    rf"|computer|chatbot|program|recording|virtual assistant|artificial\b)"
    r"|\b(?:im|i am) (?:100 percent |completely |totally |very much )?(?:real|human)$|\bi(?:m"
    r"| am) (?:as )?human (?:as|like) you\b"
    r"|\ba (?:real|live|actual) (?:person|human) (?:is )?(?:speaking|talking|here)\b"
    r"|\b(?:theres|there is) no (?:ai|robot|bot|machine|computer) (?:here|on|in)\b"
    r"|\b(?:i have|ive got) a (?:real |human )?body\b|\bi (?:really )?work here\b|\bmy shift\b"
    r"|\bi(?:m| am) (?:one of the (?:volunteers|staff|members)|a (?:volunteer|secretary|member of (?:this|the|our)))\b"
    r"|\bi(?:m| am) (?!an? |calling |speaking |the )[a-z]+ from the (?:office|staff|front desk|church)\b"
)
_PROMISE = re.compile(
    r"\bi (?:can |do |will )?(?:promise|guarantee|swear|assure)(?: to)?(?: you)?(?: that)? "
    r"(?:\w+ ){1,3}?(?:will|is going to|are going to|wont) (?:all )?(?:\w+ )?(?:be |get |turn out |come out )?"
    r"(?:\w+ )?(?:fine|ok|okay|well|good|alright|all right|better|healed|cured|saved|happen|hurt|die)\b"
)
_MEDICINE = re.compile(
    r"\b(?:dont|do not|wont|will not|never|no) (?:really |even )?need (?:to (?:see|take|call|go to) )?"
    r"(?:a |an |any |the |your |that )?(?:doctors?|medicines?|medication|pills?|treatment|therapy|hospital|ambulance"
    r"|911)\b|\b(?:stop|quit) taking (?:your |the |those )?(?:medicines?|medication|pills?)\b"
)
_PAYMENT = re.compile(
    r"(?<!dont tell me )(?<!do not tell me )(?<!never ask for )\byour (?:\w+ ){0,2}?(?:card number|card details"
    r"|security code|cvv|social security|account number|routing number|pin number|password)\b"
)
_INSIGHT = re.compile(
    r"\b(?:my (?:system )?(?:instructions|prompt|programming) (?:say|says|tell|tells|is|are)|system prompt|playbook"
    r"|i (?:was|am|have been) instructed to)\b"
)
_NEVER = (
    (_CLERGY, NOT_CLERGY),
    (_HUMAN, NOT_A_PERSON),
    (_PROMISE, NO_PROMISE),
    (_MEDICINE, NO_MEDICINE),
    (_PAYMENT, NO_PAYMENT),
    (_INSIGHT, NO_INSIGHT),
)
_REFUSED_PROMISE = re.compile(
    r"\b(?:(?:i )?(?:cant|cannot|can not|couldnt|dont|do not|wont|am not able to|im not able to|unable to"
    r"|not able to|never) "
    r"(?:\w+ ){0,3}?(?:promise|guarantee|keep|assure|say|offer|be sure)|(?:is|are|s|may|might|will"
    r"|be)? ?not (?:\w+ )?(?:confidential|private|secret))\b(?:(?! but | though ).)*"
)
_SECRET = r"(?:confidential|secret|a secret|anonymous|private(?! [a-z])|private (?:here|and|with|between|at all))"
_BETWEEN = r"(?:just )?between (?:us|you and me|you and i|the two of us)"
_SECRECY = re.compile(
    rf"\b(?:(?:this|that|it|everything(?: here| you (?:say|tell me|share))?|anything|what(?:ever)? you (?:say|tell me"
    rf"|share)|(?:our|this|your) (?:calls?|conversation|prayers?|requests?|details|information|secret)"
    rf"|(?:all|our|these) (?:\w+ )?(?:calls|conversations|prayers|requests)|all of (?:this|it)) ?"
    rf"(?:\w+ )?(?:is|are|s|ll|will|stays?|remains?|be|kept|will all stay)"
    rf"(?: (?:all |always |be |stay |remain |kept |being ))*"
    rf"(?: ?\w+)? (?:{_SECRET}|{_BETWEEN}|here with (?:me|us))"
    rf"|(?:its|thats) (?:all |\w+ )?(?:{_SECRET}|{_BETWEEN}|our (?:little )?secret)"
    rf"|(?:it|this|that)ll (?:all |\w+ )?(?:stay|remain|be kept|be) (?:\w+ )?(?:{_SECRET}|{_BETWEEN}|here)"
    rf"|(?:it|this|that) (?:all )?stays (?:here|with me|with us)$"
    r"|(?:no ?body|no one|none of them)(?: else| here)? (?:will|is going to|would|has to"
    r"|needs to)(?: ever)? (?:know|hear|find out|see|be told|learn|read)"
    r"|(?:i|we) (?:wont|will not|will never|promise not to|would never|never) (?:ever )?(?:tell|share|repeat"
    r"|say)(?: (?:it|this|that|anyone|anybody|a soul|anything)\b)+"
    r"|(?:your|the) secrets?(?: is| are)? safe|my lips are sealed|strictly confidential"
    r"|take (?:it|this|that|your secret) to (?:my|the) grave"
    r"|completely confidential|in (?:strict|complete|total) confidence"
    r"|(?:i|we)(?:ll| will| promise to| can)? keep (?:it|this|that|your secret|everything)(?: \w+)? ?(?:secret"
    r"|a secret|confidential|private|between us|to my ?self|safe with me)"
    rf"|{_BETWEEN}|only (?:you and i|you and me|the two of us) will know)(?![a-z])"
)
_DONE = (
    r"(?:saved|sent|submitted|stored|passed|forwarded|delivered|registered|logged|booked|scheduled|recorded"
    r"|noted|taken down|written down|wrote down"
    r"|put through|put in|added|placed|filed|received|relayed|shared|entered|made a note|notified|informed"
    r"|let (?:the|them))"
)
_WHAT = (
    r"(?:request|prayer|prayers|message|callback|call back|number|details|information|name|booking|appointment"
    r"|registration|note|concern|it|that|this|everything)"
)
_PEOPLE = (
    r"(?:(?:the|our|your) (?:\w+ )?(?:pastor|minister|priest|team|office|staff|church|people|elders|leaders|secretary)"
    r"|pastor \w+|somebody|someone)"
)
_YET = (
    r"(?<!once )(?<!when )(?<!if )(?<!until )(?<!after )(?<!before )(?<!unless )(?<!whether )(?<!sure )(?<!sure that )"
)
_STORED = re.compile(
    rf"{_YET}\b(?:ive|i have|weve|we have|i|we|i just|ill have)(?: already| now| just| successfully| also"
    rf"| gone ahead and| went ahead and)* "
    rf"(?:{_DONE}|(?:written|wrote|put|taken|took|passed|sent|noted|got)"
    rf" (?:it|that|this|everything|you|your \w+(?: \w+)?)"
    rf"(?: \w+)? (?:down|on|in|through|along|over|saved|sent|stored|submitted|noted)"
    rf"|(?:told|notified|informed|asked|let) (?:{_PEOPLE}|him|her|them)(?: know)?)\b"
    rf"|{_YET}\b(?:(?:your|the|this|his|her"
    rf"|their) (?:\w+ ){{0,2}}?{_WHAT}s?|it|that|everything|all|{_PEOPLE})"
    rf"(?: has| have| is| was| are| been| being| now| already| all| just| successfully)+ {_DONE}\b"
    rf"|{_YET}\b(?:its|thats|youre|you are)(?: been| now| already| all| just| successfully)* (?:{_DONE}|done)\b"
    rf"|\b(?:its|thats|your (?:\w+ )?{_WHAT} is|youre|you are)(?: now| already)? (?:all )?(?:on its way|in the system"
    rf"|in our system|on (?:the|our) list|been taken care of|taken care of|gone out|signed up|down for"
    rf"|with (?:the|our) (?:\w+ )?(?:team|pastor|office|staff))\b"
    rf"|\b{_WHAT} (?:has |have )?(?:already |just )?(?:went|gone) (?:through|out)\b"
    rf"|\b{_PEOPLE} (?:now |already )*(?:has|have|got|received) (?:your|it|this|that|been (?:told|notified))\b"
    rf"|\b{_PEOPLE} (?:now|already) (?:know|knows)\b"
    r"|\bi(?:m| am) (?:now |just |already )*(?:sending|submitting|forwarding|saving|storing) (?:it|that|this|your)\b"
    r"|\bi have your (?:\w+ )*(?:submitted|sent|saved|stored|noted)\b|\bconsider it done\b"
    r"|^(?:ok |okay |great |thank you |alright |all |got it |perfect )*(?:saved|sent|submitted|done|all done|all set"
    r"|youre all set)$"
)
_RECORDED = re.compile(
    r"(?<!if )(?<!whether )(?<!unless )(?<!once )\b(?:this calls?|the calls?|our calls?|all calls|calls|every call"
    r"|this line|the line|this conversation"
    r"|our conversation|it|everything|everything you say|youre|you are|the audio)"
    r"(?: is| are| will be| s)?(?: now| being| always| currently"
    r"| all)*(?<!not) (?:being )?recorded\b(?<!may be recorded)(?<!can be recorded)(?<!not recorded)"
    r"|(?<!if )(?<!whether )(?<!when )\b(?:im|i am|were|we are|i have started|ive started|weve started) (?:now "
    r"|currently |still )?recording\b"
    r"|\b(?:i|we) (?:always |do )?record (?:all|every|this|the|these|our|your)\b"
    r"|\b(?:the )?recording (?:is|has) (?:now )?(?:on|running|started|begun)\b"
)
_UNRECORDED = re.compile(
    r"\b(?:(?:calls?|conversation|line|it|youre|you are|this|nothing(?: you say)?)(?: is| s| are)?(?: not| never)"
    r"(?: currently| now)?(?: being)? recorded|nothing (?:you say )?is (?:being )?recorded"
    r"|(?:im|i am|were|we are) not (?:currently |now )?recording|(?:isnt|arent) (?:being )?recorded"
    r"|(?:i|we) (?:dont|do not|wont|will not|never) record|no recording"
    r"|(?:recording|recorder) (?:is|has been) (?:now )?(?:off|stopped|turned off))\b"
)
