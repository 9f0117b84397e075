"""Which kind of deed a verb with its object names; most verbs of talk, thought and offers name none.

The rule is turned around: a verb that is on no list here is a deed (`OTHER`), as a list of deeds can't be complete.
"""

import re
from functools import cache

from shared.domain.language.change_kinds import BY_OBJECT, BY_VERB
from shared.domain.language.deeds import Deed
from shared.domain.language.text import vocabulary
from shared.domain.language.verbs import bases

RESCUERS = (
    r"(?:911|9 1 1|nine one one|nine eleven|ambulances?|police|paramedics?|fire ?fighters|fire (?:department"
    r"|brigade|truck)"
    r"|emergency (?:services|crews?|responders?|team)|emts?|first responders|authorities|sheriff|rescue|cops"
    r"|officers?"
    r"|poison control|child protective services)"
)
_SOMEBODY = (
    r"(?:some ?one|some ?body|any ?one|a (?:person|human|colleague|real person|live person|member|pastor|priest"
    r"|counsell?or"
    r"|volunteer|representative|specialist)|one of|the (?:\w+ )?(?:pastor|priest|minister|office|team|staff"
    r"|secretary|people"
    r"|elders|deacons?|leaders?|coordinator|director|manager|treasurer|nurse|volunteers|prayer chain|congregation"
    r"|church)"
    r"|our|pastor \w+|father \w+|reverend \w+|him|her|them|every ?one|every ?body|my (?:supervisor|manager|team"
    r"|colleagues?))"
)
_PAYMENTS = (
    r"(?:payments?|donations?|refunds?|cards?|tithes?|offering|deposits?|fees?|bills?|invoices?|money|dollars?"
    r"|transactions?"
    r"|pledges?|checks? for|contributions?|credit card|receipts?|gifts?|charges?|balance)"
)

_HARMLESS = vocabulary(
    """
    able accept admit advise afraid agree answer apologise apologize appreciate assist assume assure be believe
    build care clarify come comment create deal describe design develop doubt encourage end enjoy expect explain
    fear feel finish follow forget gather glad guess guide happen hate hear help hope imagine introduce know lack
    lead learn like limit listen look lose love mean mention mishear miss mistake misunderstand need notice offer
    overhear pause please prefer program programme promise read realise realize recall recap recommend regret remain
    remember repeat rephrase require respect respond say see seem show skip slow sound speak spell stand state stay
    stick suggest summarise summarize suppose suspect talk tell thank think touch train trust understand urge use
    value wait walk want warn welcome willing wish wonder word worry
    """
)
_ALWAYS_TALK = vocabulary(
    """
    answer apologise apologize appreciate believe clarify describe encourage explain feel hear hope imagine know
    learn listen mean mention mishear misunderstand need notice offer recap recommend regret repeat rephrase say
    spell suggest summarise summarize thank think understand wait want wish wonder worry
    """
)
"""Whatever their object is."""

_TABLE: tuple[tuple[Deed | None, re.Pattern[str]], ...] = tuple(
    (deed, re.compile(pattern))
    for deed, pattern in (
        *BY_OBJECT,
        (Deed.OTHER, r"remind you (?:on|in|at|by|the|again|tomorrow|before|when|next|closer|nearer|a)\b"),
        (
            Deed.OTHER,
            r"see (?:to|that (?:it|this|he|she|they|the|your|someone|somebody))\b|(?:stop|come|drop|swing) (?:by"
            r"|over|off)\b(?! saying)|drop in\b"
            r"|(?:meet|visit) (?:you|him|her|them|your)\b|leave (?:\w+ ){0,3}?voice ?mail",
        ),
        (
            Deed.NOTE,
            r"(?:mention|explain|describe|say|repeat|suggest|recommend|discuss|raise|bring|clarify"
            rf"|share) (?:\w+ ){{0,5}}?(?:to|with|up with|up to|before|up at) "
            rf"(?:{_SOMEBODY}|the \w+|father \w+)\b",
        ),
        (Deed.NOTE, r"(?:speak|talk|chat|check|meet) (?:to|with) (?!you\b|me\b|us\b)"),
        (
            Deed.NOTE,
            r"(?:taken|took) (?:down|your|the message|that|it|this|everything|all|note|notes|care"
            r"|a note)\b",
        ),
        (
            Deed.OTHER,
            r"(?:got|gotten) (?!(?:it|that|this|your|everything|you|to|all|a|an|no|some|one|two|three|what|cut"
            r"|lost|used|sidetracked|confused|disconnected|the (?:name|number"
            r"|address|time|date|message|first|last|rest|gist|idea|spelling|feeling|sense|wrong|area)|as far)\b|,"
            r"|$)",
        ),
        (
            Deed.OTHER,
            r"be (?:there|over|by|at (?:the|your)|waiting for|in the office|on my way|picking)\b"
            r"|work on (?:it|that|this|your|getting|the)\b|stop (?:the|your)\b",
        ),
        (
            Deed.OTHER,
            r"try (?:him|her|them|the|again|pastor|that number|another|father|calling|reaching|to reach"
            r"|his|their)\b|(?:proceed|continue) with (?:the|your)\b",
        ),
        # talk with the caller
        (
            None,
            r"(?:ask|tell|remind|urge|advise|invite|warn|help|assist|walk|guide|hear|follow|lead|beg|be|give|send"
            r"|leave) (?:all of )?"
            r"you(?:r (?:choice|decision|time))?\b(?! (?:a (?:call|ring|text|refund|discount|message|confirmation"
            r"|link|seat"
            r"|spot)|an (?:appointment|e ?mail)|(?:the|that|this|our|some|directions|it|one|everything|all|more"
            r"|details"
            r"|another|those|these) ?(?:\w+ )*?(?:by|via|in an?|over|to your) (?:\w+ )?(?:text|e ?mail|mail"
            r"|message|phone|inbox"
            r"|cell|mobile)|over|to|through|home|up|in|back))"
            r"(?<!send you)(?<!leave you)",
        ),
        (None, r"let (?:you (?:know|go|think|decide|say|speak|finish|get|have)|me|us)\b"),
        (
            None,
            r"(?:stop|hold|hang) (?:there|here|on|talking|asking)\b|hold the line|hold$|be (?:brief|quick"
            r"|honest|right|here|glad|happy)\b",
        ),
        (
            None,
            r"(?:correct|change) (?:that|it|the (?:name|number|spelling)|your (?:name|number))(?: to\b| so\b|$)"
            r"|correct (?:myself|me)",
        ),
        (None, r"put (?:it|that|this) (?:this way|differently|simply|another way|briefly)"),
        (
            None,
            r"(?:check|confirm|verify|make sure|double check|ensure) (?:that |if |whether )?(?:i|we|you)\b"
            r"|check in\b|make sure$",
        ),
        (
            None,
            r"(?:confirm|verify|check)(?: that| this| it| those| the details| the spelling"
            r"| one thing)?(?: with you| first)?(?:$| ,)",
        ),
        (None, r"(?:confirm|verify|review|check|go over|note) (?:\w+ ){1,5}?with you\b"),
        (
            None,
            r"(?:look|find|see) (?:forward|into your|to hearing)|find (?:that|it|this) (?:hard|difficult|good"
            r"|helpful|interesting)|see\b",
        ),
        (None, r"do (?:my|our|the|what|everything|all) (?:very )?(?:best|i can|we can|utmost|that i can)\b"),
        (
            None,
            r"get (?:your|started|to (?:the|that|know|it|you|a)|some|a (?:few|little|bit|better|sense|phone|call"
            r"|name|number|lot)|more|going|it right|that right|through (?:this|the|it)|back to (?:the|that"
            r"|your question)"
            r"|what|you right|the (?:name|number|address|spelling|date|message|gist|idea|right|feeling|sense|rest"
            r"|details?)|it|that|this|everything|you|all|off|lost|confused|cut|an? )(?= |$)"
            r"(?!.* (?:sent|booked|passed|over to|set up|done|arranged|scheduled|submitted|fixed|sorted|taken"
            r"|handled|ready|signed|registered|added|approved|moved|cancell?ed|through to"
            r"|to (?:the|him|her|them|pastor|our|somebody|someone)|into|in front of|appointment|ride|seat|spot"
            r"|slot|refund|in on|in at|in for|down for|set)\b)",
        ),
        (
            None,
            r"keep (?:it|this|that|things|my \w+|listening|talking|going|asking|track|the (?:line|call) open"
            r"|in mind|you (?:long|waiting|company)|trying to (?:understand|help))\b(?! (?:in|for you|aside|on))",
        ),
        (
            None,
            r"make (?:sense|sure$|it (?:quick|short|clear|easy|simple|brief)|this (?:quick|short|clear|easy"
            r"|simple|brief)|a mistake|an? (?:suggestion|error|exception)|sure i|time|that mistake|myself)\b",
        ),
        (
            None,
            r"(?:start|begin) (?:by|with|over|from|at|again|on|there|here|in|off|fresh|$|to|saying|asking"
            r"|there)|(?:start|begin)$|(?:continue|proceed)$|(?:continue|proceed|go) (?:on|ahead|over|back|through"
            r"|with (?:that|this|the conversation)|from|as|slowly|step|now|to the|one)\b(?! (?:and|to) (?:the|him|get"
            r"|tell))",
        ),
        (None, r"leave (?:it|that|this|you)(?: at| there| here| to| up| with| alone| out|$)"),
        (
            None,
            r"(?:try|work|go|give|let|keep|stop|take|leave|get|have|make)$|try (?:to|my|our|that (?:again|one)"
            r"|it|this|and)\b|give (?:me|us|an? (?:example|idea|answer)|some|more|advice|the (?:address|hours|details"
            r"|times?|number|directions))\b",
        ),
        (
            None,
            r"ask(?:$| (?:a|an|one|some|about|that you|for (?:your|a|the|you)|again|what|how|which|when|where"
            r"|who|why|because|first|questions?|,|these|those|this|more|just|two|if (?:you|i))\b(?! (?:callback|refund"
            r"|prayer|exception|favor)))",
        ),
        (
            None,
            r"take (?:your|a|an|the|those|any|his|her|their|some|down|all)(?: \w+){0,3}? ?(?:name|names"
            r"|numbers?|messages?|details|information|request|concerns?|time|moment|second|breath|minute|down"
            r"|questions?|calls?)\b(?! (?:off|to|over|back))|take (?:as long|part|place)",
        ),
        (
            None,
            r"have (?:to|a (?:question|few|couple|quick|moment)|one|some|trouble|no|any|difficulty|enough"
            r"|time)\b",
        ),
        (
            None,
            r"confirm your (?:\w+ )?(?:name|number|phone|spelling|e ?mail)\b|call (?:it|this|that|him|her"
            r"|them) (?:the|a|an|our)\b",
        ),
        (
            None,
            r"share (?:with you|what|(?:the|our|some|more|a few|a|an) (?:\w+ )*?(?:with you|information|details"
            r"|thought|verse|times|hours|address"
            r"|schedule|directions|options|facts))\b",
        ),
        (
            None,
            r"run (?:out|late|into|through|over)\b|read (?:it|that|this|them|those|you|back|out|through)\b"
            r"|add (?:that|,|a (?:word|thought))(?: \w+)? ?,?$",
        ),
        (None, r"(?:speak|talk) (?:with|to|about|as|in|for|of|more)?(?: you\b| this| that| it| slowly|$)"),
        (
            None,
            r"reach (?:the|my|a) (?:limit|end|point)\b|check$|come (?:across|to the|from|up)\b|leave (?:it|that"
            r"|this)(?: at| there| here| to| up| with you|$)",
        ),
        (
            None,
            r"(?:take|get) (?:this|it|that|things|one|a (?:moment|breath|second|minute)|your time|my time"
            r"|seriously)"
            r"(?: (?:slow|step|one|seriously|as|straight|right|from you|to mean)|$|\b(?= ,))",
        ),
        # help
        (
            Deed.HELP,
            rf"(?:\w+) (?:\w+ ){{0,8}}?{RESCUERS}\b(?! for you to)",
        ),
        (Deed.HELP, r"(?:send|dispatch|get|call|summon|request) (?:\w+ ){0,2}?help\b(?! you)"),
        # transfer
        (
            Deed.TRANSFER,
            r"(?:transfer|connect|patch|route|reroute|redirect|bridge|reconnect|conference) |(?:transfer|connect"
            r"|patch)$"
            rf"|put (?:\w+ ){{1,3}}?(?:through|on hold|in touch|in contact|on with)\b|hand (?:you|this|the|over)\b"
            r"|pass you\b|switch you|get (?:you )?(?:right |straight )?(?:over "
            rf"|through )?(?:to )?{_SOMEBODY}\b(?! (?:to|who) (?:call|ring|phone|contact|pray|get))"
            rf"|get you (?:through|over|to)\b|(?:bring|loop|add) (?:in )?{_SOMEBODY}\b(?!.* list)|let you (?:speak"
            r"|talk) (?:to|with)|ring (?:through|the)"
            r"|(?:send|take) (?:you|your call) (?:over |through |straight |right |back )*to\b|dial|forward (?:you"
            r"|your call|this call|the call)\b",
        ),
        # money
        (
            Deed.PAY,
            rf"(?:charge|refund|donate|pay|debit|credit|bill|reimburse|waive|deduct)(?:$| )"
            rf"|\w+ (?:\w+ ){{0,4}}?{_PAYMENTS}\b",
        ),
        # call back
        (
            Deed.CALL_BACK,
            r"(?:(?:have|get|ask|arrange for|tell|make sure|see that"
            rf"|ensure) (?:that )?{_SOMEBODY} (?:\w+ ){{0,5}}?)?(?:to )?"
            r"(?:(?:call|ring|phone|contact|reach|ringing|calling|calls|contacts|reaches)(?: out)?(?: to)? (?:you"
            r"|your (?:mother|father|wife|husband|family|home|cell|number)|back)"
            r"|get back (?:to|with) you|follow up|be in touch|gets? in touch|reach out(?! for help)"
            r"|return your call|give you (?:a|another) (?:call|ring))\b",
        ),
        (Deed.CALL_BACK, r"\w+ (?:\w+ ){0,4}?(?:call ?backs?|return call)\b(?! number)"),
        # messages
        (
            Deed.SEND,
            r"(?:text|e ?mail|mail|message|fax|sms|whatsapp|dm)(?:$| )|(?:send|forward|drop|shoot|resend) (?:you"
            r"|her|him|them)\b"
            r"|(?:send|forward|share|resend|deliver|dispatch|trigger|generate|get|give) (?:\w+ ){0,6}?"
            r"(?:texts?|e ?mails?|link|sms|directions|form|forms|confirmation|brochure|packet|copy|code|invitation"
            r"|attachment|pdf|newsletter)\b"
            r"|(?:send|forward|resend) (?:\w+ ){0,5}?to your (?:phone|inbox|cell|mobile|e ?mail|house|home)",
        ),
        # prayer
        (
            Deed.PRAY,
            rf"(?:have|ask|get) {_SOMEBODY} (?:\w+ ){{0,3}}?pray\b|pray(?:$| )|(?:say|offer|lift|speak"
            rf"|whisper) (?:\w+ ){{0,3}}?(?:prayers?|you up|up in prayer|blessing)\b"
            r"|(?:keep|hold|carry|remember) (?:\w+ ){1,4}?in (?:\w+ ){0,2}?(?:prayers?|thoughts)\b|(?:bless|anoint"
            r"|light a candle)\b",
        ),
        # passed on
        (
            Deed.NOTE,
            r"(?:pass|submit|save|store|log|record|relay|notify|inform|alert|jot|file|enter|flag|escalate|page"
            r"|report|document"
            rf"|capture|register your|send|forward|deliver|share|write|put|note|receive)(?:$| )"
            r"|(?:tell|ask|remind|warn|update|brief|consult|contact|call|phone|ring|reach|reach out to|message"
            r"|give|leave|check with"
            rf"|speak (?:to|with)|talk (?:to|with)|see that|make sure|ensure|have|let) (?:that )?(?:{_SOMEBODY}"
            r"|(?:it|that|this|your \w+)(?: \w+)? (?:is|are|gets?|reach|reaches|goes|makes?)\b)"
            rf"|make (?:sure|certain) (?:that )?(?:it|that|this|your|he|she|they|some|every)"
            r"|(?:make|take|leave) (?:a |an |your |the |him |her |them |some |careful )*(?:notes?|message)(?: of"
            r"| about| for| that| to| with)?\b"
            r"|(?:take|get) (?:that|it|this|your \w+(?: \w+)?|all of that|everything) (?:down|to|into|over|across"
            r"|in front of)\b"
            rf"|add (?:\w+ ){{0,6}}?(?:prayers?|list|notes?|file)\b|(?:get|have) (?:\w+ ){{1,4}}?(?:sent|passed"
            r"|submitted|noted|saved|logged|written|recorded|delivered)\b"
            r"|give (?:the|it|that|this|your|them|him|her|every ?one)\b|get (?:the|it|that|this|your"
            rf"|them) (?:\w+ ){0, 3}?(?:to|into) ",
        ),
        *BY_VERB,
        # looked up
        (
            Deed.LOOK_UP,
            r"(?:check|look|search|pull|research|investigate|verify|review|access|locate|track|examine|scan"
            r"|consult|browse|double check|dig|query|find|open|retrieve)(?:$| )",
        ),
        (
            Deed.OTHER,
            r"(?:do|handle|fix|solve|process|resolve|sort|settle|finish) (?:that|it|this|everything"
            r"|all)\b|make it happen|take care of|deal with|see to it|go (?:and )?(?:get|ask|find|check|see|tell|speak"
            r"|fetch|grab|look|talk)\b"
            r"|have (?:it|that|this|your|you|everything|them) (?:\w+ ){0,3}?(?:\w+ed|ready|done|waiting|sent|there"
            r"|out|set)\b|have (?:him|her|them|some ?one|some ?body|the \w+|our \w+)|get (?:it|that|this) (?:done"
            r"|fixed|sorted|taken|handled)|give (?:my|you my) word",
        ),
    )
)


def deed_of(verb: str, rest: str) -> Deed | None:
    """The kind of deed that `verb` (in any form) with the words after it claims; None for talk, thought and feeling."""
    known = bases(verb)
    if any(base in _ALWAYS_TALK for base in known):
        return None
    for deed, pattern in _TABLE:
        for base in known:
            if pattern.match(f"{base} {rest}".rstrip(" ,")):
                return deed
    return None if any(base in _HARMLESS for base in known) else Deed.OTHER


_NOUNS = {
    "booking": Deed.BOOK,
    "appointment": Deed.BOOK,
    "reservation": Deed.BOOK,
    "rental": Deed.BOOK,
    "visit": Deed.BOOK,
    "slot": Deed.BOOK,
    "registration": Deed.BOOK,
    "rescheduling": Deed.MOVE,
    "cancellation": Deed.CANCEL,
    "cancelation": Deed.CANCEL,
    "confirmation": Deed.CONFIRM,
    "deletion": Deed.DELETE,
    "completion": Deed.COMPLETE,
    "callback": Deed.CALL_BACK,
    "prayer": Deed.PRAY,
    "message": Deed.SEND,
    "entry": Deed.ADD,
    "task": Deed.ADD,
    "create": Deed.ADD,
    "list": Deed.LOOK_UP,
    "read": Deed.LOOK_UP,
    "show": Deed.LOOK_UP,
    "get": Deed.LOOK_UP,
    "recall": Deed.LOOK_UP,
}


@cache
def deed_named(name: str, *, by_verb: bool = False) -> Deed | None:
    """The deed that a tool or a kind of row is named for: `cancel_visit`, `cancellation`. None where the name doesn't
    tell. `by_verb`: a noun alone (`appointment`) doesn't."""
    parts = name.lower().replace("-", "_").split("_")
    for at, word in enumerate(parts):
        deed = None if _NOUNS.keys() & set(bases(word)) else deed_of(word, " ".join(parts[at + 1 :]))
        if deed not in (None, Deed.OTHER, Deed.HELP):
            return deed
    if by_verb:
        return None
    return next((_NOUNS[word] for word in parts if word in _NOUNS), None)
