"""Patterns of threats and abuse, and figures of speech that only sound like danger.

They run over `text.words`; change them only with their test tables. Those of a crisis are in `crisis_patterns`.
"""

import re

WEAPON = r"(?:gun|rifle|shotgun|pistol|firearm|machete|bomb|knife|weapon|explosives?)"
KIN = (
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
    r"|hurt my ?self (?:lifting|at|on(?! purpose)|playing|running)"
    r"|shoot (?:you|him|her|them|me|us|your \w+|the \w+) (?:an?|the|over|some|my|that|this|off|back)\b(?! gun)"
    r"|kill (?:two|2) birds|kill (?:some |the )?time|kill (?:you|them|him|her) with kindness|(?:photo|bath"
    r"|cherry|glitter) bombs?|bomb (?:shelter|squad)"
    r"|say goodbye to everyone before (?:we|i) (?:move|retire|fly|leave town)"
    r"|hurt (?:your|his|her|their|anyones|anybodys|my) feelings|beat (?:me|you|us|him|her) to (?:it|the)"
    r"|(?<!\bhe )(?<!she )(?<!husband )(?<!wife )(?<!dad )(?<!mom )(?<!boyfriend )(?<!father )hit me (?:hard|that"
    r"|up|like"
    r"|with(?! (?:an?|his|her|the|their) (?:belt|stick|bottle|fists?|hand|hammer|bat|pan|shoe|chair|cord|pipe"
    r"|whip|broom)))"
    r"|(?:gun|knife) (?:safe|license|permit|collection|range|show|safety|control|violence|owners?|sharpening"
    r"|block|set)|glue gun|nerf gun|water gun"
    r"|attack(?:ed|ing)? (?:of|on)|heart attack|panic attacks?|asthma attack)\b"
)

IDIOMS = re.compile(
    r"\b(?:(?:going to|gonna|ll|will|would|hell|shell|theyll|to) (?:kill|murder|strangle) me (?:if|when) "
    r"(?:i (?:forget|miss|lose|mess|dont (?:get|bring|pick|finish|have|order)|am late|show up late|spill|burn|scratch"
    r"|break|eat|ruin|buy|spend)|im late|(?:he|she|they) sees? (?:the|this|that|what it|how much))"
    r"|(?:driv(?:e|es|ing) (?:me|us|him|her)|climbing) (?:up )?the walls?|driv(?:e|es|ing) (?:me|us) (?:crazy|nuts"
    r"|insane|mad)"
    r"|(?:hes|shes|youre|theyre|were|im|are|is|was) on fire (?:tonight|today|lately|this (?:morning|week|season|year)"
    r"|last night|up there)"
    r"|(?:mouth|throat|tongue|feet|ears|inbox) (?:is|are|was) on fire"
    r"|fire (?:extinguishers?|pits?|place|places|hall|station|wood|works|sticks?|drills?|marshal|code|exits?|insurance"
    r"|sale|blankets?|inspection|hydrant|resistant|proof)"
    r"|(?:cant|can hardly|cannot|couldnt) breathe in (?:this|that|these|those|the) (?:masks?|suits?|dress|costumes?"
    r"|corset|outfit|collar|jacket|robes?|tie|pews?|jeans|uniform)"
    r"|lost (?:some ?one|a \w+|their \w+|(?:my|her|his|our) \w+)(?: \w+)? (?:to|by) suicide (?:group|support"
    r"|\w+ years|last|a (?:few|couple))|(?:groups?|support|help|class|meeting) "
    r"(?:\w+ ){0,5}(?:lost|losing) \w+(?: \w+)? to suicide"
    r"|suicide (?:loss|survivors?|bereavement)|overdose of (?:reality|sugar|cute\w*|fun|caffeine)"
    r"|(?:voice|engine|motor|brakes?|bearings?|battery|transmission|compressor|clutch) (?:is|was|are) shot"
    r"|bleed(?:s|ing)? (?:some |a bit of )?(?:oil|fuel|fluid|money|air|water|coolant|gas|radiators?|brakes?)"
    r"|(?:ladder|lift|scaffold\w*|stairs|nailer|shingles?|gutters?) (?:\w+ ){0,5}on (?:the|my|our) roof"
    r"|(?:baby|first|loose|front|milk|wisdom) (?:tooth|teeth)"
    r"|tell my \w+ (?:that )?i love (?:him|her|them) and (?:im|i am|ill be) "
    r"(?:on my way|coming|home|running|almost|late)"
    r"|(?:im|i am|were|we are|i wont be|we wont be|nobody is) not (?:at )?(?:home|there|in|here)(?= |$)"
    r"|(?:nothing (?:more|else|further)|no more|thats (?:all|it|everything)|that is (?:all|it)|that was it|thats me"
    r"|me) (?:done )?(?:from|for) me)\b"
)

_TARGET = (
    rf"(?:you|yall|him|her|them|all of you|all of them|every ?one|every ?body|some ?one|some ?body|people"
    rf"|those people|these people|the (?:pastor|priest|staff"
    rf"|minister|children|kids|whole \w+|people|congregation|preacher|receptionist|secretary|man|woman|guy)"
    rf"|your \w+|my {KIN}"
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
        rf"|back )*(?:with )?(?:a|my|the|our) (?:\w+ )?{WEAPON}"
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
