"""Which kind of change a verb with its object names: booked, cancelled, moved, put on a list, deleted …"""

from shared.domain.language.deeds import Deed

_APPOINTMENTS = (
    r"(?:appointments?|bookings?|reservations?|orders?|spots?|seats?|places?|slots?|registrations?|attendance"
    r"|meetings?|visits?"
    r"|rsvp|tables?|rooms?|halls?|subscriptions?|memberships?|address|account|profile|records?|calendar|schedule"
    r"|change"
    r"|changes|arrangements?|enrol+ments?|plans?|times?|dates?|baptism|wedding|funeral|ride|rental|tickets?)"
)
_LIST = r"(?:list|calendar|schedule|agenda|diary|task list|to ?do list)"
_DAY_OR_TIME = (
    r"(?:(?:the |next |this )?(?:\w+day|morning|afternoon|evening|week|month|one|two|three|four|five|six|seven|eight"
    r"|nine|ten|eleven|twelve|noon|\w+th|\w+ oclock|\d))"
)

BY_OBJECT: tuple[tuple[Deed, str], ...] = (
    (Deed.CANCEL, r"call (?:\w+ ){0,4}?off\b"),
    (Deed.CANCEL, r"(?:drop|scrap|void|axe|undo) (?:your|the|that|this|it|them)\b(?! (?:a|an|off)\b)"),
    (Deed.COMPLETE, r"(?:tick|check|cross|strike) (?:\w+ ){0,4}?off\b"),
    (Deed.DELETE, r"(?:taken|took|take) (?:\w+ ){1,4}?off\b"),
    (Deed.CONFIRM, r"mark (?:\w+ ){1,4}?(?:as )?confirmed\b"),
    (Deed.CANCEL, r"mark (?:\w+ ){1,4}?(?:as )?cancell?ed\b"),
    (Deed.COMPLETE, r"mark\b"),
    (Deed.BOOK, r"(?:put|get|got|have|had|pencil) you (?:\w+ )?(?:down|in) (?:for|on|at|with|under)\b"),
    (
        Deed.ADD,
        rf"(?:add|put) (?!(?:\w+ ){{0,5}}prayer)(?:\w+ ){{1,6}}?(?:to|on|onto|in|into) (?:your|the) (?:\w+ )?{_LIST}\b"
        r"|create (?:a|the|your|that|this|it|an)\b",
    ),
    (Deed.CHANGE, r"(?:rename|retitle|relabel)(?:$| )"),
    (Deed.MOVE, rf"(?:push|shift|switch|bring|swap|bump) (?:\w+ ){{1,5}}?(?:to|back|forward|until) {_DAY_OR_TIME}\b"),
    (Deed.MOVE, rf"(?:push|shift|bring|switch|swap|bump) (?:back |forward )?(?:to|until) {_DAY_OR_TIME}\b"),
)
"""Judged before all else: the object and what follows it decide."""

BY_VERB: tuple[tuple[Deed, str], ...] = (
    (Deed.CANCEL, r"(?:cancel|unsubscribe|deactivate|unbook|void)(?:$| )"),
    (Deed.MOVE, r"(?:move|reschedule|postpone)(?:$| )"),
    (Deed.CONFIRM, r"(?:confirm|approve|finali[sz]e)(?:$| )"),
    (Deed.COMPLETE, r"complete(?:$| )"),
    (Deed.DELETE, r"(?:delete|remove|erase|clear|wipe)(?:$| )|take you off\b"),
    (Deed.ORDER, r"(?:order|place)(?:$| )"),
    (Deed.ADD, r"add(?:$| )"),
    (Deed.CHANGE, r"(?:update|change|correct|extend|renew|modify|edit|adjust|activate|reset)(?:$| )"),
    (
        Deed.BOOK,
        r"(?:book|rebook|schedule|reserve|register|enrol+|sign|rsvp|arrange|subscribe|set|block|pencil|slot|hold|secure"
        r"|lock)(?:$| )"
        rf"|(?:make|get|have|fit|squeeze|take) (?:\w+ ){{0,5}}?(?:{_APPOINTMENTS}|scheduled|booked|registered"
        r"|signed up|set up|arranged|confirmed|cancell?ed|moved|down for|in at|in for|in on)\b"
        r"|get you (?:in|on|set|down)\b|put you (?:down|on|in)\b",
    ),
)
