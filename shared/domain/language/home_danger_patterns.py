"""Patterns of a caller in danger from others: violence at home, threats, pursuit, intruders.

They run over `text.words`; change them only with their test tables.
"""

import re

from shared.domain.language.danger_patterns import KIN, WEAPON

_HE = (
    r"(?:he|she|hes|shes|they|theyre|someone|somebody|husband|wife|boyfriend|girlfriend|fiance|partner|father"
    r"|dad|mother|mom|mum"
    r"|stepfather|stepdad|stepmother|stepmom|uncle|brother|son|daughter|ex|roommate|grandfather|grandmother|man|guy"
    r"|grandson|granddaughter|nephew|cousin|stepson|stepbrother|caregiver|caretaker|nurse|aide|neighbou?r|landlord"
    r"|coach|teacher|parents)"
)
_VIOLENCE = r"(?:kill|hurt|shoot|stab|beat|strangle|harm|murder)"

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
        r"(?:i|to|she|he|with|with him)|hav(?:e|ing) sex|touch (?:him|her)|undress|sex|sleep with)"
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
    re.compile(
        rf"\b{_HE} (?:\w+ ){{0,3}}?(?:(?:forces?|forced|forcing) (?:him|her|them)sel(?:f|ves) on|(?:holds?|held"
        rf"|pins?|pinned)"
        r" me (?:down|against))\b"
        rf"|\b{_HE} (?:\w+ ){{0,3}}?(?:trying|tries|tried) to (?:get|break|climb) in(?:to|side)? (?:my|our)\b"
        rf"|\b{_HE} (?:\w+ ){{0,3}}?(?:banging|pounding|kicking|beating) on (?:my|the|our) (?:\w+ )?door\b"
        r"|\b(?:man|guy|stranger|burglar|intruder|some ?one|some ?body) (?:\w+ )?(?:in|inside) my (?:house|home"
        r"|apartment|room"
        r"|bedroom|garage|yard)\b"
        rf"|\b(?:afraid|scared|worried|fear) for (?:my|our) (?:own )?(?:{KIN} )?(?:\w+s )?(?:life|lives|safety)\b"
        rf"|\b(?:im|i am|were|we are|shes|hes|my {KIN} (?:is|are)) in (?:\w+ )?danger\b(?! of)"
    ),
    re.compile(
        rf"\b{_HE} (?:\w+ ){{0,5}}?(?:(?:threatens|threatening|threatened|stalks|stalking|stalked) (?:me|us"
        rf"|my {KIN})\b"
        rf"|(?:is |was |are |has been |s |gets |got )(?:\w+ )?(?:abusive|violent)(?! with words| to his word))"
    ),
    re.compile(
        rf"\b{_HE} (?:\w+ ){{0,5}}?(?:hits?|hitting|hurts|hurting|hurt|beats?|beating|beaten|punch(?:es|ed|ing)"
        rf"|chok(?:es|ed|ing)|strangl(?:es|ed|ing)"
        rf"|kick(?:s|ed|ing)|slap(?:s|ped|ping)|attack(?:s|ed|ing)|rap(?:es|ed|ing)|molest(?:s|ed|ing)"
        rf"|abus(?:es|ed|ing)) "
        rf"(?:me|us|the (?:kids|children|baby)|(?:my|our) (?:little |big |older |younger |own )?{KIN})\b(?! at\b"
        rf"| by\b| with a joke"
        r"| in\b(?! (?:the|my) (?:face|head|stomach|eye|mouth|ribs|chest|nose|arm|back|gut)))"
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
    re.compile(
        r"\b(?:burn(?:s|ed|t)?|scald(?:s|ed)?|whip(?:s|ped)?|beats?|chokes?d?|hits?|slap(?:s|ped)?|punch(?:es|ed)?"
        r"|struck|strikes) (?:me|us|her|him|them|my (?:\w+ )?(?:brother|sister|son|daughter|mom|mother|kids?|baby|child"
        r"|children|boy|girl|wife|nephew|niece)) with (?:an?|his|her|the) (?:\w+ )?(?:cigarettes?|belt|cord|stick|bat"
        r"|fists?|bottle|hammer|iron|pan|shoe|chair|whip|rod|wire|lighter|knife|cable|hose|crowbar|pipe)\b"
    ),
    re.compile(
        rf"\b{_HE} (?:is |keeps |was )?(?:\w+ )?(?:beating|hitting|hurting|choking|strangling|stabbing|attacking"
        rf"|abusing) "
        rf"(?:her|him|them|(?:his|her|their) {KIN})\b(?! at| feelings)"
        rf"|\b{_HE} (?:is |was |keeps )?touching (?:me|my {KIN})\b(?! deeply| with)"
        rf"|\b{_HE} (?:\w+ )?(?:broke|breaks|breaking|came|got) into (?:my|our) (?:house|home|apartment|room)\b"
        rf"|\bbruises? (?:\w+ ){{0,2}}?(?:from|because of) (?:my )?{_HE}\b"
        r"|\bburn (?:down )?(?:the|our|my) house (?:down )?with (?:me|us|the (?:kids|children))\b"
        r"|\bagainst (?:my|our|her) will\b|\b(?:ive|i|im|were|been|being|was|got) (?:been |being )?(?:kidnapped"
        r"|trafficked)\b"
        r"|\b(?:holding|keeping|held|kept) (?:me|us|her) (?:here|hostage|captive|prisoner)\b"
        r"|\b(?:dont|do not|never) feel safe(?:$| (?:any ?more|around|tonight|with (?:him|her|my)))"
        rf"|\b{_HE} (?:\w+ )?(?:comes|came|sneaks|gets) (?:in)?to my (?:bed)?(?:room)? ?(?:at|every|in the) night\b"
        r"|\bscreaming (?:for help|next door|upstairs|downstairs)\b"
    ),
)
