"""Patterns of a caller in danger: thoughts of suicide and self-harm, and `home_danger_patterns`.

They run over `text.words`; change them only with their test tables. A false alarm is better than a miss: only clear
figures of speech are left out (`danger_patterns.FIGURES_OF_SPEECH`).
"""

import re

from shared.domain.language.home_danger_patterns import AT_HOME

_ONESELF = r"(?:my ?self|him ?self|her ?self|them ?sel(?:f|ves)|our ?selves)"
_ANY_LONGER = r"any ?(?:more|longer)"
_ELSEWHERE = r"(?! (?:in|at|on|to|there|by|with|near|so|early|before|the|sundays?|mondays?)\b)"

DESPAIR = (
    # the caller doesn't want to live, or can't bear to
    re.compile(
        r"\b(?:dont|do not|doesnt|does not|not|never|no longer) (?:\w+ ){0,4}?(?:want|wants|wanna|wish|care|can"
        r"|feel like)"
        r" (?:to |if i )?(?:be alive|being alive|live|living|exist|existing|keep living|go on living|be living"
        rf"|keep going|wake up|(?:be|being) here {_ANY_LONGER}|be around {_ANY_LONGER}|do (?:this"
        rf"|life) {_ANY_LONGER})\b" + _ELSEWHERE
    ),
    re.compile(
        r"\b(?:(?:done|finished|fed up|had enough|exhausted) (?:of |with )?"
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
    # the caller wishes to die, or for an end
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
    # methods
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
    re.compile(
        r"\bif i (?:just |had |was |were |wasnt |werent |am |never )*(?:died?|dead|gone forever|not here"
        r"|here any ?more|no longer "
        r"here|didnt (?:exist|wake up)|not alive)\b(?! to (?:sin|self))"
        r"|\b(?:my own death|(?:planning|plan|planned|want) my (?:own )?death|(?:death|dying"
        r"|being dead) would be (?:a|an|the|so"
        r"|much|better|easier|peaceful|kinder)|wish i (?:didnt|did not|never) exist(?:ed)?|(?:stop|stopped"
        r"|cease) existing"
        r"|(?:end|ending|off|offing|delete|finish|erase) my ?self"
        r"|(?:might|going to|gonna|ill|could|about to|want to) do something (?:stupid|bad|drastic|terrible|awful)"
        r"|(?:dont|cant|do not|cannot) trust my ?self (?:tonight|alone|right now|any ?more|to be alone|around"
        r"|with (?:my|these|the) (?:pills|meds|gun|knife|knives))|(?:feel|feels|feeling|felt) like ending (?:it"
        r"|everything|my life))\b"
    ),
    re.compile(
        r"\b(?:not|wont|cant|dont|never) (?:\w+ ){0,5}?(?:make|get) (?:it )?through (?:the |this |another "
        r"|one more )?"
        r"(?:night|day|tonight)\b"
        r"|\b(?:dont|cant|cannot|do not|not|wont) (?:\w+ ){0,4}?(?:see|face|live|survive|bear|take|do|endure) "
        r"(?:another|one more) "
        r"(?:\w+ )?(?:day|night|minute|morning)(?: of (?:this|my life)| like this| alive|$)"
        r"|\bleav(?:e|ing) this (?:world|life|earth)\b|\bcheck(?:ing)? out (?:for good|of (?:life|this world))"
        r"|\btell (?:my \w+|them) (?:that )?i love(?:d)? (?:them|her|him)\b|\b(?:goodbye|sorry) "
        r"(?:\w+ ){0,6}?for good\b"
        r"|\b(?:have|ive got|got) nothing left(?: in me| inside| for me|$)|\banything (?:left )?to live for\b"
        r"|\b(?:living|life) is (?:too (?:hard|painful)(?:$| to (?:live|go on|bear))|unbearable|pointless"
        r"|meaningless|hopeless|torture)\b"
        r"|\b(?:happier|better|easier|relieved) (?:off )?without me$|\bsee my ?self (?:living|being alive"
        r"|being here)\b"
        r"|\b(?:wouldnt|would not|dont) (?:mind|care) if (?:i|an? \w+|the \w+) (?:\w+ ){0,2}?(?:die|died|wake"
        r"|woke|hit me|killed"
        r"|dead)\b"
    ),
    re.compile(
        r"\b(?:pills|tablets|meds|bottle|medication) (?:\w+ ){0,6}?take (?:them|it) all\b|\btook all "
        r"(?:\w+ ){0,3}?(?:tylenol|aspirin"
        r"|ibuprofen|advil|xanax|ambien|oxy\w*|insulin|valium)\b|\b(?:drank|drink|drinking|swallow(?:ed|ing)?) "
        r"(?:some |the |a "
        r"|bottle |of |lot )*(?:bleach|antifreeze|drain cleaner|poison|rat poison|detergent|gasoline)\b"
        r"|\b(?:rope|belt|noose|cord|cable) (?:a?round|on) my neck\b|\b(?:tied|tying|hung|hanging) (?:up )?a "
        r"(?:rope|noose)\b"
        r"|\b(?:hit|hitting|bite|biting|scratch|scratching) my ?self (?:when|because|if|in the face|until|every)\b"
        r"|\b(?:punish|punishing|starv(?:e|ing)) my ?self\b"
    ),
    re.compile(
        r"\b(?:(?:want|wanna|wish|like) (?:to )?(?:just )?(?:go to )?sleep forever|cant keep living"
        r"|dont belong (?:in this world|on "
        r"this earth)|future for my ?self|giv(?:ing|en) away (?:all )?(?:of )?my (?:things|stuff"
        r"|belongings) because i wont"
        r"|im ending (?:it|things)(?:$| tonight| all| today| now)|my life is (?:over|finished|ruined)(?! here| in)"
        r"|(?:wish|want|hope|pray\w*) (?:\w+ ){0,3}?(?:kill|shoot|murder) me|pray(?:ed|ing|s)? (?:\w+ ){0,5}?"
        r"(?:id|i would|i could|i) die"
        r"|(?:sin|wrong|forgiv\w+|hell|heaven|okay|ok|bible|god) (?:\w+ ){0,8}?(?:kill|killing|hurt"
        r"|hurting) your ?self"
        r"|(?:sin|wrong|forgiv\w+|hell|heaven|okay|ok|bible|god) (?:\w+ ){0,8}?(?:take|taking) your own life"
        r"|favou?r (?:by dying|if i)|(?:give|giving|given|gave) up on (?:life|living|everything)|ive given up$"
        r"|(?:strength|energy|courage) to (?:live|keep living|go on$)|better (?:to |if i )(?:just )?(?:not|wasnt"
        r"|werent) (?:be |being )?"
        r"(?:here|alive|exist))\b"
    ),
    re.compile(
        r"\b(?:(?:almost|nearly|tried to|trying to) jump(?:ed)? (?:in front of|off (?:a|the|that|this) (?:bridge"
        r"|roof|building))"
        r"|(?:have|ive got|holding|got|with) my gun (?!in (?:the|my) safe)(?:on|in|beside|next|to|out)"
        r"|(?:took|taken|swallowed) (?:\w+ ){0,3}?(?:\d+|ten|twenty|thirty|forty|fifty|sixty|hundred|dozens|lot"
        r"|many) (?:\w+ ){0,2}?"
        r"(?:pills|tablets)|(?:handful|bottle|bunch|fistful) of (?:\w+ )?(?:pills|tablets|tylenol|aspirin"
        r"|ibuprofen|advil|xanax|ambien"
        r"|oxy\w*|valium)|(?:son|daughter|child|kid|sister|brother|friend) is cutting$|hurt"
        r"(?:ing)? my ?self on purpose"
        r"|(?:cant|cannot|wont) stop (?:hurting|harming|cutting|burning) my ?self)\b"
    ),
    re.compile(
        rf"\b(?:dont|do not|not|never) (?:\w+ ){{0,4}}?(?:can|could) go on(?:$| {_ANY_LONGER}| like this| living)"
        rf"|\buse (?:it|the (?:gun|rope|knife|pills)) on {_ONESELF}\b|\b(?:world|family|kids) (?:doesnt|dont"
        rf"|would not|wouldnt) need me\b"
        r"|\b(?:no ?body|no one) (?:would|will) (?:even )?miss me\b"
    ),
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
        r"|be in this world|be on this earth)(?! in\b| with\b| at\b| on| to\b| until| there| here(?! any)| early"
        r"| so early| before"
        r"| so far| far| near| next| (?:the|a|an|that|your|our|this) (?:trip|tour|retreat|list|website|ride|road"
        r"|bus))\b"
        r"|\b(?:(?:nothing|no reason|not much|nothing left|no point) (?:left )?(?:to|in) (?:live|living|go on"
        r"|going on|live for)(?: for)?"
        r"|(?:life|it) (?:is|isnt|s|not)(?: not)? worth living|isnt worth living|not worth living"
        r"|(?:tired|sick) of (?:living(?! in\b| here| with\b| at\b| on\b| so\b)|being alive|life)"
        r"|cant go on(?: (?:living|like this|any ?more))?(?= ?$| living| like this| any)"
        r"|cant (?:take|do|handle|bear|stand) (?:it|this|life|living) any ?(?:more|longer)|(?:given|giving"
        r"|gave) up on life"
        r"|never wake up(?: again)?|not wake up (?:again|tomorrow)|(?:thoughts|thinking) (?:of|about) (?:dying"
        r"|death|hurting)"
        r"|(?:say|saying) goodbye (?:to everyone|forever|for good)|goodbye forever"
        r"|(?:going|planning|plan|decided|ready|need|have) to end it (?:all|tonight|this (?:weekend|week|evening))"
        r"|(?:least|less|most) painful way(?: \w+){0,2} (?:go|die|leave|end)|(?:quickest|easiest|fastest|quick|easy"
        r"|painless|best) way(?: for \w+)? (?:to (?:die|be gone|not wake|kill my)|of dying|out of (?:this )?life)"
        r"|which (?:way|method)(?: of dying)? hurts (?:the )?least|takes? (?:his|her|their|your|my|ones)"
        r" own li(?:fe|ves)(?! (?:lessons?|stor|experience|example)))\b"
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
        r"|(?:no ?body|no one) would (?:even )?(?:miss|care|notice)(?: me)? if (?:i|im)(?:$| (?:just |was |were "
        r"|am )*"
        r"(?:died?|dead|gone|disappear\w*|left|vanish\w*|wasnt|not|didnt|never|killed|jumped|ended))"
        r"|life (?:\w+ )?(?:isnt|is not|not) worth (?:it|living)|cut my ?self (?:again|last night|on purpose"
        r"|because|every))\b"
        r"|\b(?:going to|gonna|want to|about to|ready to) jump(?:$| off | from )"
    ),
)

CRISIS = (*DESPAIR, *AT_HOME)
