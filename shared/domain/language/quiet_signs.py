"""Signs of danger told in quiet words: farewells, burdens, means at hand, violence at home that is hinted at.

Beside `crisis_patterns` and `home_danger_patterns`, which hold what is said outright.
"""

from shared.domain.language.common_signs import COMMON
from shared.domain.language.signs import Signs

DESPAIR = Signs(
    COMMON
    | {
        "i": """
            i, im, ive, id, ill, me, my, myself, mine
            """,
        "means": """
            pills, tablets, medication, meds, oxy*, xanax, valium, ambien, tylenol, percocet, insulin, morphine,
            fentanyl, sleeping pills, gun, pistol, rifle, shotgun, revolver, bullet, bullets, rope, noose, extension
            cord, belt, razor*, blade*, knife, bleach, antifreeze, bridge, overpass, ledge, railing, guardrail,
            rooftop, roof, parking garage, parking deck, cliff, tracks, train, train tracks, railroad, subway,
            platform, river, lake, water, ocean, quarry, dam, tree, oncoming, semi, trucks, truck, median, wall,
            garage, exhaust, hose, engine running, oven, plastic bag, helium, tub, bathtub, hair dryer, balcony,
            window, tower, steeple, bell tower, wheel, vodka, whiskey, bottle, the drop, edge
            """,
        "intent": """
            in front of me, lined up, laid out, in my hand, in my lap, on my lap, counted, counting, saved up,
            saving, stockpil*, hoard*, staring at, looking at, looking down, holding, sitting here, sitting with,
            sitting on, standing on, standing at, standing here, im on the, im at the, up on the, keep thinking,
            thinking about, thinking of, thought about, keep looking, just steer*, steer*, swerv*, veer*, let go of
            the, drift*, drive off, driving off, drive into, driving into, walk into, walking into, step in front,
            step off, stepping off, jump*, lean*, over the edge, let go, climb*, swallow*, take them all, take all,
            all of them, all at once, whole bottle, wash* down, how many, enough to, would be enough, would it take,
            load*, cock*, to my head, in my mouth, my wrist*, around my neck, tied, hang*, peaceful, so calm,
            calling me, calls to me, look* good, who else to call, one last, last call, tonight, end it, be over, be
            done, quick, painless, would it hurt, wouldnt hurt, no one would know, nobody would know, look like an
            accident, make it look like, accident, parked, close the door, close my eyes, shut my eyes, hit me, fall
            asleep, go to sleep, never come up, sink, pull* me, unlock*, dug out, got out my, took out my, took it
            out, bought a, bought some, cut*, by myself, all alone
            """,
        "safe": """
            fishing, swim*, boat*, hik*, paint*, repair*, fix*, install*, clean*, wash the, traffic is, traffic on,
            stuck on the, stuck in, directions, detour, closed, lane, exit, refill*, pharmacy, prescription, hunt*,
            safe for, gun safe, cooking, recipe, potluck, shaving, haircut, christmas tree, advent, trim, rummage,
            museum, train station, the train leaves, set, tour, picnic, baptiz*, baptism, street, road, club, water
            bottle*, bottle of water, bottled, bottle drive, roofer*, roofing, leak*, view, photo*, carpool, mission
            trip, toy, collect*, park, into the lot, and hit, accident last, backed
            """,
        "better_off": """
            better off, happier, relieved, breathe easier, be free of me, rid of me, be fine without, do fine
            without, do better without, without me, if i wasnt, if i werent, if i was gone, if i were gone, once im
            gone, when im gone, after im gone, with me gone, me out of the way, out of everybodys way, out of
            everyones way, not have to worry about me, wouldnt have to, wont have to deal, a favor, doing them a
            favor, doing everybody a favor, one less, mouth to feed, insurance, worth more dead, life insurance,
            policy pays, get the insurance, the insurance would, death benefit
            """,
        "they": """
            they, theyd, they d, everyone, everybody, the kids, my kids, my family, family, my wife, my husband, he,
            she, hed, shed, my mom, my dad, my parents, my children, children, world, church, people, somebody,
            anybody, nobody, the boys, the girls, them, daughter, son, baby
            """,
        "we_better": """
            wed be better off, we would be better off, better off meeting, better off taking, better off going,
            better off using, you d be better, youd be better, parents insurance, insurance card, insurance form,
            insurance company, insurance number, car insurance, better off driving, better off in the, on insurance,
            take insurance, insurance agent
            """,
        "bye": """
            goodbye, goodbyes, good bye, farewell, so long everybody, last words, last call, last time youll, last
            time you ll, last time im, last time ill, this is it, this is the end, wont be bothering, wont bother
            you, wont be calling, wont be around, not be around, not gonna be around, wont be here, not gonna be
            here, not going to be here, wont be needing, wont need, dont need it anymore, dont need them anymore,
            dont need anything, not needing, wont see me, you wont see me, wont be seeing, never see me, by the time
            you, by the time anybody, by the time they, when they find me, when you find me, find me, find the body,
            find my body, after tonight, after today, come tomorrow, before morning, see morning, see the morning,
            see tomorrow, make it to morning, make it to sunday, make it to christmas, last night here, my last
            night, my last day, last supper, where im going, on the other side, wherever i end up, put me out, wrote
            letters, wrote a letter to each, letters to the kids, letter for each, wrote it all down, left a note,
            leave a note, leaving a note, wrote a note, writing a note, a note on the, note on my, in the note, my
            will, wrote my will, affairs in order, in order, planned my funeral, plan my funeral, my funeral, my own
            funeral, songs for my, my obituary, bury me, buried next, cremat*, my ashes, my eulogy, pallbearer*, who
            gets my, want you to have my, want her to have my, want him to have my, should have my, gets my
            """,
        "love_sorry": """
            tell them i, tell him i, tell her i, tell my, tell everybody, tell everyone, tell mama, tell mom, tell
            pastor, tell the pastor, love them, loved them, love him, love her, im sorry, i m sorry, forgive me, not
            their fault, wasnt their fault, not your fault, isnt anybodys fault, nobodys fault, dont blame, thank
            you for everything, thanks for everything, thank everybody, dog food, feed the dog, feed my, feed the
            cat, cat food, look after, take care of my, take my dog, take my cat, take the kids, watch the kids,
            raise, home for my dog, home for my cat, keys are under, key is under, passwords, where the, account
            numbers, somebody to know, someone to know, wanted somebody, wanted someone, want somebody, want
            someone, anymore, any more, tonight, this time tomorrow, for good, done, ready, peace, calm, morning,
            gone, needed, dont try to stop, dont come looking, dont let the kids, dont let my, no more, so nobody
            has to, be quick
            """,
        "moving": """
            moving to, move to, moved to, retire*, vacation, going to florida, deploy*, college, new job, transfer*,
            mission trip, leaving for, flight, cruise, pastor is leaving, hes leaving, farewell party, going away,
            send off, sending off, reception, graduat*, in hospice, my mothers, my grandmothers, my husbands, my
            wifes, my fathers, for my mother, for my father, for my grandmother, preplan*, pre plan*, someday, some
            day, i work, im working, out of town, wont be here sunday, wont be there sunday, cant make it, trip,
            surgery, have to work, kids are sick, under the weather, have a cold, the flu, prearrang*, moving, for
            me, downsiz*, rummage, goodwill, yard sale, spring cleaning, wont be here on, wont be here next, write
            my will, wrote my will, my will, buried next to, want to be buried, be cremated, a cremation, goodbye to
            pastor, goodbye to the, goodbye to our, before he moves, before she moves, before you move, for the
            homebound, wont be around this, wont be around next, wont be around on, wont need a ride, wont need the,
            wont need it
            """,
        "give": """
            giving away, gave away, give away, given away, giving my, gave my, giving it all, giving all, handing
            out, selling everything, sold everything, got rid of, getting rid of, cleaned out my, cleaning out my,
            packed up my, boxed up, emptied my
            """,
        "calm": """
            calm, peaceful, at peace, relieved, dont need, wont need, no use for, before i go, for good, lighter,
            not taking it with, cant take it, anymore, any more, decided, made up my mind, my guitar, my stuff, my
            things, my dog, my cat, my rings, my wedding ring, my tools, my records, my bible, everything i, all of
            it, her favorite, his favorite, jewelry
            """,
        "burden": """
            a burden, such a burden, burden to, burden on, dead weight, a weight, weight around, weight on,
            millstone, in the way, in everybodys way, waste of space, waste of air, waste of breath, waste of
            oxygen, taking up space, drain on, no use to, no good to, good for nothing, nobody needs me, nobody
            needs, no one needs me, dont need me, nobody wants me, dont matter, doesnt matter if i, i dont matter,
            worthless, im nothing, unlovable, hate myself, hate who i am, disgust*, mistake god, a mistake, never
            shouldve been, shouldnt have been born, shouldnt be here, dont deserve, poison to, ruin everything,
            ruined everything, cant do anything right, in the road, extra, invisible, forgotten, left behind,
            outlived, lived too long, been here too long
            """,
        "polite": """
            dont want to be a burden, dont mean to be a burden, not to be a burden, hate to be a burden, dont want
            to bother, hate to bother, sorry to bother, no burden, isnt a burden, not a burden, burden lifted,
            burden of proof, his burden is light, weight loss, weight watchers, weight limit, burdens, in the way of
            parking, weight room
            """,
        "end": """
            time i go, time i went, time to go, its time, im ready, ready to go, want to go, rather go, go home, be
            with, tired, be gone, disappear, vanish, end, over, stop, quit, done, finished, give up, giving up, gave
            up, no point, whats the point, dont see, cant see, why bother, no reason, cant go on, cant do this, cant
            do it, cant keep, sleep, rest, peace, not wake, gone, everybody would, children, kids, family, tonight,
            everyone, around everybody, to everyone, to everybody, anybody, no more, be rid, necks, dead
            """,
        "tired": """
            tired of fighting, tired of hurting, tired of trying, tired of everything, tired of it all, tired of all
            of it, tired of being, tired of waking, tired of this life, tired of life, tired of pretending, tired of
            holding on, tired of breathing, so tired of, tired in my soul, soul is tired, bone tired of, sick of
            living, sick of life, sick of being alive, sick of it all, done with life, done with living, done with
            this life, done with this world, done with everything, done with it all, done fighting, done trying,
            done pretending, through with life, through with living, through with it all, cant fight, no fight left,
            fight left in me, nothing left in me, empty inside, hollow, numb, cant feel anything, dont feel
            anything, feel nothing, cant hang on, cant hold on, hanging on by, cant keep going, cant keep doing,
            cant keep living, cant keep on, cant do life, cant take it, cant take any, cant take much, cant bear,
            cant stand being, cant face another, cant face tomorrow, dont want another, cant do another, cant live,
            dont want to be alive, dont want to be here, dont want to exist, dont wanna be here, dont wanna live,
            dont wanna exist, hope i dont wake, pray i dont wake, wish i wouldnt wake, not wake up, never wake up,
            wish i hadnt woke*, woke up disappointed, sorry i woke, disappointed i woke, mad i woke, no reason to
            wake, no reason to get up, why wake up, reason to stay, reason to be here, reason to keep, no reason to
            go on, no reason to live, no point anymore, no point in going, no point in any, no point in trying,
            whats the point of me, whats the point of it all, whats the point anymore, dont see the point, dont see
            a point, dont see a way, dont see any way, cant see a way, see a way out, only way out, no way out, one
            way out, only one way, way out of this, dont see a future, cant see a future, no future, no tomorrow,
            light at the end, dark place, darkness is, the dark is, black hole, drowning inside, dying inside, dead
            inside, already dead, might as well be dead, might as well die, wish i was dead, wish i were dead, wish
            id died, wish i had died, wish it was me, shouldve been me, should have been me, wish god would, asked
            god to, asking god to, begged god to, praying god, pray god takes, pray god would, take me home, take me
            in my sleep, take me tonight, come get me, ready to meet, ready to see jesus, join my husband, join my
            wife, see him again tonight, want it to stop, want it to end, want it to be over, wanting it over, make
            it stop, make it all stop, want everything to stop, want the pain to, stop the pain, end the pain, want
            to disappear, want to vanish, wish i could disappear, wish i could vanish, want to sleep forever, sleep
            and not, sleep and never, go to sleep and, fade away, stop existing, cease to exist, never existed,
            never been born, wasnt born, check out, checking out, punch my ticket, cash out, clock out for good, off
            myself, offing myself, unalive, kms, end myself, end my life, take my own, taking my own, do myself in,
            do it tonight, gonna do it, going to do it, going through with it, go through with it, have a plan, got
            a plan, my plan, picked a day, picked the day, set a date, chose a date, tried before, tried it before,
            tried once before, this time i wont, wont fail this time, finally going to, finally gonna, thoughts of
            ending, thoughts about ending, dark thoughts, bad thoughts, those thoughts, thoughts again, voices
            tell*, voices say*, voices are tell*, voices keep, demons tell*, voice tells, voice says, hurt myself,
            hurting myself, harm myself, cut myself, cutting again, cutting myself, started cutting, cut deeper, cut
            too deep, burn myself, burning myself, starving myself, punish myself, hit myself, razor again, scratch
            myself, not planning on being, not planning to be around, dont plan on being, wont be around, donate my
            body, donating my body, let go of the wheel, easy to let go, easy to just let go, where he is, where she
            is, go where he, go where she, want it quiet, want quiet, dont want to hurt anymore, dont want to hurt
            any more, dont want to feel anymore, dont want to feel any, okay with that, decided when, voices say,
            unload the gun, nobodys going to notice, nobody is going to notice, not here anyway, put the note, wrote
            my kids, wrote each of, wrote them each, texted me bye, driving past that, keep driving past, make it to
            sunday, make it to easter, make it to christmas, too much for me, cant carry, in the tank, quiet in my
            head
            """,
        "other_tired": """
            tired of waiting, on hold, parking, traffic, cooking, the weather, this cold, snow, winter, working, the
            lease, phone, website, computer, gym, diet, checking out the, check out the, check out a, checking out
            your, check out your, checking out churches, the plan is, insurance plan, meal plan, seating, building
            plan, plan to come, retirement, contract, cut myself a, cut myself some, cut myself shaving, committee,
            meeting, join him for, join her for, join the, casserole, plan for the, checked out, class, the youth,
            holiday, homebound, go home after, going home after, home to cook, home for, live near, live on, live
            in, live at, live with, lives, live music, live stream, my life group, group, hold on please, hold on a,
            hold on the line, be around for the, be here for, be here by, be here at, around noon, around five,
            around the corner, around here, not here to, here on sunday, doing it again, grief, widow*, lost my
            husband, lost my wife, lost my mother, my mother died, my husband died last, passed, in the hospital,
            doctor, nurse, surgery, cancer, battery, car died, engine, dead battery, killing me, kill for, dying to,
            to die for, die laughing, died laughing, hungry, coffee, deadline, garden, plants, the choir, my kids
            are, my son is, easter, christmas
            """,
        "faith": """
            sin, wrong, forgiv*, unforgiv*, hell, heaven, god, lord, jesus, bible, catholic, purgatory, saved,
            salvation, soul, damned, burial, bury, buried, blessed ground, communion, mortal sin, church say, church
            let
            """,
        "do_it": """
            kill yourself, kill myself, kills himself, kills herself, killed himself, killed herself, kill
            themselves, do it to yourself, did it to yourself, do it to myself, did it to myself, do it yourself, do
            it on purpose, did it on purpose, by your own hand, by my own hand, by his own hand, by their own hand,
            own hand, take your own, takes your own, takes their own, took their own, take my own, end your own, end
            it yourself, ends it, end it all, end your life, ends their life, end their life, end it early, go
            early, go before your time, leave early, leave this world, leave this life, die on purpose, died on
            purpose, let yourself die, stop living, stop eating, jump off, refuse treatment, give up on life, take
            people who, takes people who, take you if, take me if, take you anyway, still take you, still take me,
            let you in if, let me in if, accept you if, accept me if, if you quit, if a person quits, if i quit
            living
            """,
        "about": """
            friend, son, daughter, husband, wife, brother, sister, mom, mother, dad, father, boyfriend, girlfriend,
            roommate, cousin, nephew, niece, grandson, granddaughter, kid, neighbor, coworker, student, buddy, she,
            he, shes, hes, they
            """,
        "about_sign": """
            posted goodbye, goodbye to every*, said goodbye to every*, goodbye note, goodbye text, goodbye message,
            suicide*, suicidal, weird note, left a note, wants to die, want to die, wanted to die, doesnt want to
            live, doesnt want to be here, doesnt want to be alive, dont want to live, wishes he was dead, wishes she
            was dead, wish he was dead, hurt himself, hurt herself, hurting himself, hurting herself, harm himself,
            harm herself, cutting himself, cutting herself, cuts herself, cuts himself, kill himself, kill herself,
            killing himself, killing herself, end his life, end her life, take his own life, take her own life, jump
            off, threatening to jump, on the bridge, on the ledge, on the roof and, on the tracks, giving away his,
            giving away her, gave away his, gave away her, locked himself in with, locked herself in with, took his
            gun, took the gun and, found pills, found a rope, found a noose, found razor*, found a note, cuts on her
            arms, cuts on his arms, marks on her wrists, talking about dying, talking about death, talks about
            dying, talking like he wont, talking like she wont, wont be around, be better off without, better off
            without her, better off without him, not picking up and, hanging himself, hanging herself, hung himself,
            hung herself, od d on purpose, overdose on purpose, not worth living, nothing to live for, doesnt see
            the point, ended up in the tub, not safe alone, said shes done, said hes done, says shes done with, says
            hes done with, texted bye, texted me bye, said bye, told me bye, take care of my cat, take care of my
            dog, bye and take care, said take care of, wont answer the door, bathroom door, gave me his, gave me
            her, his ring, her ring
            """,
        "low": """
            alone, dark, cold, quiet, tired, scared, sad, lonely, hopeless, numb, empty, over, ready, easy, easier,
            thinking, keep thinking, keep looking, cant stop, staring, nobody, no one, anymore, any more, tonight,
            need, hurts, pain, enough, done, finally, peace, calm, sleep, water looks, look so, lately, just
            sitting, just sit, all night, at night, voices, sorry, last, wait for, waiting for, brave, courage,
            nerve, chicken, coward, step, jump, fall, drop, end
            """,
        "alone": """
            nobody would notice, no one would notice, nobody would miss, no one would miss, nobody would care, no
            one would care, nobody cares, no one cares, nobody would even, wouldnt even notice, how long before
            anyone, how long before anybody, how long till somebody, who would find, who would notice, who would
            come to my, would anyone come, would anybody come, nobody would come to, nobody would cry, weeks before,
            days before anybody, dont trust myself, cant trust myself, scared of myself, afraid of myself, afraid of
            what i, scared of what i, scared of what ill, afraid ill do, scared ill do, scared i might, afraid i
            might, scared im going to, do something stupid, do something bad, do something to myself, dont leave me
            alone, shouldnt be alone, cant be alone tonight, talk me out of it, talk me down, give me a reason, give
            me one reason, one good reason, tell me why i should, tell me not to, stop me, convince me, last resort,
            last hope, youre my last, one more person, told myself id call one, if nobody answer*, if nobody picked,
            if you didnt answer, if you hadnt answered
            """,
        "call": """
            wrong number i, reaching out to someone, i needed to hear a voice, hear one voice, hear a voice, wanted
            to hear a voice, voice before, before i do, before i go through, before i change my mind, before i lose
            my nerve, one more call before, one call before
            """,
    },
    """
    means > intent + i - safe - question - past - topic
    intent > means + i - safe - question - past - topic
    better_off + they + i - we_better - question - topic
    they > better_off + end - we_better - question - topic
    they + better_off > better_off - we_better
    bye + love_sorry + i - moving - question - topic
    love_sorry > bye + i - moving - question - topic
    give > calm + i - topic - question - moving
    burden + end + i - polite - question
    tired + i - other_tired - question - topic
    faith > do_it
    do_it > faith
    about > about_sign - past - topic
    alone - topic
    bye + i - moving - question - topic - past
    means + low + i - safe - question - topic - past
    burden + i - polite - question - topic
    better_off + they - we_better - question - topic - moving
    call - topic
    """,
)
VIOLENCE = Signs(
    COMMON
    | {
        "he": """
            he, she, hes, shes, they, theyre, husband, wife, boyfriend, girlfriend, fiance, partner, father, dad,
            daddy, mother, mom, mama, mommy, stepdad, stepfather, stepmom, stepmother, uncle, brother, son,
            daughter, ex, roommate, grandfather, grandmother, grandpa, grandma, man, guy, grandson, granddaughter,
            nephew, cousin, stepson, stepbrother, caregiver, caretaker, nurse, aide, neighbor, landlord, coach,
            teacher, parents, babysitter, sitter, sister, in law, boss, old man, hubby, baby daddy, mothers
            boyfriend, moms boyfriend, youth leader, tutor, foster*, staff, orderly, pimp
            """,
        "hit": """
            hit, hits, hitting, beat, beats, beating, beaten, punch*, slap*, smack*, whack*, kick*, chok*, strangl*,
            whip*, whoop*, whup*, belt*, burn*, scald*, shov*, push*, threw, throws, throwing, slam*, drag*, knock*,
            toss*, pinn*, yank*, jerk*, grab*, backhand*, sock*, bit, bites, biting, starv*, tied, ties, chain*,
            shook, shakes, shaking, stab*, cut, struck, strikes, hurt, hurts, hurting, rough*, twist*, bruis*,
            spits, spit, lock*, pull*, tear*, rips, swung, swings, lunged, came at, comes at, put hands, puts hands,
            put his hands, puts his hands, lays hands, laid hands, lays into, laid into, went off on, goes off on,
            takes it out on, took it out on, held me, holds me, held her, holds her, smother*, drown*, poison*,
            pour*, pinch*, thump*, stomp*, crack*, wallop*, clobber*, tase*, body slammed, mess* up, put me through,
            put her through, put me in the hospital, put me up against, put a gun, put a knife, corner*, trap*,
            forc*, molest*, rape*, fondl*, grop*, abus*, handl*, jumps on
            """,
        "me": """
            me, us, my mom, my mother, my sister, my brother, my daughter, my son, my kids, my baby, my child, my
            children, my grandson, my granddaughter, my grandma, my grandmother, my wife, my dad, my nephew, my
            niece, her, him, them, mommy, mama, the kids, the children, the baby, the boy, the girl, the little boy,
            the little girl, little boy, little girl, the babies, our baby, our kids, our daughter, our son, his
            kids, her kids, his mother, his mom, his wife, her husband, her mother, my arm, my hair, my neck, my
            face, my head, my wrist, my throat, the toddler, the old lady, those kids, these kids, that baby, that
            child, that little, my ribs, my jaw, my nose
            """,
        "fine": """
            at chess, at golf, at cards, at tennis, at checkers, at bingo, at scrabble, me up at, to the punch, me
            to it, off guard, me a line, me a note, feelings, some slack, the jackpot, the ball, hit me up, hit me
            that, hit me hard, really hit me, it hit me, that hit me, knocked me off my feet with, pulled me aside,
            pulled him aside, grabbed me a, threw me a, threw us a, threw her a, throw us a, throws a party, throw
            him a, burns cds, cut her hair, cut his hair, cut my hair, cut me a check, cut him some, cut us a,
            pushed me to, push me to, pushing me to, hugged, hold hands, holds my hand, held my hand, shook my hand,
            shakes my hand, shook his hand, bit of, a little bit, bit more, kick off, kicks off, kickoff, ties the,
            tied up at work, locked out, locked my keys, locked her keys, locked the, pull off, pulling for, pulled
            for, throw in, beat cancer, beating cancer, beats me, football, soccer, hockey, baseball, boxing,
            karate, wrestl*, softball, race, spelling bee, contest, practice, handle the, handles the, handling the,
            forced to retire, forced him to retire, my knee, my back hurts, feet hurt, hurt my back, hurt his back,
            hurt her back, hurt his knee, pour into, poured into, pouring into, shaking hands, lock up, locks up,
            lock the, cut the grass, cut the cake, crack me up, cracks me up, cracked me up, picks me up, fought
            cancer, dog bit, cat, locked me out of the building, locked out of, locked us out of
            """,
        "control": """
            wont let me, doesnt let me, dont let me, didnt let me, never lets me, not letting me, isnt letting me,
            wont let her, wont let us, doesnt let her, doesnt let us, wouldnt let me, not allowed to, im not
            allowed, isnt allowed to, took my keys, takes my keys, took my phone, takes my phone, hid my, hides my,
            took my shoes, took my money, takes my money, takes my check, takes all my, takes my social, cashes my,
            keeps my passport, has my passport, took my passport, took my id, took my papers, smashed my phone,
            broke my phone, cut the phone, cut off the phone, took the car keys, took the battery, checks the
            mileage, tracks my, tracker on my, reads my texts, goes through my phone, follows me, waits outside,
            shows up at my, watches me, cameras in, locks me, locked me, locks us, locked us, locks her, locked her,
            locks him in, locked him in, padlock*, lock on the outside, locks on the outside, sleeps with a gun,
            sleeps with a knife, gun on the table, gun by the bed, keeps a gun, keeps a knife under, shows me the
            gun, showed me the gun, says hell kill, says hes going to kill, said hed kill, says hell burn, says hell
            take the kids, said hed take the kids, take my kids, kill the dog, killed the dog, killed my dog, kill
            my dog, hurt the dog, kicked the dog, shot my dog, killed our cat, hurts the cat, punched the wall,
            punches the wall, punches holes, holes in the wall, hole in the wall, threw a plate, throws plates,
            throws dishes, throwing dishes, throws things, throwing things, breaking things, breaks things, smashing
            things, tearing up the house, broke the door, broke down the door, kicked the door, kicking the door,
            banging on the door, beating on the door, pounding on the door, door in, locked all the, locks all the,
            burned my, burned all my, burns my, chair against the door, dresser against the door, sleep with one
            eye, made me sleep, makes me sleep, makes us sleep, be sorry if, ill be sorry, i ll be sorry, that look,
            came at me, comes at me, takes a swing, took a swing, swings at me, beating on the window, squeezed my
            neck, squeezes my neck, squeezed my throat, finger marks, hand marks, handprint*, fingerprints on her,
            thumb marks, pulled a knife, shoves grandma, hurts grandma, hits grandma, rough with, pulls my hair,
            slaps her, slaps him, flinch*, because of him, hurts us, hits us, keeps me from, keeps us from, keeps
            her from
            """,
        "afraid": """
            scared, afraid, terrified, frightened, petrified, whisper*, cant talk loud, cant talk long, keep my
            voice down, talk quiet, hell hear, he will hear, shell hear, hes asleep, hes sleeping, while hes asleep,
            while hes out, in the shower, next room, other room, hes home, before he gets back, before he gets home,
            before he comes back, before he wakes, if he wakes, if he finds out, if he knew, if he hears, if he
            catches, doesnt know im calling, dont know im calling, doesnt know i called, cant know i, hide, hiding,
            hid, bathroom, closet, basement, under the bed, in the car with the kids, cant go home, cant go back,
            dont want to go home, wont go home, need a place, somewhere to go, somewhere safe, safe place, get out,
            get away, ran away, escape*, out of here, leave him, left him, leave her, bruise*, black eye, busted
            lip, split lip, marks, welts, cigarette*, broken, ribs, bleeding, stitches, emergency room, er,
            hospital, long sleeves, makeup, sunglasses, cover it, walked into a door, told them i fell, said i fell,
            tell people i fell, drunk, drinking, drinks, been drinking, high, meth, temper, rage, violent, every
            night, every time, again, last night, tonight, worse, kids saw, in front of the kids, dont know who to
            tell, dont know who else, never told anyone, never told anybody, told me not to tell, not supposed to
            tell, dont tell, secret, at night, my room, her room, my bed, bath time, cord, hanger, paddle, fist,
            fists, extension cord, check, kill, pay for it, or else, shoes, keys, floor, wall, stairs, teeth, once
            already, knife, gun, tooth, came out, nobody is looking, no one is looking, nobodys looking, nobody
            looks, stars, saw stars, garage, scissors, run, nowhere, sorry, wont give him, dont give him, wont give
            her, money, window, finger marks, arms, dresser, counter, door, couch, bed, table, car, truck, yard,
            mouth, nose, spoon, pan, bottle, when i, if i, because i, whenever, anymore, kids, baby, front, face
            """,
        "quiet": """
            have to whisper, gotta whisper, got to whisper, i have to be quiet, have to talk quiet, cant talk loud,
            hell hear me, he can hear me, shell hear me, he doesnt know im calling, he cant know im calling, he
            doesnt know i called, doesnt know im on the phone, if he knew i was calling, if he finds out i called,
            if he finds out i told, before he gets home, before he gets back, before he comes back, before he wakes
            up, while hes passed out, while hes asleep, im in the bathroom with, locked in the bathroom, locked
            myself in the, hiding in the, hiding from, hid in the, hid the kids, i took the kids and, kids and i are
            hiding, sleeping in the car with the kids, sleep in my car because, end up on the floor, ended up on the
            floor, hands around, hands on my neck, hands round, hand over my mouth, pillow over, by the throat, by
            the hair, by my hair, cant breathe when he, until i passed out, till i passed out, walk on eggshells,
            walking on eggshells, scared to go home, afraid to go home, scared to be home, dont feel safe at home,
            not safe at home, isnt safe at home, not safe with him, not safe with her, not safe around, afraid of my
            husband, afraid of my wife, scared of my husband, scared of my dad, scared of my son, afraid of my son,
            scared of my boyfriend, afraid of my boyfriend, terrified of him, terrified of my, scared of him, afraid
            of him, hes going to hurt, hes gonna hurt, hes going to kill, hes gonna kill, hell kill me, hell kill
            us, shell kill me, kill me this time, kill me next time, kill me one day, battered, battered women,
            abuse* me, abusing me, abusive, domestic violence, domestic abuse, womens shelter, women s shelter,
            shelter for women, safe house, restraining order, protective order, things to me at night, does things
            to me, does stuff to me, did things to me, comes in my room, comes into my room, came in my room, comes
            to my bed, gets in my bed, in my bed at night, touches my daughter, touched my daughter, touching my
            daughter, made me touch, makes me touch, made me do things, makes me take off, takes pictures of me, our
            secret, a secret game, being trafficked, sells me, selling me, makes me work for, marks on the baby,
            marks on her back, marks on his back, bruises on the baby, bruises on her, bruises on him, burned the
            baby, burns on the, cigarette burns, cigarette on, with a cigarette, with a belt, with the belt, with a
            cord, with the cord, with an extension cord, with a hanger, with a hammer, with a hot, with his fist,
            with his fists, with the iron, kept in a, locked in the basement, locked in a closet, locked in the
            closet, locked in her room, chained to, hears screaming, screaming next door, screaming through the
            wall, hear her screaming, hear him beating, hear them screaming, hear a woman screaming, hear a child
            screaming, hear the kids screaming, hear him hitting
            """,
        "support": """
            support group, shelter drive, donate to the, donation*, volunteer, training, awareness, class on, sermon
            on, shelter dogs, animal shelter, the book, collect*, touched me deeply, touched me so, your sermon,
            that sermon, that song, the music, hide and seek, escape room, haunted, movie, easter egg, scared of
            heights, scared of flying, scared of needles, afraid of heights, afraid of dogs, scared of dogs, afraid
            of the dark, scared of the dark, surgery, operation, new school, let me forget, let me down, let me
            know, let me pay, let me help, let me win
            """,
    },
    """
    he > hit > me + afraid - fine - support - question
    me > hit > he + afraid - fine - support - question
    control + afraid - support - question
    control > control - support - question
    he > hit > me - fine - support - question - topic - past
    quiet - support - question
    """,
)
