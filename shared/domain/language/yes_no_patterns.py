"""Patterns, over `text.words`, of what an answer to a yes-or-no question is made of."""

import re

POLITE = re.compile(
    r"\b(?:if (?:thats|that is|its|it is) (?:ok|okay|alright|all right|fine|possible|not too much trouble)"
    r"(?: (?:with|for) you)?"
    r"|if (?:it|that|this) (?:helps|is helpful|makes (?:it|things) easier)(?: (?:you|anyone|anybody|us|out))*"
    r"|if you (?:need|have|want|like) (?:to|it|that)|(?:as|all|whatever|however|do what(?:ever)?) you (?:like|want"
    r"|wish|please|need|see fit|have to|need to|must)(?: (?:to )?do)?"
    r"|if you (?:like|want|wish|dont mind|would|could|can|will|please|must|need to|have to|want to)(?=$| please"
    r"| thank| yes))\b"
)
HESITANT = re.compile(
    r"\b(?:(?:im|i am|were|we are|yes|still) (?:still |right )?(?:here|there)\b|still on the line"
    r"|not (?:so |too |really |quite |entirely |completely |totally |100 percent )?(?:sure|certain)|i ?dont know"
    r"|i do not know|dunno|maybe|perhaps|possibly|it depends|that depends|depends"
    r"|let me (?:think|see|check|ask)|what do you mean|i dont (?:understand|follow|get it)|only if|as long as|unless"
    r"|not yet|say (?:that|it) again|come again|hold on|hang on|wait a|one (?:moment|second|sec|minute)"
    r"|just a (?:moment"
    r"|second|sec|minute)|give me a|in a (?:moment|minute|second|sec))\b"
)
"""Neither yes nor no, whatever else the caller says: they hesitate, or say that they are there."""

IDIOMATIC_YES = re.compile(
    r"\b(?:no (?:trouble|problem|problems|worries|issue|issues|objection|objections|prob)(?: (?:with|to) (?:that"
    r"|it))?"
    r"(?: (?:here|at all|from me|whatsoever))*"
    r"|not a problem(?: at all)?|(?:i )?(?:dont|do not|wouldnt|would not) (?:really )?(?:mind|care)"
    r"(?: (?:at all|it|that|if you do|one bit|either way))*"
    r"|(?:i )?(?:dont|do not|cant|cannot) (?:see|think of) (?:a reason |any reason )?why not|why not"
    r"|(?:i )?(?:dont|do not) (?:have|see) (?:a|any) (?:problem|issue|objection|objections)(?: (?:with|to) (?:that"
    r"|it))?"
    r"|(?:i |ive (?:got )?)?(?:have )?no (?:problem|problems|issue|issues|objection|objections)(?: (?:with"
    r"|to) (?:that|it))?"
    r"(?: (?:here|at all|from me|whatsoever))*"
    r"|(?:it |that )?(?:doesnt|does not|wont|will not) bother me(?: (?:at all|any|one bit))*|(?:it )?(?:couldnt"
    r"|cant) hurt"
    r"|(?:i have |ive (?:got )?)?nothing (?:against (?:it|that)|to hide)|no reason not to|no complaints"
    r"|(?:i )?(?:couldnt|could not) (?:have said it|agree|be) (?:better|more)(?: myself)?|(?:wouldnt"
    r"|would not) change a "
    r"(?:thing|word)|(?:dont|do not) change a (?:thing|word)|no (?:changes?|corrections?|mistakes?"
    r"|errors?)(?: needed)?(?! (?:it|that|this|the|my|me|to)\b)"
    r"|nothing (?:to (?:change|correct|add|fix)|wrong(?: with (?:that|it))?)"
    r"|(?:^|(?<=yes )|(?<=yeah )|(?<=please ))(?:would|could|can|will) you(?: please| kindly)?(?: (?:do (?:that|it"
    r"|so)"
    r"|send (?:that|it)(?: (?:off|in|on|along|over|through))?|pass (?:that|it) (?:on|along)))?(?: please| thank you"
    r"| thanks)*$"
    r"|i (?:have|see|can see|could see|can think of) no reason (?:not|why not))\b"
)
"""A yes with a no or a question in it."""

_THE_EFFECT = r"(?:it|that|this|them|so|the (?:request|message|prayer|note|call))"
FIRM_YES = re.compile(
    r"\b(?:go(?: right)? ?a ?head(?: (?:and|then|with) (?:(?:record|tape|send|submit|do|pass)(?:ing)? )?"
    rf"{_THE_EFFECT}?)?|please do(?: {_THE_EFFECT})?|(?:lets )?do {_THE_EFFECT}|by all means|be my guest|feel free"
    r"|of course(?: you (?:can|may))?|absolutely|certainly|definitely|indeed|gladly|naturally|obviously"
    r"|without (?:a |any )?"
    r"(?:doubt|question)"
    r"|(?:thats|that is|thatll be|that would be|thatd be|that sounds|that looks|that seems|its|it is|it sounds"
    r"|it looks|all"
    r"|sounds|looks|seems|its all|thats all|that is all|this is|everything is|everythings|everything looks|everything"
    r"|all of (?:that|it) is|you are|youre|yours is) "
    r"(?:perfectly |totally |absolutely |quite |all |just |completely |exactly |entirely |pretty |very "
    r"|100 percent |really )*"
    r"(?:fine|ok|okay|good|great|perfect|alright|all right|right|correct|cool|accurate|lovely|wonderful|it exactly"
    r"|exactly it"
    r"|spot on|acceptable|true|in order|the one|right on|a yes)"
    r"|(?:im|i am|were|we are) (?:perfectly |totally |quite |completely |all )?(?:fine|ok|okay|good|happy|comfortable"
    r"|cool|alright|all right) (?:with|for you|to be|about)(?: (?:that|it|this|being recorded|recorded))?"
    r"|(?:fine|ok|okay|good|alright|all right|cool) (?:with|by|for) (?:me|us)|works(?: for (?:me|us)| fine| great)?"
    r"|that works"
    r"|you nailed it|right you are|(?:ill|i will|i) allow it|(?:it )?(?:doesnt|does not) matter to me"
    r"|you (?:read|said|heard|wrote|took|spelled) (?:it|that|everything)(?: all| back| down)*"
    r" (?:right|correctly|perfectly)"
    r"|thatll (?:work|do)|you(?:ve| have)? got (?:it|that|everything|all of (?:it|that))(?: (?:all|exactly"
    r"|perfectly))?"
    r"(?: right| correct| down| spot on)?|you have (?:it|that) right"
    r"|i (?:do |hereby |can )?(?:agree|consent|accept|approve|confirm|allow (?:it|that|this|you)|permit (?:it|that)"
    r"|give (?:you )?(?:my )?(?:permission|consent|okay|ok)"
    r"|concur)(?: (?:to|with|on) (?:that|it|this))?"
    r"|(?:you have |youve got )?my (?:permission|consent|okay|ok|blessing)|(?:its |thats |its been "
    r"|that is )?confirmed"
    r"|you (?:can|may)(?: certainly| absolutely| of course| surely)?(?: go ahead(?: and)?| record| send| do that"
    r"| do it| tape)"
    rf"(?: {_THE_EFFECT}| me)?"
    rf"|(?:send|submit|pass|put|forward|file|post|book|reserve|schedule|order|confirm|save|add"
    rf"|place) (?:{_THE_EFFECT}|away)(?: (?:away|off|in|on|along|over|through"
    rf"|out|down))*"
    r"|(?:record|tape) (?:it|this|that|me|the call|away|us)"
    r"|(?:exactly|precisely)(?: (?:right|that|so))?|correct|spot on|right on(?: the (?:money|nose|button))?"
    r"|on the (?:money|nose|dot)|bang on|bingo|amen to that|amen"
    r"|please send|you bet|you betcha|go for it|for sure|affirmative|agreed|granted|deal|roger(?: that)?|ten four"
    r"|10 4|done deal"
    r"|(?:it|that|this) (?:is|does|would|will|has)(?: indeed)?(?=$| please| thank| yes| indeed)|i (?:would|do|am"
    r"|will)"
    r"(?=$| please| thank| yes| indeed)"
    r"|you (?:can|may)(?=$| please| thank| yes| indeed)|(?:it is|i would|i do|you may|you can)(?= please| thank"
    r"| yes|$)"
    r"|(?:i|we) (?:would|d) (?:really )?(?:appreciate|love|like) (?:that|it|this)|(?:id"
    r"|wed) (?:really )?(?:appreciate|love"
    r"|like|be grateful for) (?:that|it|this|you to(?: (?:send|do|submit|pass) (?:it|that|this)(?: on)?)?)"
    r"|i (?:would like|want) you to (?:send|do|submit|pass) (?:it|that|this)(?: on)?"
    r"|i (?:would like|want|need|do want) (?:that|it|this)(?: (?:sent|done|passed on|submitted))?"
    r"|(?:that|it)(?: would| will|d|ll)? (?:be )?(?:lovely|wonderful|helpful|appreciated|kind|nice)"
    r"|(?:much |greatly )?appreciated|(?:right )?that was (?:right|correct|it|what i said)|i (?:said|say) (?:yes"
    r"|yeah|okay|sure)"
    r"|it sure is|sure is|sure does|thats (?:what i (?:said|want|wanted|meant)|my (?:number|name|request|message)"
    r"|me|the (?:right )?"
    r"(?:number|one|name)|him|her|them|it)|that is (?:what i (?:said|want|wanted|meant)|my (?:number|name|request"
    r"|message)|me"
    r"|the (?:right )?(?:number|one|name)|him|her|it)|(?:those|these) are (?:right|correct)"
    r"|knock yourself out|record away|i stand by (?:it|that)|let it (?:go|roll)|the answer is yes)\b"
)

YES = re.compile(
    r"\b(?:ye+s+|yess+|yeah+|yea|yeh|ye|yep+|yup+|ya|yah|yas|aye|uh huh|mm ?hm+|mhm+|mmhmm+|uhhuh|si|oui|yessir"
    r"|yes sir"
    r"|yes maam|oh yes|oh yeah|totally|true|yes indeed)\b"
)
SOFT_YES = re.compile(
    r"\b(?:sure(?: thing)?|ok|okay|okey(?: dokey)?|k|fine|alright|all right|alrighty|right|good|great|perfect"
    r"|please|surely|cool"
    r"|wonderful|lovely|excellent|very well|fair enough|sounds like a plan|fantastic|awesome)\b"
)
"""Words that often only fill a pause: a yes when nothing else is said."""

FIRM_NO = re.compile(
    r"\b(?:rather (?:you |we |it |this |that )?(?:didnt|did not|not|wouldnt|dont)|prefer (?:not|you didnt"
    r"|if you didnt|that you dont)"
    r"|no (?:thank you|thanks|thankyou|way|sir|maam|recording|chance)|know thank(?:s| you)"
    r"|(?:please )?(?:dont|do not|didnt ask you to|never) (?:do (?:it|that|this)|record\w*|tape|send|save"
    r"|submit|go ahead|want|wish|consent"
    r"|agree|think so|like|allow|keep|write|pass|book|call|feel comfortable|i repeat|bother)"
    r"|please dont|please do not|please no|not exactly|(?:dont|do not|didnt) think (?:so|that|thats|its|it|you"
    r"|i|we)|better if you (?:didnt|dont)|isnt what i (?:meant|said|asked|wanted)|can (?:you"
    r"|we) (?:please )?not|could (?:you|we) (?:please )?not"
    r"|would you mind not"
    r"|(?:thats|it is|its|that is|this is|youre|hes|shes|mine is|name is|number is|names|numbers) not"
    r"(?! (?:ok|okay|fine|right|good|bad|correct|a|an|too|so|comfortable)\b)"
    r"|not (?:even |at all )?(?:close|it|my|me|him|her)|(?:isnt|wasnt|aint) (?:it|my|me|him|her|the|what|right|close)"
    r"|(?:you )?(?:misheard|misunderstood|mixed (?:it|that|them|me) up|messed (?:it|that) up|got (?:the wrong"
    r"|my \w+ wrong))"
    r"|you (?:didnt|did not) (?:get|hear|understand|catch)|mistaken|a mistake|not (?:really|okay|ok|fine|right"
    r"|correct|quite|comfortable|happy|allowed|recorded|record(?:ing)?|today"
    r"|good|true|what i said|quite right|at all|interested|necessary|for me|what i \w+)"
    r"|isnt (?:right|correct|okay|ok|fine|what i said|true)|wasnt (?:right|correct)|(?:thats|its|is|was"
    r"|youve got it|you got it|got that) "
    r"(?:all |just |completely )?(?:wrong|incorrect)|wrong|incorrect|absolutely not|definitely not"
    r"|certainly not|of course not|under no circumstances|by no means|no need(?: (?:to|for that))?"
    r"|i (?:refuse|decline|object|opt out|disagree|say no|said no)|id have to say no|against (?:it|that"
    r"|being recorded)"
    r"|without (?:the |a |any )?recording|off the record|leave it off|turn it off|stop recording"
    r"|(?:im|i am|were|we are|id be) (?:all )?(?:good|set|fine|okay|ok)(?= (?:thanks|thank|for now|without)\b)"
    r"|(?:im|i am|were|we are) (?:all )?(?:good|set)$|(?:ill|i will|im going to|im gonna|id) (?:have to )?pass$"
    r"|(?:ill|i will) pass (?:thanks|thank|on (?:that|it|this))|no (?:can|go) do|(?:say|saying) no"
    r"|sooner you (?:did not|didnt)|never ?mind|(?:can|could|would) (?:you|we) (?:please )?not)\b"
)
CANCELS = re.compile(
    r"\b(?:(?:just |lets |please )?forget (?:about )?(?:it|that|this|the (?:whole )?(?:thing|request|message|prayer"
    r"|call ?back))|never ?mind"
    r"(?: (?:that|it|about (?:it|that)))?"
    r"|(?:cancel|scratch|scrap|drop|skip|ditch|strike|disregard|ignore|delete|erase|undo|toss|kill|stop|throw out"
    r"|get rid of)"
    r"(?: (?:it|that|this|them|all|of|everything|the|my|whole|entire|thing|request|message|prayer|call|callback"
    r"|back))+"
    r"(?! (?:as|in|at|on|like|open)\b)|leave (?:it|that)(?: (?:be|out|off|alone))?(?= please|$| for now| thank)"
    r"|(?:dont|do not|please dont) (?:send|submit|pass|do|bother with|worry about) (?:it|that|this|anything)"
    r"|(?:ive |i have |i )?changed my mind|(?:on )?second thoughts?|lets (?:not|forget it|leave it|drop it"
    r"|skip (?:it|that))"
    r"|(?:not|isnt) (?:going to|gonna) (?:need|want) (?:it|that)|(?:i )?(?:dont|do not) (?:want|need) (?:it|that"
    r"|this|to)"
    r"(?: (?:sent|anymore|any more|after all|now))*|hold off(?: on (?:it|that))?|(?:lets |can we |i want to "
    r"|could we )?start (?:all )?over|dont bother|no longer (?:want|need)"
    r"|(?:i |id )?(?:would |d )?(?:rather|prefer) (?:not|you didnt|you not)|(?:please )?(?:dont|do not)(?=$| please"
    r"| thank)"
    r"|take (?:it|that) back)\b"
)
"""The caller wants the pending thing dropped, whatever else they say."""

NO = re.compile(
    r"\b(?:no(?! (?:idea|one|longer|matter|doubt|reason)\b)|nope|nah|naw|noo+|negative|not|nay|never)\b|^(?:n?uh uh"
    r"|mm mm)$"
)
LEADING_NO = re.compile(
    r"^(?:(?:um+|uh+|er+|hm+|oh|ah|well|sorry|actually|wait|so|okay|ok|please) )*"
    r"(?:no+|nope|nah|naw|nay)\b(?! (?:idea|one|longer|matter|doubt|reason)\b)"
)
NEGATED = re.compile(
    r"\b(?:dont|do not|cant|cannot|isnt|doesnt|wasnt|wont|didnt|arent|hardly|without|nor|shouldnt|couldnt|wouldnt"
    r"|aint)\b"
)
"""A negation that no phrase above explains; beside a yes it makes the answer unclear."""

_FILLING_PHRASES = (
    r"i (?:guess|suppose|think|believe|said|reckon|imagine)(?: so)?|what i (?:said|want|wanted|meant|told you)"
    r"|(?:im|i am) aware(?: of (?:it|that))?|as far as i (?:know|can tell)|thanks a (?:lot|million)"
    r"|to be (?:sure|honest)|from my (?:side|end)|god bless(?: you)?|about (?:right|it)|go on(?: then)?"
    r"|youre welcome|over and out|i understand|for checking|many thanks|if anything|i trust you|i hear you"
    r"|for asking|thank you|very much|bless you|also fine|with that|my friend|good work|once more|you know"
    r"|no doubt|so much|with me|on that|my dear|for you|ever so|i mean|for me|got it|it out|a lot|to me|by me"
    r"|of it"
)
_FILLING_WORDS = (
    r"um+|uh+|er+|erm|hm+|mm+|oh|ah|aha|well|so|like|just|please|thanks|thank|kindly|that|thats|this|is|its|it"
    r"|guess|suppose|think|really|very|sir|maam|dear|honey|love|sweetie|friend|buddy|then|now|honestly|actually"
    r"|anyway|too|all|again|do|does|be|the|a|and|whatever|understood|gotcha|there|sure|course|quite|pretty|much"
    r"|hon|im|id|ill|ive|youre|were|we|us|our|my|your|with|for|at|of|on|in|by|i|me|perfectly|completely|entirely"
)
FILLER = re.compile(rf"\b(?:{_FILLING_PHRASES}|{_FILLING_WORDS})\b")
"""Fills pauses, is polite, or points at what was asked: says nothing of its own beside a yes or a no."""

NEVER_REPEATED = frozenset(
    (
        *("if", "but", "except", "when", "unless", "until", "after", "before", "only", "or", "instead", "not", "no"),
        *("different", "change", "changed", "wrong", "also", "another", "add", "other", "else", "than", "because"),
        *("though", "although", "however", "rather", "first", "actually"),
        *("what", "where", "who", "which", "how", "why", "whose"),
    )
)
"""A repeat of what was asked has none of these, even where the question has them."""
