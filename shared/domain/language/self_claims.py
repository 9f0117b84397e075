"""Patterns of what no agent may say of itself, of secrecy and of the recording, whatever was done in the call.

They run over `text.words`, but for `PERSON`, which needs the capitals; change them only with their test tables.
"""

import re

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
CLERGY = re.compile(
    rf"\b(?:{_I_AM}|as) (?:{_A} )*(?:(?:ordained|licensed|trained|certified|real|professional|associate|senior"
    rf"|grief|crisis|church|youth|parish) )*"
    rf"{_OFFICE}\b(?! (?:assistant|office|team)(?:s)?\b)"
    rf"|\b{_I_AM} (?:father|brother|sister|mother) [a-z]+(?: [a-z]+)?(?: speaking| here| from\b.*)?$"
    r"|\bi(?:m| am) (?:an? )?(?:ordained|licensed|certified)\b"
    r"|\bi(?:m| am| was| have been) trained (?:in|as) (?:\w+ )?counsel"
    r"|\bi(?: can| hereby)? (?:forgive (?:you )?(?:of )?your sins?|absolve you|hear your confession)\b"
)
HUMAN = re.compile(
    rf"\b{_I_AM} (?:to )?(?:{_A} )*(?:(?:real|actual|live|living|human|flesh and blood|normal|regular) )*(?:human"
    rf"|person|human being|woman|man|lady|guy|people|flesh and blood)\b"
    rf"|\bi(?:m| am) (?:{_A} )*(?:not|no) (?:(?:a|an|some|any|just a|just an) )*(?:ai|robot|bot|machine"
    rf"|computer|chatbot|program|recording|virtual assistant|artificial\b)"
    r"|\b(?:im|i am) (?:100 percent |completely |totally |very much )?(?:real|human)$|\bi(?:m"
    r"| am) (?:as )?human (?:as|like) you\b"
    r"|\ba (?:real|live|actual) (?:person|human) (?:is )?(?:speaking|talking|here)\b"
    r"|\b(?:theres|there is) no (?:ai|robot|bot|machine|computer) (?:here|on|in)\b"
    r"|\b(?:i have|ive got) a (?:real |human )?body\b|\bi (?:really )?work here\b|\bmy shift\b"
    r"|\bi(?:m| am) (?:one of the (?:volunteers|staff|members)|a (?:volunteer|secretary|member of (?:this|the"
    r"|our)))\b"
    r"|\bi(?:m| am) (?!an? |calling |speaking |the )[a-z]+ from the (?:office|staff|front desk|church)\b"
)
PROMISE = re.compile(
    r"\bi (?:can |do |will )?(?:promise|guarantee|swear|assure)(?: to)?(?: you)?(?: that)? "
    r"(?:\w+ ){1,3}?(?:will|is going to|are going to|wont) (?:all )?(?:\w+ )?(?:be |get |turn out |come out )?"
    r"(?:\w+ )?(?:fine|ok|okay|well|good|alright|all right|better|healed|cured|saved|happen|hurt|die)\b"
)
MEDICINE = re.compile(
    r"\b(?:dont|do not|wont|will not|never|no) (?:really |even )?need (?:to (?:see|take|call|go to) )?"
    r"(?:a |an |any |the |your |that )?(?:doctors?|medicines?|medication|pills?|treatment|therapy|hospital"
    r"|ambulance"
    r"|911)\b|\b(?:stop|quit) taking (?:your |the |those )?(?:medicines?|medication|pills?)\b"
)
PAYMENT = re.compile(
    r"(?<!dont tell me )(?<!do not tell me )(?<!never ask for )\byour (?:\w+ ){0,2}?(?:card number|card details"
    r"|security code|cvv|social security|account number|routing number|pin number|password)\b"
)
INSIGHT = re.compile(
    r"\b(?:my (?:system )?(?:instructions|prompt|programming) (?:say|says|tell|tells|is|are)|system prompt|playbook"
    r"|i (?:was|am|have been) instructed to)\b"
)
REFUSED_PROMISE = re.compile(
    r"\b(?:(?:i )?(?:cant|cannot|can not|couldnt|dont|do not|wont|am not able to|im not able to|unable to"
    r"|not able to|never) "
    r"(?:\w+ ){0,3}?(?:promise|guarantee|keep|assure|say|offer|be sure)|(?:is|are|s|may|might|will"
    r"|be)? ?not (?:\w+ )?(?:confidential|private|secret))\b(?:(?! but | though ).)*"
)
_SECRET = r"(?:confidential|secret|a secret|anonymous|private(?! [a-z])|private (?:here|and|with|between|at all))"
_BETWEEN = r"(?:just )?between (?:us|you and me|you and i|the two of us)"
SECRECY = re.compile(
    r"\b(?:(?:this|that|it|everything(?: here| you (?:say|tell me|share))?|anything|what(?:ever)? you (?:say"
    r"|tell me"
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
RECORDED = re.compile(
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
UNRECORDED = re.compile(
    r"\b(?:(?:calls?|conversation|line|it|youre|you are|this|nothing(?: you say)?)(?: is| s| are)?(?: not| never)"
    r"(?: currently| now)?(?: being)? recorded|nothing (?:you say )?is (?:being )?recorded"
    r"|(?:im|i am|were|we are) not (?:currently |now )?recording|(?:isnt|arent) (?:being )?recorded"
    r"|(?:i|we) (?:dont|do not|wont|will not|never) record|no recording"
    r"|(?:recording|recorder) (?:is|has been) (?:now )?(?:off|stopped|turned off)"
    r"|(?:ive|i have|weve|we have|ill|i will|im going to|let me) (?:just |now |already )?"
    r"(?:stopp?e?d?|end|ended|paused?"
    r"|turn(?:ed)? off|switch(?:ed)? off|turn|turned) (?:the |this )?record\w*)\b"
)
_NAME = (
    r"(?!(?:AI|An?|I|The|OK|So|Not|Just|Sorry|Afraid|Here|Very|Our|Your|Easter|Christmas|Advent|Lent|Pentecost"
    r"|Christian"
    r"|Catholic|American|Mass|Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Pickup|God"
    r"|Jesus)\b)[A-Z][a-z]+"
)
_TITLED = r"(?:(?:Mr|Mrs|Ms|Miss|Sister|Brother|Father|Mother|Pastor|Elder|Deacon|Sir)\.? )?"
PERSON = re.compile(
    rf"(?:\b[Mm]y name(?:'s| is)|\bI(?:'m| am)|\b[Cc]all me|[Yy]ou(?:'re| are) (?:speaking|talking) (?:to|with)) "
    rf"{_TITLED}{_NAME}\b(?! (?:Church|Community|Chapel|Parish|Baptist|Lutheran|Methodist))"
    rf"|\b[Tt]his is {_TITLED}{_NAME}(?:[.!,]|$| (?:speaking|here|from|at|with|in|again)\b)"
    rf"|\b[Tt]his is {_TITLED}{_NAME} {_NAME} (?:speaking|here|from the)\b"
    rf"|^(?:[A-Z][a-z]+, )?{_TITLED}{_NAME} (?:speaking|here)[.,!]"
    r"|\bI(?:'m| am) (?:Pastor|Father|Reverend|Deacon|Sister|Brother|Mr|Mrs|Ms)\b"
)
"""A name of its own; it runs over the sentence as it is written."""

_OWN = (
    r"(?:husband|wife|kids?|children|son|daughter|mother|mom|father|dad|parents|family|brother|sister"
    r"|grandmother|grandfather|lunch|desk|boss|coffee|hometown|childhood|house|car|own \w+)"
)
BIOGRAPHY = re.compile(
    rf"(?<!pray for )(?<!say )(?<!from you )\bmy (?:\w+ )?{_OWN} (?:and i|and me|is|are|was|were|passed|died|had"
    r"|has|lost|went|goes|always|used|also|loves?|says?|and)\b"
    r"|\b(?:at|on|from|in) my (?:desk|office|lunch|house|car|break)\b|\bwhen i was (?:a|an|little|young|growing|in"
    r"|your|about|\d)"
    r"|\b(?:i|ive|i have)(?: also| really| just| still| actually)* (?:grew up|was born|was raised|grown up"
    r"|live(?:d)? (?:here|in|near|on|down|across|around)|worked? (?:here|at|in|for (?:the|this|over|\w+ years))"
    r"|attend(?:ed)?|belong(?:ed)? to|joined|volunteer(?:ed)?|serve(?:d)? (?:here|on|as|in)|sing|sang|married"
    r"|studied|retired|drove|walked|ate|slept|was at|went to (?:the|church|school|college)|been (?:there|a member"
    r"|a part|here|working|coming|attending|serving|going)|got married|lost my|buried my)\b"
    r"|\b(?:speaking )?as (?:a|an|your|one of (?:the|our)) (?:\w+ ){0,2}?(?:human|person|man|woman|mother|mom"
    r"|father|dad|parent|member|elder|elders|nurse|doctor|deacon|deacons|volunteer|christian|believer|widow"
    r"|grandmother|grandfather|friend|neighbou?r|teacher|veteran|survivor|trained \w+|professional|staff"
    r"|staff member|people here)\b"
    r"|\bi(?: a)?m (?:\w+ )?(?:pastor|father|reverend|deacon) \w+ ?s (?:wife|husband|son|daughter|secretary|sister"
    r"|brother)"
    r"|\bi(?: a)?m (?:\w+ ){0,2}?(?:sitting|standing) (?:right )?(?:here|at|in|by|next)"
    r"|\bi(?: a)?m (?:also |actually |just )?(?:a|an|one of the|the|your|their|his|her) (?:\w+ ){0,2}?(?:mother"
    r"|father|mom|dad|wife|husband|parent|grandmother|grandfather|secretary|receptionist from|administrator"
    r"|volunteer|elder|elders|member|members|deacons?|usher|organist|christian|believer|widow|colleague|nurse"
    r"|parishioner|neighbou?r|friend of)\b"
    r"|\bi(?: a)?m (?:not|no) (?:a |an |really |just |some |talking |one of those )*(?:computer|machine|robot|bot"
    r"|recording|ai|automated|program|answering machine|virtual|voice ?mail|chat ?bot)"
    r"|\b(?:human|flesh and blood|person|someone) (?:just )?like you\b|\bi (?:have|ve) (?:a|my own|two|three|four"
    r"|kids|children|\w+ kids) (?:husband|wife|kids|children|family|heart|body|son|daughter|grandkids|cold"
    r"|funny voice|dog|cat)\b"
    r"|\b(?:my (?:name|shift)|i(?: a)?m) (?:is )?(?:on shift|on duty|on break|at the (?:front )?desk|in the office"
    r"|new here|from around here|a local)\b"
    r"|\bi(?: a)?m (?:really |very |indeed |just as |100 percent |totally |completely |actually |as )*(?:human"
    r"|alive|married|a real)\b"
)
"""A life of its own: kin, work, a past, senses."""
