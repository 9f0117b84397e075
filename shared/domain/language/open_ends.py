"""English utterances that call for more: their last words, or a clause whose other half is missing."""

import re

from shared.domain.language.text import words

_LEAD = re.compile(
    r"^(?:(?:yes|yeah|yep|yup|no|nope|sure|ok|okay|of course|certainly|absolutely|right|alright|all right"
    r"|oh|ah|well|u+m+|u+h+"
    r"|hm+|so|and|but|hi|hello|hey|there|sir|maam|good (?:morning|afternoon|evening|day)|please|sorry|excuse me"
    r"|thanks|thank you"
    r"|no problem|great|perfect|fine|actually|now|then)(?: |$))+"
)


def core_of(text: str) -> str:
    """Bare words without the greetings, fillers and yes or no before them."""
    found = _LEAD.match(text)
    return text[found.end() :] if found else text


def only_lead(text: str) -> bool:
    """Whether there is nothing but greetings, fillers, yes or no."""
    return not core_of(text)


_PERSON = r"(?:i|you|he|she|it|we|they|that|this|there)"
_BE_OR_DO = (
    r"(?:is|are|was|were|am|do|does|did|will|would|could|should|can|may|might|have|has|had"
    r"|isnt|arent|wasnt|dont|doesnt|didnt|wont|wouldnt|cant|couldnt)"
)
_ECHO = re.compile(rf"{_PERSON} {_BE_OR_DO}(?: not)?|(?:i|we) (?:dont )?(?:have|need|want) to")
"""Whole after a question of yes or no ("It is.", "I would."), and the beginning of a sentence after any other."""
_SHORT_ANSWER = re.compile(
    rf"(?:{_PERSON} {_BE_OR_DO} not|(?:i|we) (?:do|really do|certainly do|sure do|dont"
    rf"|do not) ?(?:think|believe|want|need|mind)? ?(?:so|to|it|that)?"
    r"|(?:i (?:think|guess|hope|believe|suppose)|if) (?:so|not)|(?:i would|id|we would|wed) (?:like|love"
    r"|appreciate) (?:that|it)"
    r"|(?:please )?(?:do|dont|do not)|(?:go|please go) (?:on|ahead)|(?:not|no) (?:really|yet|now|today"
    r"|right now|at the moment|exactly|quite|that i know of)"
    r"|(?:thats|that is|its|it is) (?:ok|okay|fine|alright|all right|right|it|all|correct|good|perfect|him"
    r"|her|me|us)|why not|me too|you too|this is (?:he|she|her|him)"
    r"|(?:thats )?(?:what|all) (?:i|we) (?:want|need|wanted|needed|have|had|said)|(?:that|it) (?:would be"
    r"|sounds|will be|is) (?:great|good|fine|nice|lovely|wonderful|perfect|okay)"
    r"|thatd be (?:great|good|fine|nice|lovely|wonderful|perfect|okay)|speaking|correct|exactly|m+ ?h+m+|u+h ?hu+h"
    r"|(?:its |that is |thats |you can use |use )?(?:the|this|that) (?:same )?(?:number|one|phone"
    r"|line)(?: (?:that )?im (?:calling|on)(?: (?:you )?(?:from|on|now|with))?)?)"
)


def is_short_answer(text: str, *, closed: bool) -> bool:
    """Whether the bare words are a whole answer, though they may end like half a sentence. `closed`: to yes or no."""
    core = core_of(text).removesuffix(" please").removesuffix(" thanks").removesuffix(" thank you")
    return bool(_SHORT_ANSWER.fullmatch(core) or (closed and _ECHO.fullmatch(core)))


_QUESTION_WORD = r"(?:what|whats|where|wheres|who|whos|whom|whose|when|whens|why|which|how|hows)"
_QUESTION = re.compile(
    rf"(?:{_QUESTION_WORD}|is|are|was|were|do|does|did|can|could|will|would|should|shall|may|might|have|has"
    rf"|am|isnt|arent|dont|doesnt|any)\b"
)
_FEWEST_IN_QUESTION = 3
_TO_ASK = r"(?:wondering|wonder|ask|know|find out|tell me|check|see)"


def is_question(said: str) -> bool:
    """Whether the utterance is a question, by its mark or by its first words."""
    text = words(said)
    core = core_of(text)
    if said.rstrip().endswith("?") and len(text.split()) > 1:
        return True
    return len(core.split()) >= _FEWEST_IN_QUESTION and bool(_QUESTION.match(core)) and not _SUBORDINATE.match(core)


_FILLER = re.compile(
    r"\b(?:u+m+|u+h+|e+r+m*|a+h|oh|hm+|well|(?<!so )you know(?: what)?|i mean|you see|(?:let me|lets) (?:see|think"
    r"|check|look)|sort of|kind of|basically"
    r"|(?:just|only) one|one more thing|another thing|the (?:thing|reason|problem|question) is)$"
)
_WAIT = re.compile(
    r"\b(?:hold on|hang on|wait|(?:one|just a|give me a) (?:sec|second|moment|minute)|bear with me"
    r"|let me (?:find|get|grab|look|see|check|think|pull)(?: (?:it|that|this|my \w+))?(?: (?:up|out))?"
    r"|no sorry|sorry no|scratch that|whats the word)$"
)
_SUBORDINATE = re.compile(
    r"(?:(?:(?:i was|im|i am) (?:just )?wondering |i wonder |i wanted to ask |id like to know )(?=if ))?"
    r"(?!as soon as (?:possible|you can)$|if (?:possible|not|so|you (?:can|could|would|dont mind|like|want"
    r"|have time)|(?:its|thats) \w+(?: \w+)?)$|because of)"
    r"(?:if|because|although|though|unless|as soon as|in case|(?:last|next|every|this) \w+ when"
    r"|(?:when|while|after|before|once|until) (?:i|we|you|he|she|they|my|our|the|its|it|\w+ing))\b"
)
_MAIN_CLAUSE = re.compile(
    r"(?<!\band )\b(?:would|could|can|should|will|what|where|who|how|which|why|please|id|ill|do (?:i|you|we)|does|is "
    r"(?:there|it|that)|are (?:there|you|we)"
    r"|(?:i|we) (?:want|need|have|had|was|am|got)|let|call|tell|send|you (?:have|offer|do|take|are|were"
    r"|know|accept|allow)|theres|there (?:is|are|was|were)"
    r"|its|it (?:is|was)|he (?:is|was)|she (?:is|was)|they (?:are|were))\b(?! *$)"
)
_LEADS_ON = re.compile(
    r"(?:^(?!no |yes )(?:.* )?so|(?:yes|no|ok|okay|yeah|right|oh|well) (?:actually|so|and|but|then well))$"
)
_BARE_CLAUSE = re.compile(r"\b(?:that|if|because|whether|when|though) (?:my|the|his|her|your|our|their) \w+$")
"""A clause that has a subject and nothing more: "tell him that the meeting"."""
_AGREES = re.compile(r"\b(?:sure|fine|okay|ok|yes|no|please|thanks)$")
_WHOLE_TAIL = re.compile(
    r"\b(?:(?:you|we|they|he|she|it) (?:didnt|dont|doesnt|wouldnt|may)|please dont|would you|(?:didnt|dont|doesnt"
    r"|isnt|wasnt|arent) (?:they|it|he|she|we|you)"
    r"|not do that|go on(?: then)?|no more|any ?more|from now on|(?:say|comes|do|happens|whats) next|sorry what"
    r"|m+ ?h+m+|(?:about|like|need|want|for|with|to|of|do|mean|get) (?:that|this)|for her)$"
)
"""Whole, though it ends in a word that often leads on: "I'd rather you didn't"."""
_PREFACE = re.compile(
    r"(?:i (?:just )?(?:was|am) (?:just )?|im (?:just )?)(?:wondering|calling|hoping|thinking)"
    r"|(?:i|we) (?:just )?(?:wanted|want|need|needed) to (?:ask|know|say|find out|check)(?: you)?(?: something)?"
    r"|(?:can|could|may) i (?:just )?ask(?: you)?(?: something| a (?:quick )?question)?|(?:can|could"
    r"|would) you (?:please )?tell(?: me)?|do you know|tell me"
    r"|let me ask(?: you)?|heres the thing|(?:what i wanted to (?:ask|know|say)|my question)(?: is| was)?"
    r"|the reason (?:im|i am) calling(?: is)?"
    r"|i was going to (?:ask|say)|first(?: of all)?|on the other hand|for example|also|another thing"
    r"|the other thing|just"
)
_RELATIVE = re.compile(r"(?:my|the|our|a|an|this) (?:(?:\w+ ){1,3}?(?:who|whos|which)|\w+ (?:that|thats)) ")
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|had|have|does|did|will|would|can|could|needs?|needed|wants?|wanted|passed"
    r"|died|lost|went|came|comes|goes|got|gets|said|says"
    r"|called|told|asked|lives?|lived|works?|worked|likes?|loves?|moved|fell|broke)\b"
)
_SUBJECT_ONLY = re.compile(
    r"\b(?:do|does|did|can|could|would|will|should|has|have|had|if|whether) (?:it|he|she|they|we|you|i"
    r"|that|this|there|you guys|somebody|someone|anybody|anyone|you all)"
    r"(?: (?:please|also|just|even|still|maybe))?$"
)
_ALWAYS = re.compile(
    r"\b(?:and|or|but|because|cause|although|though|unless|until|since|whether|if|than|the|a|an|my|your"
    r"|our|their|every|im|ive|id|weve|wed|theyre|hes|shes|youre"
    r"|whos|whats|wheres|hows|i|we|they|he|she|gonna|wanna|mr|mrs|ms|dr|maybe|probably|very|quite|another"
    r"|neither|either|apartment|extension|area code|dot"
    r"|(?:way|have|has|want|wants|wanted|need|needs|needed|possible|able|going|like|love|supposed|happy"
    r"|try|trying|meaning|how|hoping|planning|used|wish|used|best|time) to"
    r"|(?:said|says|told me|heard|saw|think|thought|know|website|means?|so|its just|(?:thing|problem"
    r"|reason|point|issue|fact) is) that|(?:lady|man|guy|person|somebody|someone|he|she|they|i) said"
    r"|one of (?:them|us)"
    r"|(?:looking|hoping|wondering|asking|thinking|planning|trying|calling) (?:for|about|to|if|of|on)"
    r"|on behalf of|in (?:memory|honor|charge) of|same as|at the same|such|as well as"
    r"|(?:can|could|would|will) you (?:please |just |also )*(?:tell|give|send|let|help)?(?: me)?)$"
)
_MOSTLY = re.compile(
    r"\b(?:to|for|of|at|in|on|from|by|about|with|without|into|onto|between|near|during|under|per|as"
    r"|his|its|some|any|be|been|being|am|these|those|is|are|was|were|has|have|had|do|does|did|will|would"
    r"|could|should|can|may|might|must|just|only|even|really"
    r"|want|wanted|need|needed|who|what|when|where|how|why|which|while|plus|except|not|dont|didnt|cant"
    r"|isnt|wont|next|last|let me|tell me|give me"
    r"|thinking|planning|supposed|looking|hoping|wondering|trying|i think|i guess|i believe|i suppose"
    r"|actually|so|then|says|(?:lady|man|guy|woman|person|somebody|someone|place|church|street|road"
    r"|something|thing|is|its) (?:named|called))$"
)
_CLOSED_TAIL = re.compile(
    r"\b(?:(?:is|are|was|were) (?:it|he|she|they|that|this|you|there)|right (?:now|then)|ok(?:ay)? then"
    r"|(?:by|see you|until|till) then|day then"
    r"|(?:where|what|who|how|which|why|as|than|if|when|whenever|like|way|all|whatever|everything|anything"
    r"|more|much|that|think|know|sure|believe|hope|suppose|guess|soon|afraid)"
    r" (?:as )?(?:i|we|you|he|she|it|they|that|this|there) (?:is|are|was|were|am|do|does|did|can|could"
    r"|will|would|have|had|has|need|needed|want|wanted)"
    r"|(?:think|guess|hope|believe|suppose|or|even|is that) so|(?:come|drop|log|check|call|stop|sign|turn"
    r"|fill|stay|move|moved|get|let|hand|hang|put|pass|going|still|what goes|whats going) (?:it |me "
    r"|them )?(?:in|on)"
    r"|what for|get (?:off|by|through)|(?:come|stop|drop|pass|came|go|went|swing) by|(?:body|one|person"
    r"|people|who) (?:i can |to )?(?:talk|speak|listen|turn) to"
    r"|(?:dont|didnt|doesnt) (?:really )?(?:know|remember|care|matter|say) (?:who|what|when|where|how|why)"
    r"|(?:then|guess|no matter|so) what|to do|never been|not|thinking (?:of|about) it|what to (?:do|say)"
    r"|(?:looked at|cared for|paid for|prayed for|called for|asked for|sign up for|signed up for|afraid of"
    r"|taken care of|thought of|heard of|worry about|worried about|talked about|used to it)"
    r"|(?:of|in|since|early|late|this|next|last|until|mid|by|for) may|like (?:this|that|these|those)|(?:i|we) "
    r"(?:really )?(?:cant|wont|didnt|couldnt))$"
)
_ELLIPSIS = re.compile(
    r"\b(?:(?:dont|didnt|doesnt|wont|not|never|if (?:you|i|we)|as (?:you|i|we)|than (?:you|i|we)"
    r"|when(?:ever)? (?:you|i|we)|we) (?:really )?(?:want|need|have|like|mean|going|used|supposed|able) to"
    r"|what (?:he|she|they|i|the \w+) said|(?:so|neither|nor) (?:do|am|can|will"
    r"|have|did) (?:i|we))$"
)


_TO_BE_TOLD = re.compile(r"^(?:(?:hi|hello|so|and|well|um+|uh+) )*(?:can|could|would|will|do|did) you$")
_POSSESSIVE = re.compile(r"\b(?:my|our|his|her|the|your|their) \w+['’]s\W*$")
_WHOLE_WITH_S = re.compile(r"\b(?:at|to|from) (?:my|the|his|her|our) \w+$")
_NEEDS_OBJECT = re.compile(
    r"\b(?:get|getting|bring|bringing|having|make|making|find|finding|offer|send|sending|order|rent|buy"
    r"|put|putting|take|taking|give|giving|reschedule|include|including"
    r"|regarding|concerning|depending|instead of|especially|usually|almost|mostly|particularly|several|few"
    r"|couple|many|kind|sort|type|each|such|more|as soon|as far|in order"
    r"|hed|shed|theyd|youd|itd|theyll|youll|itll|theres|thats|theyve|youve|lets|how (?:many|much|long|far"
    r"|often|late|early|old|big|soon)"
    r"|how (?:late|early|old|long|big) (?:is|are|does|do) (?:you|the|it|your)"
    r"|(?:a|an|my|your|our|any|some|his|her|their) (?:new|old|big|little|first|third|main|whole|own"
    r"|different|certain|special|small|large|young|upcoming|next|last|good|really|very|other|single))$"
)
_QUESTION_OF_SUBJECT = re.compile(
    r"(?:is|are|was|were|do|does|did|can|could|will|would|should|has|have) (?:the|your|my|our|a|an|his|her|their) \w+"
)


def trails_off(said: str, *, closed: bool = False) -> bool:
    """Whether the last words call for more, or the utterance is a clause whose main clause is missing.

    `closed`: it answers a question of yes or no.
    """
    written, text = said.rstrip(), words(said)
    if written.endswith(("...", "…", "-", "–", "—", ",", ":")):
        # a recogniser writes a comma or dots where the voice stayed up
        return True
    if is_short_answer(text, closed=closed):
        return False
    core = core_of(text)
    if not core and _LEADS_ON.search(text):
        return True
    if (_FILLER.search(text) and not (core == "" and not _FILLER.search(text.split()[-1]))) or _WAIT.search(text):
        return True
    if _PREFACE.fullmatch(core):
        return True
    answered = closed and core != text
    if (before := _SUBORDINATE.match(core)) and not answered and not _MAIN_CLAUSE.search(core[before.end() :]):
        return not (written.endswith("?") or _AGREES.search(core))
    if (relative := _RELATIVE.match(core)) and len(_FINITE.findall(core[relative.end() :])) <= 1:
        # "my sister who lives in Dayton": the sentence's own verb is still to come
        return True
    if _POSSESSIVE.search(written.lower()) and not _WHOLE_WITH_S.search(text):
        return True
    if _ELLIPSIS.search(core) or (_WHOLE_TAIL.search(text) and not _TO_BE_TOLD.search(text)):
        return False
    if re.search(r"['’]ll\W*$", written):
        return True
    if (
        _ALWAYS.search(text)
        or _BARE_CLAUSE.search(core)
        or (_NEEDS_OBJECT.search(core) and not _asks_wholly(core))
        or _QUESTION_OF_SUBJECT.fullmatch(core)
    ):
        return True
    if _SUBJECT_ONLY.search(core) and not _CLOSED_TAIL.search(core):
        return True
    if not _MOSTLY.search(core) or _CLOSED_TAIL.search(core):
        return False
    if _asks_wholly(core):
        return False
    return not (written.endswith("?") and len(core.split()) >= _FEWEST_IN_QUESTION)


_ENDS_WITH_PREPOSITION = re.compile(
    r"\b(?:to|for|of|at|in|on|from|by|about|with|over|near|around|through|after|before|need|want|have|do"
    r"|number|like|into|bring|get|take|buy|give|send|order|make|find|rent|offer|next|last|then|be|been"
    r"|other)$"
)


def _asks_wholly(core: str) -> bool:
    """A question with a question word may end in its preposition: "What is it about", "what do I need"."""
    return (
        bool(re.match(rf"(?:{_QUESTION_WORD})\b", core))
        and len(core.split()) >= _FEWEST_IN_QUESTION
        and bool(_ENDS_WITH_PREPOSITION.search(core))
    )
