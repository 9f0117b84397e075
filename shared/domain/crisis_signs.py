"""The wordings by which danger to the caller is told: thoughts of suicide, self-harm, danger at home.

Patterns over `utterance.words`, changed only with their test tables. Better one too many than one too few: only what is
clearly a figure of speech is left out (`danger_signs.FIGURES_OF_SPEECH`).
"""

import re

from shared.domain.danger_signs import KIN, WEAPON

_HE = (
    r"(?:he|she|hes|shes|they|theyre|someone|somebody|husband|wife|boyfriend|girlfriend|fiance|partner|father"
    r"|dad|mother|mom|mum"
    r"|stepfather|stepdad|stepmother|stepmom|uncle|brother|son|daughter|ex|roommate|grandfather|grandmother|man|guy)"
)
_ONESELF = r"(?:my ?self|him ?self|her ?self|them ?sel(?:f|ves)|our ?selves)"
_ANY_LONGER = r"any ?(?:more|longer)"
_ELSEWHERE = r"(?! (?:in|at|on|to|there|by|with|near|so far|the|sundays?|mondays?|wednesdays?|saturdays?)\b)"
_VIOLENCE = r"(?:kill|hurt|shoot|stab|beat|strangle|harm|murder)"

DESPAIR = (
    # life isn't wanted, or can't be borne
    re.compile(
        r"\b(?:dont|do not|doesnt|does not|not|never|no longer) (?:\w+ ){0,4}?(?:want|wants|wanna|wish|care|can"
        r"|feel like)"
        r" (?:to |if i )?(?:be alive|being alive|live|living|exist|existing|keep living|go on living|be living"
        rf"|keep going|wake up|(?:be|being) here {_ANY_LONGER}|be around {_ANY_LONGER}|do (?:this"
        rf"|life) {_ANY_LONGER})\b" + _ELSEWHERE
    ),
    re.compile(
        r"\b(?:(?:done|finished|fed up|had enough|sick|tired|exhausted) (?:of |with )?"
        r"(?:living|life|being alive|existing|this life|my life)(?! (?:group|insurance|coach|in|at|with))"
        r"|(?:lost|losing|no|without) (?:the |my |all |any )*(?:will|wish|desire) to (?:live|go on)"
        r"|(?:hate|hates|hating) (?:my|his|her) life|life (?:has|have|holds) no (?:meaning|point|purpose)"
        rf"|cant (?:\w+ )?(?:fight|cope|carry on|keep fighting|go through this)(?: \w+)? {_ANY_LONGER}"
        r"|im giving up(?:$| on (?:life|living|everything|myself))|end of my rope(?! with)"
        r"|(?:no|only|see a|see any|see another) (?:other )?way out(?! of the| on| to)"
        r"|deserve to (?:live|be alive)|(?:wont|will not|not) be (?:here|around|alive) (?:much longer"
        r"|for long|in the morning|any ?more)|last (?:night|day|words) (?:on|of) (?:this |the |my )?(?:earth|life))\b"
    ),
    re.compile(
        r"\b(?:(?:whats|what is|wheres|see|not|is there) (?:the|a|any) (?:point|use|sense|reason) (?:of|in|to"
        r"|for me to) "
        r"(?:living|live|life|being alive|be alive|waking up|carry on|carrying on|(?:go|going) on(?: living)?$"
        r"|exist\w*)"
        r"|why (?:should|would|do|am|must) i (?:even |still |have to |bother to )*(?:go on living|go on$"
        r"|keep living|keep going"
        rf"|live$|live {_ANY_LONGER}|alive)|reason to (?:live|be alive|wake up|keep living))\b"
    ),
    # death, or an end of it, is wished for
    re.compile(
        r"\b(?:i (?:\w+ )?(?:might as well|should|ought to|deserve to) (?:just |really )?(?:be dead|die)"
        r"|feel(?:s|ing)? like dying(?! (?:my|the|it))|(?:want|wanna|wish|like|rather) (?:to )?(?:just )?"
        r"(?:be gone|not be alive"
        r"|not live|be no more)(?:$| for good| forever| already)"
        r"|(?:want|need|wish|wanted) (?:it|this|everything) (?:all )?to (?:all )?(?:be over|stop|end)"
        r"(?:$| now| tonight| forever| for good)"
        r"|(?:want|need|wish|wanted) (?:the|my|this) (?:pain|suffering|misery|life) to (?:be over|stop|end)"
        r"|(?:wish|want|hope|pray|praying|rather|could) (?:\w+ ){0,6}?(?:not|never|dont|didnt|wouldnt) "
        r"(?:have to )?wake up"
        r"(?! (?:early|at|before|in time|late|so|the|him|her|them|sick|tired))"
        r"|(?:god|lord|jesus) (?:would |could |to |please |will )*(?:just )?take me(?: home)?(?: now| away"
        r"| tonight| already|$)"
        r"|(?:want|wanna|going|gonna|ready|time|need) (?:to )?(?:just )?(?:be with|join|follow) (?:him|her|them"
        r"|my \w+) "
        r"(?:\w+ )?in (?:heaven|the grave|death)(?! (?:someday|one day|when))"
        r"|(?:ready|going|want|time) to (?:meet|face) my maker)\b"
    ),
    re.compile(
        r"\b(?:think|thinking|thinks|thought|thoughts|dream|dreaming|fantasi\w+) (?:about|of) (?:just )?(?:not "
        r"(?:being|waking"
        r"|existing|living)(?: (?:here|alive|up))?(?! able| on| at| in)|being dead|being gone|jumping(?! in| on"
        r"| at)|no longer "
        r"(?:being|living))\b"
        r"|\bbetter off if (?:i|im) (?:\w+ ){0,2}?(?:here|gone|dead|around|died|alive|away|exist\w*|disappeared)\b"
        r"|\b(?:no ?body|no one) would (?:even )?(?:miss|care|notice|cry)(?: me)? (?:if|when) (?:i|im) (?:\w+ )?"
        r"(?:died|dead|gone|die|disappeared)\b"
    ),
    re.compile(
        r"\b(?:i|ill|id|im|decided|he|hes|she|shes) (?:\w+ ){0,4}?end (?:it|things|everything)(?: all)?"
        r"(?:$| tonight| now| today| for good| forever)"
    ),
    # ways and means
    re.compile(
        r"\b(?:(?:driv(?:e|ing)|walk(?:ing)?|step(?:ping)?|run(?:ning)?|crash(?:ing)?) (?:\w+ ){0,3}?(?:off (?:a"
        r"|the|this|that)"
        r" (?:\w+ )?(?:bridge|cliff|road|overpass)|into (?:the )?(?:oncoming )?traffic|into (?:a|the) (?:tree|wall)"
        r"|in front of (?:a|the) (?:train|bus|car|truck))"
        r"|(?:sitting|standing|lying|stood|sat|climbed) (?:out |up )?on (?:the|a|this) (?:train |railroad "
        r"|railway )?(?:tracks|rails"
        r"|ledge|edge|roof|rooftop|bridge|overpass|railing)"
        r"|(?:swallow|take|down|took|taking|swallowing) (?:all|every one of|the whole|this whole|the entire) "
        r"(?:of )?(?:my |the "
        r"|these |those |bottle of )*(?:\w+ )?(?:pills?|tablets|meds|medication|bottle)"
        r"|(?:pills|gun|pistol|rope|razor|blade|noose) (?:right |is |are )*(?:here |ready )?(?:in front of me"
        r"|in my (?:hand|lap)"
        r"|next to me|beside me|on my lap|to my head)"
        r"|(?:loaded|loading) (?:the|a|my|his|her) (?:gun|pistol|rifle|shotgun)|loaded gun|gun is loaded"
        r"|i have the gun|noose"
        r"|(?:goodbye|suicide) (?:note|letter)s?)\b"
    ),
    re.compile(
        r"\b(?:(?:cut|cuts|cutting|burns?|burning|slits?|slitting|slash(?:es|ed|ing)?|slic(?:e|es|ed|ing)) "
        r"(?:up )?(?:my|her|his"
        r"|their) (?:own )?(?:arms|wrists?|legs|thighs|skin|veins)"
        r"|burn(?:ed|ing|s)? (?:my|her|his) \w+ with (?:a |the )?(?:cigarettes?|lighter)"
        r"|(?:started|been|back to|keeps?|stop|stopped) cutting(?: again| to feel| at night|$))\b"
    ),
)

AT_HOME = (
    re.compile(
        r"\b(?:hell|shell|hed|shed|theyll|he will|she will|they will|he would|she would|he might|she might) "
        r"(?:\w+ ){0,2}?"
        rf"{_VIOLENCE} (?:me|us|(?:my|our) {KIN}|the (?:kids|children|baby))\b"
        r"(?! (?:if i(?! (?:leave|left|tell|go|call|talk|report|ever|try|say|dont come|get))|when|for|because i"
        r"|over|at|in|to)\b)"
    ),
    re.compile(
        rf"\b{_HE} (?:\w+ ){{0,4}}?(?:push(?:es|ed|ing)?|shov(?:es|ed|ing)|thr(?:ows|ew|owing)|slam(?:s|med|ming)"
        rf"|drag(?:s|ged|ging)|knock(?:s|ed)) (?:me|us|(?:my|our) {KIN}) "
        r"(?:(?:down|against|across|around|through|out)\b(?! for)|(?:in)?to (?:the|a) (?:wall|door|floor|ground"
        r"|table)"
        r"|on the (?:floor|ground)|by the)"
    ),
    re.compile(
        r"\b(?:hands?|arms?|belt|cord|fingers) (?:a?round|on) my (?:neck|throat)|\b(?:me|us|her|him) by (?:the|my"
        r"|her|his) "
        r"(?:throat|neck|hair)\b|\bthr(?:ows|ew|owing) (?:\w+ ){1,2}?at (?:me|us|the kids|the children)\b"
    ),
    re.compile(
        rf"\b{_HE} (?:\w+ )?touches (?:me|my {KIN})(?! (?:deeply|with|so|heart))"
        rf"|\btouch(?:es|ed|ing) (?:me|my {KIN}) (?:at night|down there|inappropriately|there|in bed|sexually"
        rf"|where|under)\b"
        rf"|\b{_HE} (?:\w+ )?(?:keeps|kept|wont stop|tries to|tried to|started) touch(?:ing)? (?:me|my {KIN})\b"
        r"|\b(?:makes|made|making|forces|forced|forcing) (?:me|us|her|him) (?:to |into )?(?:do (?:things"
        r"|stuff) (?:\w+ )?"
        r"(?:i|to|she|he|with|with him)|hav(?:e|ing) sex|touch (?:him|her)|undress|sex)"
    ),
    re.compile(
        rf"\b{_HE} (?:\w+ )?(?:wont|doesnt|does not|never|will not|dont) lets? (?:me|us|her) (?:leave(?! (?:early"
        rf"|work|a message))"
        r"|go out(?:side)?$|out of the (?:house|room|apartment|bedroom|basement)|see (?:any ?one|any ?body|my "
        r"(?:family|friends))"
        r"|use the phone)"
        rf"|\b{_HE} (?:\w+ )?(?:locks?|locked|locking) (?:me|us|her|him) (?:\w+ )?in (?:the|a|my|his|her) "
        rf"(?:closet|room|bedroom"
        r"|bathroom|basement|house|cage|attic)\b"
        rf"|\b{_HE} (?:\w+ ){{0,4}}?(?:break|breaking|broke|kick|kicking|kicked|smash|smashing) (?:down |in )?"
        rf"(?:my|the|our) "
        r"(?:\w+ )?door (?:down|in)\b|\b(?:im|i am|were|we are) hiding (?:in|from|under)\b"
    ),
    re.compile(
        r"\b(?:my ex|hes|shes|he|she|someone|somebody|a man|a guy|that man|that guy) (?:is |keeps |has been "
        r"|wont stop )?"
        r"(?:following|stalking) me\b(?! on\b)"
        r"|\bunsafe (?:at home|in my|with (?:him|her|my)|around (?:him|her|my)|here)\b"
        rf"|\b(?:ran|run|running|escaped?|fled|get) away from (?:my )?{_HE}\b(?! for)|\b(?:afraid|scared"
        rf"|terrified) of (?:him|going home)\b"
    ),
)

_PLAIN = (
    re.compile(
        r"\b(?:suicid(?:e|al|ality)|unalive|self harm(?:ing)?|overdos(?:e|ed|ing)(?! on (?:sugar|coffee"
        r"|chocolate)))\b"
    ),
    re.compile(rf"\b(?:kill(?:ing|ed|s)?|hang(?:ing)?|shoot(?:ing)?|drown(?:ing)?|harm(?:ing)?) {_ONESELF}\b"),
    re.compile(
        rf"\b(?:to|might|may|will|ill|gonna|could|wanna|keeps?|about|of|been|rather|just|always|started|was|s|like) "
        rf"(?:hurt|hurting|cut|cutting|burn|burning|stab|starve|starving) {_ONESELF}\b"
    ),
    re.compile(rf"\b(?:cutting|burning) {_ONESELF}\b"),
    re.compile(
        rf"\b(?:kill|killing|shoot|shooting|hurt|stab) (?:\w+ ){{1,6}}?(?:and|then"
        rf"|or) (?:then )?(?:also )?(?:maybe )?{_ONESELF}\b"
    ),
    re.compile(
        r"\b(?:end(?:ing)?|tak(?:e|ing)|took) (?:my|his|her|their) (?:own )?li(?:fe|ves)\b(?! (?:in|to|into|back|more"
        r"|seriously|savings|story|lessons|as)\b)|\bend(?:ing)? it all\b"
        r"|\b(?:want|wants|wanted|going|gonna|ready|time|plan|planning|thinking (?:of"
        r"|about)) (?:to )?end(?:ing)? (?:it|things|everything)"
        r"(?: (?:tonight|today|now|all|for good|forever)|$)"
    ),
    re.compile(
        r"(?<!dont )(?<!not )(?<!never )\b(?:want(?:s|ed)?|wanna|wish(?:es|ed)?|hop(?:e|es|ing)|ready"
        r"|pray(?:ing)?|rather|like) (?:to |id |i could |i would |i "
        r"|just |they |hed |shed )*(?:die(?! at home| peaceful)|be dead|was dead|were dead|been born dead"
        r"|disappear forever"
        r"|never been born|not be alive|not exist)\b"
        r"|\b(?:wish|wishing) (?:that )?(?:i|he|she) (?:had |was |were |wasnt |werent "
        r"|hadnt )(?:never )?(?:been )?(?:born|dead|alive|here anymore)\b"
        r"|\b(?:better off (?:dead|without me)|better (?:place )?without me|id rather be dead"
        r"|rather die than go on)\b"
    ),
    re.compile(
        r"\b(?:dont|doesnt|do not|does not|didnt|no longer) (?:really |even )?(?:want|wanna|wants|wish"
        r"|care) (?:to |if i )?"
        r"(?:live|be alive|be here any ?more|be here any longer|exist|go on|go on living|keep living"
        r"|wake up(?: (?:any ?more|again|tomorrow))?"
        r"|be in this world|be on this earth)(?! in\b| with\b| at\b| on| to\b| until| there| here(?! any)"
        r"| so far| far| near| next| (?:the|a|an|that|your|our|this) (?:trip|tour|retreat|list|website|ride|road"
        r"|bus))\b"
        r"|\b(?:(?:nothing|no reason|not much|nothing left|no point) (?:left )?(?:to|in) (?:live|living|go on"
        r"|going on|live for)(?: for)?"
        r"|(?:life|it) (?:is|isnt|s|not)(?: not)? worth living|isnt worth living|not worth living"
        r"|tired of (?:living|being alive|life)|sick of living"
        r"|cant go on(?: (?:living|like this|any ?more))?(?= ?$| living| like this| any)"
        r"|cant (?:take|do|handle|bear|stand) (?:it|this|life|living) any ?(?:more|longer)|(?:given|giving"
        r"|gave) up on life"
        r"|never wake up(?: again)?|not wake up (?:again|tomorrow)|(?:thoughts|thinking) (?:of|about) (?:dying"
        r"|death|hurting)"
        r"|(?:say|saying) goodbye (?:to everyone|forever|for good)|goodbye forever)\b"
    ),
    re.compile(
        r"\b(?:(?:took|taken|taking|swallowed|take) (?:all |a (?:whole )?(?:bunch|bottle|lot|handful) of "
        r"|the whole bottle of |too many )"
        r"(?:of )?(?:my |the |his |her |these |those )?(?:\w+ )?(?:pills|tablets|medication|meds|sleeping pills)"
        r"|(?:jump(?:ing)?|throw(?:ing)? (?:my|him|her) ?self) (?:off|from|in front of) (?:the|a|that|this"
        r"|of) (?:bridge|roof|building|train|balcony|cliff|overpass)"
        r"|sli(?:t|tting) (?:my|his|her|their) (?:wrists?|throat)|(?:gun|knife|razor) to my (?:head|wrists?"
        r"|throat|own))\b"
    ),
    re.compile(
        r"\b(?:(?:dont|cant|do not|cannot) see (?:any|a|the|much) (?:reason|point) (?:to|in) (?:keep|keeping|go"
        r"|going|live|living|carry)"
        r"|cant (?:live|keep living|keep going) (?:like this|any ?more)"
        r"|nothing (?:left )?(?:for me )?(?:left )?to live for"
        r"|(?:do|doing|done|did) (?:something |anything |harm |this |it )?to (?:my|him|her) ?self"
        r"|(?:no ?body|no one) would (?:even )?(?:miss|care|notice) (?:me )?if (?:i|im)"
        r"|life (?:\w+ )?(?:isnt|is not|not) worth (?:it|living)|cut my ?self (?:again|last night|on purpose"
        r"|because|every))\b"
        r"|\b(?:going to|gonna|want to|about to|ready to) jump(?:$| off | from )"
    ),
    # danger at home
    re.compile(
        rf"\b{_HE} (?:\w+ ){{0,3}}?(?:(?:threatens|threatening|threatened|stalks|stalking|stalked) (?:me|us"
        rf"|my {KIN})\b"
        rf"|(?:is |was |are |has been |s |gets |got )(?:\w+ )?(?:abusive|violent)(?! with words| to his word))"
    ),
    re.compile(
        rf"\b{_HE} (?:\w+ ){{0,5}}?(?:hits?|hitting|hurts|hurting|hurt|beats?|beating|beaten|punch(?:es|ed|ing)"
        rf"|chok(?:es|ed|ing)|strangl(?:es|ed|ing)"
        rf"|kick(?:s|ed|ing)|slap(?:s|ped|ping)|attack(?:s|ed|ing)|rap(?:es|ed|ing)|molest(?:s|ed|ing)"
        rf"|abus(?:es|ed|ing)) "
        rf"(?:me|us|the (?:kids|children|baby)|(?:my|our) {KIN})\b(?! at\b| by\b| in\b| hard| with a joke)"
    ),
    re.compile(
        rf"\b{_HE} (?:\w+ ){{0,3}}?(?:going to|gonna|will|wants to|threatened to|threatens to|threatening to"
        rf"|tried to|trying to) "
        rf"(?:kill|hurt|shoot|stab|beat|strangle) (?:me|us|my {KIN}|the (?:kids|children|baby))\b(?! (?:if i"
        rf"|when|for|because i|over))"
    ),
    re.compile(
        rf"\b{_HE} (?:has|have|got|had|is holding|holding|pulled|is pointing|with|grabbed|is waving"
        rf"|came at me with) (?:got )?(?:out )?an? {WEAPON}\b"
        rf"|\b{_HE} (?:\w+ ){{1,4}}?(?:with|holding|waving|pointing) (?:an?|his|her) {WEAPON}\b"
    ),
    re.compile(
        rf"\b(?:(?:afraid|scared|terrified|frightened) (?:of (?:my|what my) (?:own )?{_HE}|to go home"
        rf"|to be (?:at )?home|for my (?:life|safety))"
        r"|(?:not|dont feel|never feel|isnt|arent) (?:very |really )?safe (?:for (?:me|us|the kids"
        r"|my kids)(?! to)|at home|in my (?:own )?(?:home"
        r"|house|apartment)|here|with (?:him|her|my))"
        r"|domestic (?:violence|abuse)|abusive (?:\w+ )?(?:husband|wife|relationship|boyfriend|girlfriend"
        r"|partner|home|marriage|father|mother|parents?)"
        r"|(?:being|getting|been|get) (?:beaten|abused|raped|molested|assaulted|strangled)"
        r"|(?:i was|ive been|she was|he was) (?:raped|molested|assaulted|strangled|stabbed|shot)"
        r"|(?:is|are|someones|somebodys|theyre|hes) (?:trying to )?break(?:ing)? in(?:to (?:my|our"
        r"|the) (?:house|home|apartment|place))?)\b"
    ),
)

CRISIS = (*_PLAIN, *DESPAIR, *AT_HOME)
