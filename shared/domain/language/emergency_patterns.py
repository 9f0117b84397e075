"""Emergencies that are plain from one phrase, whatever else a caller says; what takes several signs is in the lists."""

from shared.domain.language.phrasing import one_of

_PARTS = {
    "kin": r"husband|wife|son|daughter|mother|mom|father|dad|brother|sister|friend|grandpa|grandma|grandmother"
    r"|grandfather|boy|girl|baby|toddler|child|kid|nephew|niece|grandson|granddaughter|cousin|uncle|aunt|roommate",
    "who": r"man|woman|lady|guy|person|people|somebody|someone|he|she|pedestrian|cyclist|biker|coworker|driver",
    "machine": r"loader|excavator|tractor|mower|truck|car|van|machine|trencher|lift|forklift|beam|tree|pallet|trailer"
    r"|chipper|auger|grinder|rubble|rocks?|wall|roller|bus|bike|equipment",
    "road": r"car|truck|bus|van|train|crosswalk|street|road|parking lot|driveway",
    "thing": r"fryer|stove|oven|grill|curtains?|couch|sofa|bed|mattress|roof|house|home|garage|barn|shed|car|truck"
    r"|engine|generator|machine|tent|trailer|camper|building|church|kitchen|attic|basement|wall|trees?|deck|porch"
    r"|outlet|dryer|heater|apartment|boat|van|bus|office|hall|field|fence",
    "weapon": r"axe|knife|machete|gun|bat|hammer|chainsaw|sword|crowbar|pipe|rifle",
}
EMERGENCY = one_of(
    r"""
    (?:im|i am|is|hes|shes|was|must be|might be|may be) having an? (?:heart attack|stroke|seizure|allergic reaction)\
        (?! (?:when|over|about|looking|at the|if))
    (?:is|are|just|got|hes|shes) slumped (?:over|down|forward|against|in)
    slumped over (?:the|his|her) \w+
    (?:<thing>) (?:(?:is|are|was|just|has|s) )*(?:caught |went )?(?:on fire|in flames|ablaze)\
        (?! (?:tonight|today|lately)\b)
    (?:<thing>)s on fire
    (?:cant|cannot) (?:seem to )?wake (?:my (?:<kin>)|him|her|the baby)(?: up)?\
        (?! (?:for|before|early|in|on|until|at)\b)
    (?:\w+ year old|<kin>) is missing
    bitten by a (?:\w+ )?(?:rattlesnake|snake|rattler|copperhead|cottonmouth|black widow|bat)
    foaming at the mouth(?! (?:to|for|over|about))
    (?:pinned|crushed|trapped) (?:under|underneath|beneath|inside|by) (?:the|a|my|his|her|that|some) (?:\w+ )?\
        (?:<machine>)
    (?:<who>|<kin>) just (?:got |was |been )?(?:knocked down|hit|struck|run over|mowed down) \
        (?:by|in|on|crossing) (?:a|an|the|our|your) (?:\w+ )?(?:<road>)
    (?:<who>|<kin>) (?:got|was|has been) knocked down in (?:the|a|our|your) (?:\w+ )?(?:<road>)
    (?:dug into|ruptured|punctured|broke|severed|cut through|dug through) (?:a|the|our|your|some) (?:gas|propane) \
        (?:line|main|pipe)
    sparks? (?:(?:are|is|keeps?|keep) )?(?:flying|shooting|coming|pouring) (?:out|from|off)
    (?:breaker box|outlet|panel|socket|wires?|wiring|plug|meter) (?:(?:is|are|keeps?|was|and|its|started) )*\
        (?:sparking|melting|smoking|burning)
    chas(?:ing|ed|es) (?:\w+ ){1,3}with (?:an?|his|her|the) (?:\w+ )?(?:<weapon>)
    lost my (?:\w+ )?(?:<kin>) (?:\w+ ){0,6}?(?:right next to me|was right (?:here|there|behind me)\
        |in the (?:store|crowd|mall|park|fair|woods|lot))
    (?:<kin>) (?:(?:has|have|is|are|s) )?(?:been )?missing (?:for|since)
    (?:<kin>|he|she) never (?:came|made it|got) (?:home|back)(?! to\b)
    """,
    _PARTS,
)
