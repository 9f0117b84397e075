"""Words and patterns by which `deed_claims` knows whose affair a sentence is about, and what state tells of a deed."""

import re

from shared.domain.language.text import vocabulary

FILLERS = vocabulary(
    """
    ok okay great good perfect wonderful alright all right sure thanks thank you please yes yeah certainly
    absolutely of course one moment just a second minute hold on hang bear with me got it there we go and now so
    well very excellent lovely noted understood
    """
)
YOUR_HARMLESS = vocabulary(
    """
    needed required appreciated valued heard welcome welcomed loved understood answered invited wanted blessed known
    asked expected encouraged supposed allowed located mistaken concerned worried interested married looking based
    missed forgiven created called meant free troubled hurt used cherished limited treasured respected honored made
    read spelled pronounced listed seated greeted served provided offered handed shown seen met excused dismissed
    protected broken tired
    """
)
DONE = vocabulary(
    """
    sent submitted saved stored noted logged done processed paid refunded forwarded delivered passed arranged
    handled sorted settled filed entered cancelled canceled confirmed booked scheduled reserved registered updated
    changed corrected fixed ordered taken relayed shared received approved completed resolved charged emailed texted
    transferred connected added removed signed enrolled subscribed unsubscribed secured finalized unlocked verified
    dispatched rescheduled deleted renamed created erased ticked crossed rebooked unbooked
    """
)
AFFAIRS = vocabulary(
    """
    appointment appointments booking reservation reservations request requests message messages order donation
    payment refund account subscription registration call number email text link confirmation ticket claim details
    information name address complaint note form application transfer change changes update invoice receipt records
    calendar meeting visit spot seat seats pledge gift prayer prayers callback invitation report alert notification
    paperwork flowers ride taxi cab car baptism door consultation interview card checkin rsvp concern issue problem
    slot place tow delivery task tasks entry entries rental reminder
    """
)
PEOPLE = vocabulary(
    """
    pastor priest minister team staff office someone somebody they he she elders deacons deacon secretary volunteer
    member leader leaders chain volunteers driver coordinator director treasurer pastors people him her everyone
    everybody one reverend father manager technician nurse counselor counsellor friend who person dan congregation
    family committee sister brother
    """
)
HELPERS = vocabulary(
    """
    help ambulance police paramedics paramedic firefighters emts officers officer authorities responders 911 sheriff
    services department crew units unit
    """
)
INFORMED = vocabulary(
    """
    notified informed alerted told paged contacted called messaged texted asked emailed reached briefed updated
    warned dispatched sent assigned scheduled booked phoned rung
    """
)
EVENT_FACTS = vocabulary(
    """
    moved postponed renovated closed built rebuilt founded restored painted held served known called made named
    planned announced posted recorded streamed livestreamed used around here there designed remodeled
    """
)
PERFORMED = vocabulary(
    """
    confirm book transfer connect forward schedule reserve register cancel submit process absolve forgive authorize
    approve
    """
)
STATE_OF_REQUEST = vocabulary(
    """
    request requests message messages prayer prayers note concern callback
    """
)
FACTUAL_REST = re.compile(
    r"(?:for (?:a|an|the|another|every|all|most|our|sunday|monday|tuesday|wednesday|thursday|friday|saturday|\d"
    r"|noon|ten|nine|eleven"
    r"|adults|children|families|members)\b(?! (?:you|pastor|team|prayer|office|staff))|every\b|on (?:sunday|monday"
    r"|tuesday|wednesday"
    r"|thursday|friday|saturday|most|the (?:first|second|third|last|website|site|church))s?\b"
    r"|in (?:the (?:bulletin|plate|morning|evening|summer)|advance|person|english|spanish|\w+ languages)\b"
    r"|at (?:the|our|noon|\w+ (?:a|p)\b|ten|nine|eleven)\b|from \b|each\b|weekly\b|with (?:communion|the (?:youth"
    r"|choir|children))\b|only\b|through (?:the|our)\b|out (?:by|every|on|each)\b|here\b|over\b|since\b|as a\b)"
)
STATES = re.compile(
    r"(?:all set(?: up)?\b|set(?: up)?(?: for| to go|$)|good to go\b|on (?:its|the|their|his|her) way\b|in (?:the"
    r"|our) (?:system|records|calendar|directory|schedule|database|books)\b"
    r"|on (?:the|our) (?:\w+ )?(?:list|schedule|calendar|roster|way)\b|down for\b|taken care of\b|all (?:done"
    r"|yours|taken care of|booked|confirmed|sorted|signed up)\b"
    r"|with (?:the|our) (?:\w+ )?(?:team|pastor|office|staff|deacons|elders)\b|complete(?:$| now)|active\b"
    r"|in (?:place|progress|process|motion)$|confirmed\b|as good as done\b"
    r"|in touch with\b|yours (?:for|on|at)\b|ready (?:for (?:pick ?up|you)|to be)|in (?:the (?:mail|works|queue"
    r"|post)|hand|his hands|her hands|their hands|good hands|the pastors hands)\b|under ?way\b|waiting for you\b"
    r"|in$|secured?\b|in line\b|next(?: in|$)|through to\b|in your (?:inbox|email|messages|account)\b|in (?:for|on"
    r"|at) (?:sunday|monday|tuesday|wednesday|thursday|friday|saturday|\d|one|two|three|four|five|six|seven|eight"
    r"|nine|ten))"
)
OTHERS_WILL = re.compile(
    r"(?:(?:be|also|definitely|gladly|soon|then|just|now|certainly|\w+ly) )*"
    r"(?:call(?:ing)?|ring(?:ing)?|phon(?:e|ing)|contact(?:ing)?|reach(?:ing)?|get back|getting back"
    r"|follow(?:ing)? up|in touch|return(?:ing)? your call|give you a (?:call|ring)"
    r"|text(?:ing)?|email(?:ing)?|visit(?:ing)? (?:you|him|her|them|tomorrow|today|tonight|your|soon|this|on)"
    r"|visit$|come (?:by|over|to (?:you|your)|and (?:get|see|visit|pick))|stop(?:ping)? by|drop(?:ping)? by"
    r"|pick(?:ing)? (?:you|him|her|them|it) up"
    r"|send(?:ing)? (?:you|it|that)|mail(?:ing)?|take care of (?:it|that|this|your)|handl(?:e|ing) (?:it|that|this"
    r"|your)|process(?:ing)? (?:it|that|this|your)|pray(?:ing)? (?:for|with) (?:you|him|her|them|your|it)"
    r"|expect(?:ing)? (?:you\b|your|him|her|them)|be there|be with you|arriv(?:e|ing)|be (?:on|here)|have (?:it"
    r"|that|your \w+) (?:ready|done)|meet (?:with )?you (?:on|at|there|tomorrow|today|tonight)"
    r"|wait(?:ing)? for (?:you|your)|be at (?:your|the)|cover|pay|bring(?:ing)? (?:you|it|them)|fix|repair"
    r"|help you (?:with (?:that|it|your)|move)|let you in|drive|driving|deliver(?:ing)? (?:it|that|your))\b"
)
EXPECTED = re.compile(
    r"(?:(?:soon|then|also|now|shortly|be) )*(?:(?:get|receive|expect|see|have|getting"
    r"|receiving)(?: \w+){1,4}? (?:call|calls|call ?back|text|email|e mail|confirmation|link|message|letter"
    r"|receipt|"
    r"visit|sms|reminder|copy)\b|hear (?:back|from (?:us|our|the|some|pastor|him|her|them|a|one)))"
)
UNDERWAY = re.compile(
    r"(?:(?:already|now|just|currently|right|all) )*(?:on (?:the|his|her|their|its) way|calling"
    r"|contacting|coming(?: (?:to|over|for|right|now|down|out)|$)|picking up|here (?:with me|now)|on the (?:line"
    r"|phone)|(?:fine|okay|happy) with (?:that|it)|waiting for|heading (?:to|over|your)|headed|driving|en route"
    r"|dispatched|reaching out|praying for (?:you|your)|expecting (?:you|your|him|her|them))"
)
KNOWS = re.compile(
    r"(?:(?:already|now|just|also|kindly) )*(?:(?:has|have|got|received|gets|accepted|seen"
    r"|read) (?:just |already )?(?:your|it|this|that|agreed|confirmed|accepted|approved|received|seen|read"
    r"|been (?:told|notified|informed|asked))\b|(?:now|already) knows?\b|knows? (?:about|that)\b|agreed\b|promised\b"
    r"|approved\b|told me\b|asked me\b|(?:just )?said (?:yes|it|he|she|they|you|okay|thats?)\b|says (?:yes|it|he|she"
    r"|they|you|okay|thats?)\b|confirmed (?:your|that|it))"
)
WHOSE = vocabulary("you your yours it that everything him her them his their someone somebody")
TITLES = vocabulary("pastor father reverend sister brother mrs mr deacon elder")
NO_VERBS = vocabulary(
    "including during regarding morning evening nothing something anything everything according being parking"
    " concerning willing"
)
"""They end like a verb that goes on."""
FINITE = vocabulary("is are can will costs takes means helps would requires may was has could should starts begins")
SEES = re.compile(
    r"\b(?:i(?: can| do)?(?: also| now)? (?:see|show|find|have)(?: (?!\w+(?:ed|en|ut)\b)\w+)? (?:here"
    r"|in (?:the|our|your) (?:system|calendar|records?|files?|account|notes?)|on (?:the|our|your|my) (?:\w+ )?"
    r"(?:calendar|screen|list|schedule|file|account|record|system)|your (?:\w+ )?(?:appointment|booking|record"
    r"|account|reservation|donation|registration|order|file|payment|pledge)|(?:that )?you (?:are|have"
    r"|were) (?:\w+ )?(?:registered"
    r"|booked|down|signed|listed|scheduled|a member|on (?:the|our)|enrolled))"
    r"|(?:my|our|the) (?:records?|system|calendar|screen|files?|database|computer) (?:show|shows|say|says|has|have"
    r"|tells?|lists?)|according to (?:my|our|the) (?:records?|system|calendar|screen|files?|database)"
    r"|it (?:shows|says) here)\b"
)
"""The agent has looked at something."""
ISSUED = re.compile(
    r"\b(?:confirmation|reference|booking|ticket|case|tracking|order) (?:number|code|id) (?:is|will be)\b"
    r"|\byour (?:appointment|booking|reservation|meeting|visit|consultation|slot|interview) is (?:on|at|for"
    r"|tomorrow|today|this|next|monday|tuesday|wednesday|thursday|friday|saturday|sunday|with)\b"
    r"|\byou (?:now |already )?have (?:got )?(?:a|an|the) (?:\w+ )?(?:appointment|booking|reservation|seat|spot|table"
    r"|slot|place)\b"
)
"""What only a booking gives."""
REACHED = re.compile(
    r"\b(?:i have (?:the (?:pastor|secretary|office|priest|minister)|him|her|some ?(?:one|body)|pastor \w+"
    r"|father \w+) (?:here|on|with|right|for|ready)|it is ringing|you are (?:next|number \w+|first) in (?:line"
    r"|the queue)"
    r"|here (?:is (?:the pastor|pastor \w+|father \w+|your)|(?:he|she) is))\b"
)
"""Somebody is on the line."""
THERE_IS = re.compile(
    r"\bthere (?:is|are|will be) (?:\w+ ){1,6}?(?:on (?:its|the|his|her|their) way|in your (?:inbox|mailbox|email"
    r"|account)|waiting for you|coming (?:to|for|over))\b"
    r"|\b(?:check|look (?:in|at)|watch|see) your (?:inbox|email|phone|messages|mailbox|texts?)\b|\b(?:look"
    r"|watch) (?:out )?for (?:an?|the|our) (?:email|text|call|message|link)\b"
)
"""Something is to come to the caller."""
HABIT = re.compile(r"\b(?:every|each|weekly|daily|usually|always|on (?:mon|tues|wednes|thurs|fri|satur|sun)days)\b")
NOT_BY_HABIT = vocabulary("confirmed booked processed ordered paid cancelled canceled approved")
"""Of one affair rather than of all."""

_APPOINTMENT = r"(?:appointment|booking|reservation|visit|rental|slot|spot|seat|table|place)"
YOURS_NOW = re.compile(
    r"\b(?:slot|spot|seat|table|time|hour|room|hall|machine|appointment|\w+day|\w+th|one|two|three|four|five|six|seven"
    r"|eight|nine|ten|eleven|twelve|noon|\w+ oclock) is (?:all |now )?yours(?: now)?(?:$| ,)"
)
STARTS_NOW = re.compile(rf"\byour {_APPOINTMENT} (?:now (?:starts|begins|runs|ends)|is now (?:on|at|for|from))\b")
NO_LONGER = re.compile(
    r"\byou are no longer (?:booked|scheduled|registered|signed|down|on the)\b"
    rf"|\b(?:that|the|your) {_APPOINTMENT} no longer exists|\b(?:it|that) is off the (?:books|calendar|schedule)\b"
    rf"|\byour {_APPOINTMENT} (?:is (?:off|gone)(?:$| now| the)|no longer stands)"
)
_YOUR_LIST = r"your (?:\w+ )?(?:list|calendar|schedule|agenda)"
OFF_THE_LIST = re.compile(rf"\bis (?:now )?(?:gone from|off) {_YOUR_LIST}\b")
MARKED = re.compile(r"\b(?:it|that|that one) is (?:now )?marked (?:as )?(?:done|complete|completed|finished)\b")
WRITTEN_DOWN = re.compile(r"\b(?:it|that) is (?:all |now )?(?:written|noted|put|jotted) down\b")
LISTED_NOW = re.compile(rf"\bis on {_YOUR_LIST} now(?:$| ,)|\b(?:it|that) is now on {_YOUR_LIST}\b")
"""A state that only a deed of this call makes: it was otherwise before."""
