"""Signs that several kinds of danger share: people, urgency, and what makes an utterance harmless."""

COMMON = {
    "kin": """
        husband, wife, son, sons, daughter, daughters, kid, kids, children, child, boy, boys, girl, girls, baby,
        babies, toddler, infant, newborn, mother, mom, mama, mommy, momma, mum, father, dad, daddy, papa, grandpa,
        grandma, grandmother, grandfather, granny, nana, grandson, granddaughter, grandkid*, grandbaby, brother,
        sister, nephew, niece, cousin, uncle, aunt, friend, roommate, neighbor*, partner, boyfriend, girlfriend,
        fiance, stepson, stepdaughter, twin*, little one, student, camper, buddy, sis, bro, mother in law, father in
        law, teenager, teen, hubby, meemaw, pawpaw, mamaw, papaw, pop, foster kid
        """,
    "person": """
        he, she, hes, shes, him, her, they, theyre, them, i, im, ive, me, my, we, us, our, somebody, someone, man,
        woman, guy, lady, fella, usher, pastor, deacon, old man, old lady, people, everybody, everyone, person, kid,
        kids, husband, wife, son, daughter, boy, girl, baby, mother, mom, mama, father, dad, daddy, grandpa,
        grandma, brother, sister, nephew, niece, uncle, aunt, friend, neighbor, child, toddler, organist, janitor,
        custodian, sexton, teacher, member, worker, guest, visitor, bride, groom, driver, gentleman, resident,
        roofer, painter, dude, roommate, roommates, coworker, coworkers, operator, drivers, grandson, granddaughter,
        cousin, stepson, helper, technician, courier
        """,
    "other": """
        he, she, hes, shes, they, theyre, him, somebody, someone, man, guy, fella, fellow, dude, person, woman,
        lady, kid, teen*, stranger, ex, nephew, cousin, son, grandson, brother, husband, boyfriend, neighbor, boss,
        coworker, member, gang, group, men, boys, visitor, intruder, shooter, this boy, uncle, dad, father, stepdad,
        tenant, student, driver, caller, drunk, homeless man, father in law, roommate, gunman, his, brother in law,
        son in law, nobody, this, people
        """,
    "now": """
        now, just, right now, is, are, im, hes, shes, theyre, its, theres, keeps, still, suddenly, all of a sudden,
        help, hurry, quick, please, wont, cant, isnt, started, starting, been, this minute, again, got, gone, going,
        getting
        """,
    "not": """
        not, isnt, isn t, wont, cant, cannot, can not, stopped, stop, no, never, barely, hardly, quit, without,
        doesnt, dont, wasnt, aint, couldnt, lost, trouble, hard, hard time, struggl*, difficulty, nothing, no
        longer, fighting for, fighting to, short of, losing, zero, refuses to, stops, didnt, hasnt, unable
        """,
    "question": """
        what time, when is, when are, when does, when do, where is the, who do i, who does, who is, is the, is there
        a, are there, are you all, are yall, do you, does the, do yall, does your, can we, can i, could i, could we,
        how do i, how much, how many people, whose, which, would you, did you, did anyone, may i, are you guys, are
        we, were you, how long is, what is the, whats the, id like, i would like, is it okay, is it ok, are kids,
        can my, should i, should we, do i need, does anyone, has anyone turned, when will, is your, are your, did
        the, will the, is father, is pastor, was the, looking for the, wanted to ask about, calling about the,
        calling to ask, i want to sign, want to donate, i wanted to donate, want to volunteer, sign up
        """,
    "topic": """
        sermon, bulletin*, potluck, choir, study, pageant, collection, class, classes, recipe, video, movie, news,
        training, drill, raffle, hymn, rehearsal, fundraiser, insurance form, awareness, prevention, support group,
        memorial, funeral, burial, flowers, blood drive, coat drive, food drive, golf, tournament, picnic, bbq,
        barbecue, chili, cake, casserole, novel, book club, bake sale, rummage sale, yard sale, carnival, trunk or
        treat, halloween, haunted, costume, play, skit, musical, song, solo, concert, band, worship team, lesson,
        retreat, camp registration, newsletter, website, facebook, livestream, stream, wedding, baptism, communion,
        lent, advent, christmas, easter, pentecost, cookout, grill, fish fry, pancake, breakfast, dinner, luncheon,
        donation, donate, tithe, budget, mission trip, youth group, vbs, scouts, softball, basketball, football,
        game, match, workout, diet, exam, test, homework, deadline, boss at work, meeting, committee, workshop,
        seminar, museum, documentary, show, series, episode, podcast, stroke of luck, stroke of genius, breathe
        easy, spelling bee, at chess, chess, opera
        """,
    "past": """
        last week, last month, last year, last summer, last spring, last fall, last winter, last christmas, years
        ago, year ago, months ago, month ago, weeks ago, week ago, back in, in the nineties, in the eighties, in the
        seventies, in the sixties, yesterday, the other day, hospital, icu, nursing home, hospice, rehab, recover*,
        surgery, therapy, passed away, passed on, passed in, has passed, she passed, he passed, husband passed, wife
        passed, funeral, memorial, burial, survivor*, used to, when i was, when he was, when she was, history of,
        pray for, praying for, prayers for, prayer for, prayer list, prayers, fine now, okay now, ok now, better
        now, doing better, doing well, on the news, in the news, on tv, years later, anniversary, since he died,
        since she died, in the war, vietnam, iraq, long time ago, already home, home now, out of the hospital, jail,
        prison, court, scheduled, appointment, diagnosed, cancer, chemo, died, ago, as a child, as a kid, growing up
        """,
    "urgent": """
        right now, help me, hurry, please help, quick, please hurry, help us, need help, send help, oh my god, oh
        god, somebody help, what do i do, i dont know what to do, this minute, as we speak, still on the floor, on
        the floor, not breathing, isnt breathing, cant breathe, wont wake, is bleeding, just now
        """,
}
