"""The wordings by which danger is told: patterns over `utterance.words`, changed only with their test tables."""

import re

_WEAPON = r"(?:gun|rifle|shotgun|pistol|firearm|machete|bomb|knife|weapon|explosives?)"
_HE = (
    r"(?:he|she|hes|shes|they|theyre|someone|somebody|husband|wife|boyfriend|girlfriend|fiance|partner|father"
    r"|dad|mother|mom|mum"
    r"|stepfather|stepdad|stepmother|stepmom|uncle|brother|son|daughter|ex|roommate|grandfather|grandmother|man|guy)"
)
_ONESELF = r"(?:my ?self|him ?self|her ?self|them ?sel(?:f|ves)|our ?selves)"
_KIN = (
    r"(?:kids?|children|child|baby|babies|son|sons|daughter|daughters|wife|husband|ex|girlfriend|boyfriend"
    r"|partner|mother|mom|father"
    r"|dad|brother|sister|family|boss|neighbou?rs?|parents|roommate|coworkers?|landlord)"
)

FIGURES_OF_SPEECH = re.compile(
    r"\b(?:(?:suicide|self harm) (?:squad|prevention|awareness)(?: \w+)?"
    r"|(?:nearly|almost|practically) (?:killed|hurt) my ?self (?:on|tripping|slipping|falling|laughing|climbing|with)"
    r"|kill(?:ed|ing)? my ?self (?:laughing|working|trying|over (?:it|this|that)|to (?:finish|get|make|meet|be|keep))"
    r"|want(?:ed|s)? to die (?:of|from|laughing)|die of (?:embarrassment|laughter|boredom|thirst|hunger|shame"
    r"|curiosity)|(?:to )?die for"
    r"|die laughing|dying (?:to|for) (?!die)(?:\w+)|cut my ?self (?:off|short|shaving|cooking|some|a)"
    r"|hurt my ?self (?:lifting|at|on|playing|running)"
    r"|shoot (?:you|him|her|them|me|us|your \w+|the \w+) (?:an?|the|over|some|my|that|this|off|back)\b(?! gun)"
    r"|kill (?:two|2) birds|kill (?:some |the )?time|kill (?:you|them|him|her) with kindness|(?:photo|bath"
    r"|cherry|glitter) bombs?|bomb (?:shelter|squad)"
    r"|hurt (?:your|his|her|their|anyones|anybodys|my) feelings|beat (?:me|you|us|him|her) to (?:it|the)"
    r"|hit me (?:hard|that|up|like|with)"
    r"|(?:gun|knife) (?:safe|license|permit|collection|range|show|safety|control|violence|owners?|sharpening"
    r"|block|set)|glue gun|nerf gun|water gun"
    r"|attack(?:ed|ing)? (?:of|on)|heart attack|panic attacks?|asthma attack)\b"
)

CRISIS = (
    re.compile(
        r"\b(?:suicid(?:e|al|ality)|unalive|self harm(?:ing)?|overdos(?:e|ed|ing)(?! on (?:sugar|coffee"
        r"|chocolate)))\b"
    ),
    re.compile(rf"\b(?:kill(?:ing|ed|s)?|hang(?:ing)?|shoot(?:ing)?|drown(?:ing)?|harm(?:ing)?) {_ONESELF}\b"),
    re.compile(
        rf"\b(?:to|might|may|will|ill|gonna|could|wanna|keeps?|about|of|been|rather|just|always|started|was|s) "
        rf"(?:hurt|hurting|cut|cutting|burn|burning|stab|starve|starving) {_ONESELF}\b"
    ),
    re.compile(rf"\b(?:cutting|burning) {_ONESELF}\b"),
    re.compile(
        rf"\b(?:kill|killing|shoot|shooting|hurt|stab) (?:\w+ ){{1,6}}?(?:and|then"
        rf"|or) (?:then )?(?:also )?(?:maybe )?{_ONESELF}\b"
    ),
    re.compile(
        r"\b(?:end(?:ing)?|tak(?:e|ing)|took) (?:my|his|her|their) (?:own )?li(?:fe|ves)\b|\bend(?:ing)? it all\b"
        r"|\b(?:want|wants|wanted|going|gonna|ready|time|plan|planning|thinking (?:of"
        r"|about)) (?:to )?end(?:ing)? (?:it|things|everything)"
        r"(?: (?:tonight|today|now|all|for good|forever)|$)"
    ),
    re.compile(
        r"(?<!dont )(?<!not )(?<!never )\b(?:want(?:s|ed)?|wanna|wish(?:es|ed)?|hop(?:e|es|ing)|ready"
        r"|pray(?:ing)?|rather|like) (?:to |id |i could |i would |i "
        r"|just |they |hed |shed )*(?:die|be dead|was dead|were dead|been born dead|disappear forever"
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
        r"|be in this world|be on this earth)(?! in| with| at| on| to| until| there| here(?! any))\b"
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
        rf"|my {_KIN})\b"
        rf"|(?:is |was |are |has been |s |gets |got )(?:\w+ )?(?:abusive|violent)(?! with words| to his word))"
    ),
    re.compile(
        rf"\b{_HE} (?:\w+ ){{0,4}}?(?:hits?|hitting|hurts|hurting|hurt|beats?|beating|beaten|punch(?:es|ed|ing)"
        rf"|chok(?:es|ed|ing)|strangl(?:es|ed|ing)"
        rf"|kick(?:s|ed|ing)|slap(?:s|ped|ping)|attack(?:s|ed|ing)|rap(?:es|ed|ing)|molest(?:s|ed|ing)"
        rf"|abus(?:es|ed|ing)) "
        rf"(?:me|us|the (?:kids|children|baby)|my {_KIN})\b(?! at| by| in| hard| with a joke)"
    ),
    re.compile(
        rf"\b{_HE} (?:\w+ ){{0,3}}?(?:going to|gonna|will|wants to|threatened to|threatens to|threatening to"
        rf"|tried to|trying to) "
        rf"(?:kill|hurt|shoot|stab|beat|strangle) (?:me|us|my {_KIN}|the (?:kids|children|baby))\b(?! (?:if i"
        rf"|when|for|because i|over))"
    ),
    re.compile(
        rf"\b{_HE} (?:has|have|got|had|is holding|holding|pulled|is pointing|with|grabbed|is waving"
        rf"|came at me with) (?:got )?(?:out )?an? {_WEAPON}\b"
    ),
    re.compile(
        rf"\b(?:(?:afraid|scared|terrified|frightened) (?:of (?:my|what my) (?:own )?{_HE}|to go home"
        rf"|to be (?:at )?home|for my (?:life|safety))"
        r"|(?:not|dont feel|never feel|isnt|arent) (?:very |really )?safe (?:at home|in my (?:own )?(?:home"
        r"|house|apartment)|here|with (?:him|her|my))"
        r"|domestic (?:violence|abuse)|abusive (?:\w+ )?(?:husband|wife|relationship|boyfriend|girlfriend"
        r"|partner|home|marriage|father|mother|parents?)"
        r"|(?:being|getting|been|get) (?:beaten|abused|raped|molested|assaulted|strangled)"
        r"|(?:i was|ive been|she was|he was) (?:raped|molested|assaulted|strangled|stabbed|shot)"
        r"|(?:is|are|someones|somebodys|theyre|hes) (?:trying to )?break(?:ing)? in(?:to (?:my|our"
        r"|the) (?:house|home|apartment|place))?)\b"
    ),
)

_TARGET = (
    rf"(?:you|yall|him|her|them|all of you|all of them|every ?one|every ?body|some ?one|some ?body|people"
    rf"|those people|these people|the (?:pastor|priest|staff"
    rf"|minister|children|kids|whole \w+|people|congregation|preacher|receptionist|secretary|man|woman|guy)"
    rf"|your \w+|my {_KIN}"
    rf"|that (?:\w+ )?(?:man|woman|guy|bastard|bitch|pastor|priest|son)|pastor \w+|father \w+|reverend \w+|as many)"
)
_PLACE = (
    r"(?:church|building|place|school|sanctuary|temple|chapel|office|mosque|synagogue|service|house|store"
    r"|parish|hall)"
)
_NOT_MEANT = (
    r"(?<!dont )(?<!do not )(?<!never )(?<!not )(?<!wouldnt )(?<!would not )(?<!didnt )(?<!cant )(?<!wont )(?<!isnt )"
)
_MEANING = (
    r"(?:im|i am|i|ill|id|were|we|well|we are|and|or|then) (?:just |really |so |seriously |swear |gonna |about "
    r"|swear ill |swear im )*"
    r"(?:going to|gonna|will|want to|wanna|am about to|about to|plan to|planning to|planning on|have to"
    r"|ready to|might|coming to|intend to|feel like|ll)"
)

THREAT = (
    re.compile(
        rf"\b(?:{_MEANING}|ill|well) (?:go )?(?:just |fucking |freaking |come (?:over |down )?(?:there )?and "
        rf"|personally |have to )*{_NOT_MEANT}"
        rf"(?:kill|killing|murder|shoot|stab|strangle|attack|hurt|beat|beat up|choke|poison|bomb|slaughter"
        rf"|execute|rape) {_TARGET}\b(?! (?:feelings|at (?:chess|golf|tennis)|to it))"
    ),
    re.compile(
        rf"\b(?:{_MEANING}|ill|well|somebody should|someone should|should|lets) (?:just |go )*{_NOT_MEANT}"
        rf"(?:blow(?:ing)? up|shoot(?:ing)? up|burn(?:ing)? down|burn|bomb|torch|set fire to|blow|attack"
        rf"|destroy|light up) "
        rf"(?:the|your|this|that|our|his|her|their) (?:whole |damn |fucking |stupid |entire )*{_PLACE}\b"
    ),
    re.compile(
        rf"\b(?:(?:theres|there is|ive put|i put|i planted|planted|ive planted|i left|ive left|i have|ive got"
        rf"|weve got|i built|im holding) an? (?:\w+ )?bomb"
        rf"|(?:bring|bringing|come|coming|came|showing up|show up|walk in|walking in) (?:over |there |down |in "
        rf"|back )*(?:with )?(?:a|my|the|our) (?:\w+ )?{_WEAPON}"
        rf"|(?:ive got|i have|i got|im holding|ill get|im getting|grab|grabbing) (?:a|my) (?:\w+ )?(?:gun|rifle"
        rf"|shotgun|pistol|machete|weapon) (?:and(?!.*my ?self)|with me|here|pointed|in my hand|for)"
        rf"|put a bullet in|coming for (?:you|him|her|them|all of you|everyone)(?: \w+){{0,2}} with (?:a|my)"
        rf"|make (?:you|him|her|them) (?:bleed|suffer))\b"
    ),
    re.compile(
        r"\b(?:(?:youre|you are|everyone is|everybody is|all of you are|youll|you will) (?:all )?"
        r"(?:going to|gonna|will)? ?(?:die|be dead|pay with (?:your|their) (?:life|lives|blood)"
        r"|end up dead)(?! (?:of|from|with|eventually|someday|soon of|in hospital))"
        r"|youre (?:all )?dead(?! (?:right|on|wrong|tired|serious))|i know where you (?:live|sleep|park)"
        r"|watch your back"
        r"|(?:you|they|those people|he|she|you people|all of you) (?:all )?(?:deserve|should|need"
        r"|ought) (?:to )?(?:all )?(?:die|be (?:shot|killed|burned|hanged)))\b"
    ),
)

_NAME = (
    r"(?:idiot|moron|bitch|asshole|ass hole|bastard|cunt|imbecile|dumbass|dipshit|jackass|whore|slut|retard(?:ed)?"
    r"|loser|piece of (?:shit|crap|garbage|trash|junk)"
    r"|motherfucker|mother fucker|prick|dickhead|scumbag)"
)
_SLIGHT = (
    r"(?:stupid|dumb|useless|worthless|fucking|goddamn|damn|idiotic|brainless|pathetic|moronic|shitty|lousy|freaking)"
)
_UNREPORTED = (
    r"(?<!said )(?<!says )(?<!told me )(?<!yelled )(?<!screamed )"
    r"(?<!shouted )(?<!told him )(?<!told her )(?<!called me )"
)

ABUSE = (
    re.compile(rf"{_UNREPORTED}\b(?:fuck|screw) (?:you|yourself|off|your\w* \w+)\b(?! over)|\bgo fuck yourself\b"),
    re.compile(
        rf"\b(?<!are )(?:you|youre|your|you are|ur) (?:(?:just|such|nothing but|all|a|an|the|so|really|complete"
        rf"|total|absolute|\w+ly) )*"
        rf"(?:{_SLIGHT} )*(?:{_NAME}|stupid|dumb|useless|worthless|pathetic|brainless|suck"
        rf"|fucking (?:\w+))\b(?! (?:if|when|question))"
    ),
    re.compile(
        rf"\bare you (?:a |an |just |really |that |so |some kind of )*(?:{_SLIGHT} )*(?:{_NAME}|stupid|dumb"
        rf"|brainless)\b"
    ),
    re.compile(rf"\b{_SLIGHT} (?:\w+ )?(?:bot|robot|machine|computer|ai|assistant|chatbot|recording)\b"),
    re.compile(rf"^(?:oh |well |listen |hey |look )?(?:you )?(?:{_SLIGHT} )+{_NAME}\b|^(?:oh |well |hey )?{_NAME}$"),
    re.compile(
        r"^(?:oh |so |well |just |please |then |and |no |ok |okay |hey )*(?:why dont you |you can |you should "
        r"|you all can )?"
        r"(?:go to hell|(?:just )?(?:shut (?:the (?:fuck|hell) )?up)|drop dead|eat shit|kiss my ass|piss off"
        r"|fuck off|burn in hell|die)\b"
        r"|\b(?:you can|you should|you may|why dont you) (?:all |just )?(?:go to hell|burn in hell|drop dead"
        r"|kiss my ass|rot in hell)\b"
        r"|\b(?:shut (?:the (?:fuck|hell) )up|shut up (?:you|already)|suck my (?:dick|cock)|kiss my ass"
        r"|eat shit|hope you (?:all )?(?:die|rot|burn))\b"
    ),
    re.compile(
        r"\b(?:what are you wearing|are you naked|talk dirty|(?:you sound|youre|your voice is) (?:so |really "
        r"|very )?(?:sexy|hot)(?! in)|have sex with (?:me|you)"
        r"|show me your (?:\w+ )?(?:tits|boobs|body|ass)|want to (?:fuck|screw|touch) you|sleep with me)\b"
    ),
)
