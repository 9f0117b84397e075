"""Signs of emergencies in which 911 is told first, by kind: fire and gas, weapons, somebody missing."""

from shared.domain.language.common_signs import COMMON
from shared.domain.language.signs import Signs

FIRE_AND_GAS = Signs(
    COMMON
    | {
        "fire": """
            fire, fires, flame*, blaze, blazing, ablaze, burning, burnin, on fire, caught fire, in flames, engulfed,
            inferno, lit up, going up in, going up, went up, caught, burning down, explod*, explosion, blew up,
            smolder*, smoulder*, spark*, orange, glow*, melting, charred, singed, ember*, torched, arson, roaring,
            popping, burner left on, left the burner, hot to touch, hot to the touch
            """,
        "smoke": """
            smoke, smoky, smoking, smokey, smell of burning, burning smell, something burning, hot plastic, burnt
            plastic, burning plastic, electrical smell, burning rubber, burnt wire*, burning wire*, soot, fumes,
            haze, singed
            """,
        "place": """
            house, home, church, kitchen, stove, oven, car, truck, van, bus, curtain*, drapes, building, roof,
            attic, basement, barn, garage, shed, room, place, apartment, trailer, parsonage, rectory, chapel,
            sanctuary, steeple, belfry, hall, couch, sofa, bed, mattress, carpet, rug, tree, trees, woods, field,
            grass, porch, deck, fence, wall, walls, ceiling, dryer, outlet, socket, wire*, panel, fuse box, breaker,
            furnace, boiler, heater, space heater, clothes, hair, shirt, sleeve, dress, robe, altar, cloth,
            tablecloth, grease, pan, skillet, pot, fryer, toaster, microwave, dumpster, trash, trash can,
            wastebasket, school, store, office, nursery, engine, motor, hood, wreath, candle*, papers, organ, pew*,
            closet, tent, laptop, charger, lamp, window*, stairs, stairwell, hallway, vent*, chimney, duct*,
            electrical, next door, neighbors, across the street, upstairs, downstairs, christmas tree, advent
            wreath, fellowship, duplex, complex, warehouse, silo, hay, vestry, narthex, bell tower, daycare,
            extension cord, power strip, plug, battery, grill, propane, pole, transformer, gas pump, oil, cabinets,
            cabinet, back of, burner, boom, shop, camper, mobile home, haystack, hayloft, laundry room, bathroom,
            bedroom, steps, row house, wires
            """,
        "spreading": """
            theres, there is, theres a, see, seeing, can see, got, we have, weve got, coming, out of, pouring,
            everywhere, spread*, behind, under, up the, through the, from the, inside, caught, getting bigger,
            growing, big, out of control, now, just, started, is on, are on, its on, all over, thick, black, cant
            get, cant see, cant find the extinguisher, extinguisher, filling, filled, full of, smell*, licking,
            shooting, rolling, burn*, jumped, trapped, kids, alarm*, screaming, is going, is burning, are burning,
            somebody left, left a, tipped, knocked, fell over, hurry, help, climbing, drapes, curtain*, went up, the
            whole, at the, in the, on the, hot to the touch, crackling, popping, up the cabinets, up it, half the,
            boom, hot, whole back, backside, side of the, now its, now the, now it, and now, wont go out, cant put
            it out, put it out
            """,
        "figure": """
            on fire for, fire of the, holy fire, fire in my, fire in our, fire in his, fire in her, fire drill, fire
            extinguisher inspection, fire marshal, fire code, fire pit, campfire, bonfire, fireplace, fireworks,
            fire truck, firetruck, fire station, fire hall, fire sale, fire up, fired up, fired, the burning bush,
            burning bush, burn the palms, burned cds, burn out, burnout, burning question, calories, incense,
            candlelight, smoke machine, smoke free, smoking area, smoking allowed, smoked, smoke break, quit
            smoking, stop smoking, chain smoking, no smoking, open flame, old flame, tongues of fire, pillar of
            fire, baptism by fire, lake of fire, under fire, fire away, trial by fire, caught up, caught the, caught
            a, caught my, set the world on fire, like a house on fire, smoke and mirrors, spark a, sparked, orange
            juice, orange cones, caught in traffic, caught in the, gas grill, burning love, sparks joy, heartburn
            """,
        "gas": """
            gas, propane, rotten egg*, bad eggs, sulfur, sulphur, sewer gas, fumes, natural gas, carbon monoxide, co
            alarm, co detector, co monitor, monoxide, c o, chlorine, ammonia, gas line, gas main, gas meter,
            chemical smell, chemicals, exhaust, diesel, tear gas, pepper spray, mercury, egg smell, eggs, the pilot,
            pilot light, the beeper thing, hit the line, cut the line, the gas, alarm keeps, detector keeps, the
            alarm keeps, alarm is going, alarm wont stop, beeper
            """,
        "leak": """
            smell*, odor, stink*, reek*, whiff, leak*, hiss*, dizzy, headache*, sick, nause*, faint, woozy, light
            headed, lightheaded, throwing up, alarm*, detector*, beep*, screaming, going off, went off, hit, broke*,
            cracked, cut, backhoe, ruptur*, burst, spill*, escap*, strong, eyes are burning, eyes burning, cant
            breathe, coughing, passed out, sleepy, out cold, running in the garage, in the house, in the basement,
            inside, went out, wont light, blowing, spraying, whistling, swimming, kids are sleepy, all sleepy,
            everybody is sleepy, so sleepy, foggy, headachy, loopy, funny, sputter*, bubbl*, pouring out, gushing
            """,
        "gas_figure": """
            gas station, gas grill, gas prices, gas card*, gas money, gas mileage, gas bill, out of gas, gas tank,
            tank of gas, gas company bill, gassy, gasoline price, need a gas, buy gas, gas voucher*, gas x
            """,
    },
    """
    fire + place + spreading - figure - question - topic - past
    fire + place + now - figure - question - topic - past
    smoke + place - figure - question - topic - past
    smoke + spreading - figure - question - topic - past
    fire + spreading + urgent - figure
    fire + place + urgent - figure
    gas + leak - gas_figure - question - topic - past
    leak > gas - gas_figure - question
    """,
)
ARMED = Signs(
    COMMON
    | {
        "gun": """
            gun, guns, rifle*, pistol*, handgun*, shotgun*, firearm*, revolver, machine gun, ar 15, ar15, ak 47,
            glock, nine millimeter, knife, knives, blade, machete, switchblade, butcher knife, box cutter, bomb*,
            pipe bomb, weapon*, ax, axe, hatchet, sword, grenade, explosive*, dynamite, crowbar, tire iron, baseball
            bat, molotov, gas can, bullets, ammo, clip, holster, silencer, piece in his, piece on him, a piece,
            strapped, packing, heat on him, something under his coat, something in his waistband, long gun, hunting
            knife, razor, samurai
            """,
        "act": """
            with, has, had, have, holding, carrying, carries, waving, swinging, pointing, pointed, aim*, pull*, got,
            brought, brandish*, took, grabbed, show*, draw*, reaching, went for, went to get, getting, came in,
            walk*, outside, lobby, parking lot, hallway, door, coat, waistband, bag, trunk, backpack, loaded,
            loading, bought, says, said, hid*, to his head, to her head, to my head, at me, at us, at people, at
            the, threaten*, after, chas*, in here, in there, pacing, looking for, pew, sanctuary, school, upset,
            mad, angry, drunk, saw, see, tucked, sticking out, left the house, headed, on him, in his hand, in her
            hand, gonna, going to
            """,
        "hobby": """
            hunting, hunt, hunter, safe class, gun safe, raffle, permit, license, for sale, gun show, the range,
            class, collection, donate, movie, toy, water gun, squirt, glue gun, nerf, lesson, deer, turkey, shotgun
            start, kitchen, cake, wedding, collector, antique, sharpen*, potato, staple gun, nail gun, heat gun,
            radar gun, laser tag, paintball, skeet, trap shoot, butter knife, pocket knife he found, bomb shelter,
            bath bomb, photo bomb, cherry bomb, glitter, salad, cut the, carve, the sword of, spirit, armor of god,
            video game, law, control, violence, buyback, policy, laws, vote, boy scout, whittl*, bake, pie, bread
            knife, steak kni*, set of, drawer, left a knife, left my, left her, borrow
            """,
        "shots": """
            gunshot*, shots, gunfire, gun going off, pop pop, pops, popping, bang bang, bangs, shooting, shooter,
            active shooter, opened fire, firing, automatic fire, stabbing people, stabbed, got shot, been shot, was
            shot, is shot, shot somebody, shot someone, shot my, shot the, shot him, shot her, shot in the, gun
            down, mowing, stabbed the, stabbed a, stabbed him, stabbed her, stabbed somebody, stabbing, just shot,
            shot at
            """,
        "heard": """
            hear*, fired, running, ran, screaming, scream*, outside, next door, school, sounds, sounded, down the
            street, parking lot, people, hiding, hid, under the, building, inside, in here, lobby, at us, at people,
            right now, just, window*, blood, help, lock*, glass, usher, pastor, man, woman, kid, somebody, somebody
            in, him, her, he, she, they
            """,
        "hold": """
            nobody can leave, locked us, locked the door*, blocking the door, blocked the door, hostage*, barricad*,
            holding us, holding her, holding people, trapped us, chained the, tied up, tied us, got us, kidnap*,
            abduct*, carjack*, rob*, robbing, mugg*, holdup, hold up, stick up, being attacked, attacking, is
            attacking, attacked me, jumped me, beating him, beating her, beating up, beating a, stomping, kicking
            him, kicking her, choking him, choking her, being followed, following me, chasing me, chas*, trying to
            get in, trying to break, breaking in, broke in, break in, broke into, breaking into, kicking in, kicked
            in, in my house, inside my, in the house, smashed the window, smashing, prowl*, intruder, burglar*, home
            invasion, forced his way, pushed his way, ramming, ran into the crowd, drove into, riot*, mob, brawl,
            big fight, throwing chairs, throwing rocks, swinging at, wont let anybody, wont let nobody, wont let no
            one, wont let people, wont let us, wont let anyone, wont let them, wont let her leave, wont let him
            leave, not letting anybody, not letting anyone, not letting us, not letting people, somebodys following,
            someones following, tailing, tail me, beating on the window, beating on the door, banging on my
            """,
        "held": """
            leave, out, us, me, her, him, people, everybody, right now, now, is, are, hes, help, outside, door,
            window, they, somebody, someone, man, guy, church, staff, secretary, store, bus, car, inside, upstairs,
            downstairs, closet, hiding, parking lot, we, my house, kids, office, cashier
            """,
        "says": """
            said, says, saying, say, text*, posted, posting, post, wrote, writes, note, notes, letter, told, tells,
            telling, keeps saying, threat*, swears, swore, vowed, message*, voicemail, email*, bragg*, promised,
            warn*, talking about, planning, plan, plans, planned, going to, gonna, coming, wants to, is gonna, means
            to, yell*, scream*, hollered, hollering, called and, calling to say, list, manifesto, sign, facebook,
            video, drawing, drew, journal, notebook, overheard, heard him, heard them, muttering, ranting
            """,
        "kill": """
            kill*, shoot*, stab*, murder*, hurt people, hurt somebody, hurt someone, hurt them, hurt everybody, burn
            it, burn the, burn this, burn us, burn you, burn down, bomb*, blow up, blow it, blow us, blow the,
            finish all, finish them, finish us, finish you, finish him, finish it, light everybody, light them,
            light us, light up, light you, light the place, settle it, settle the score, settle things, make them
            pay, make us pay, make him pay, make her pay, make you pay, make everybody pay, will pay, gonna pay,
            regret, be sorry, bloodbath, bleed, get even, getting even, revenge, payback, wipe, massacre,
            slaughter*, take them out, take everybody, take people with, take some of, take you all, take him out,
            take her out, taking people, go off, going off, goes off, explode, come back with, coming back with,
            shoot up, run over, run them, run people, mow*, cut his, cut her, cut them, slit, poison, wont walk out,
            wont make it, wont be breathing, not gonna make it, last sunday, last service, meet god, meet your
            maker, meet jesus, body bag*, bullet*, put down, put him down, put in the ground, six feet, bury you,
            end you, end them, end this, end him, end her, judgment day, day of reckoning, reckoning, hell to pay,
            wont be anybody left, columbine, columbined, go postal, columbining, finish off, gonna see what, set to
            go off, set fire, something big, blood bath, shoots, shooting
            """,
        "target": """
            us, them, you, everybody, everyone, people, all of you, you all, church, school, boss, his wife, his ex,
            her husband, pastor, preacher, father, reverend, kids, children, sunday, service, congregation,
            christians, family, whole, every last, place, building, noon, tonight, tomorrow, today, him, her,
            coworkers, coach, teacher, neighbor, mosque, synagogue, office, work, job, mama, dad, stepdad, brother,
            sister, they, staff, daycare, the usher, judge, cops
            """,
        "suspicious": """
            suspicious package, suspicious bag, suspicious man, suspicious device, strange package, backpack nobody,
            bag nobody, unattended bag, ticking, wires coming, wires out, white powder, bomb threat, hit list, kill
            list, set to go off, device, casing the, pipe with
            """,
    },
    """
    gun + act + other - hobby - question - past
    gun + other - hobby - question - past - topic
    shots + heard - hobby - question - topic - past
    hold + held + other - question - topic - past
    says + kill + target + other - hobby - question - topic - past
    suspicious - question - past
    says > kill + now - hobby - question - past - topic
    gun + act + urgent - hobby
    """,
)
MISSING = Signs(
    COMMON
    | {
        "gone": """
            missing, vanish*, disappear*, cant find, cannot find, couldnt find, can not find, no sign of, nowhere,
            lost track of, lost sight, wander*, ran off, run off, ran away, run away, runaway, running away, took
            off, snuck out, sneaked out, slipped out, slipped off, got out of the, got away from, got loose, walked
            off, walked out and, walked away, never came, never made it, never showed, never got, never arrived,
            never picked, didnt come, did not come, didnt get off, didnt make it, didnt show, hasnt come, hasnt been
            seen, hasnt shown, hasnt called, hasnt returned, hasnt been home, has not come, not come home, not come
            back, not back, isnt back, arent back, isnt home, not home, isnt here, isnt there, not there, wasnt
            there, not where, isnt where, isnt in the house, isnt in her, isnt in his, isnt in the, not in her, not
            in his, not in the, aint in, aint nowhere, bed is empty, bed was empty, empty bed, crib is empty, empty
            crib, car seat is empty, stroller is empty, room is empty, bed hasnt been slept, window is open, window
            was open, door was open, door is open, door wide open, door was wide open, unaccounted, one short, two
            short, short one, short two, head count, headcount, cant reach, cant get ahold, cant get hold, cant get
            a hold, not answering her phone, not answering his phone, phone goes straight, phone is off, phone is
            dead, straight to voicemail, havent seen, have not seen, havent heard, have not heard, nobody has seen,
            nobodys seen, no one has seen, last seen, last saw, last time anybody, has anybody seen, have you seen,
            did you see a, seen him, seen her, lost in the woods, lost on the, still out there, out there alone,
            snatch*, kidnap*, abduct*, taken, took her, took him, grabbed her, grabbed him, drove off, drove away,
            left with, went off with, went with a man, got in a van, got in a car, got in a truck, got into a,
            pulled her into, pulled him into, pulled into a, stole my baby, car with my, car was stolen with, picked
            up by somebody, picked her up and never, picked him up and never, not at school, wasnt at school, not at
            the bus, off the bus, got on the wrong bus, left alone, didnt bring her back, didnt bring him back, wont
            bring her back, wont bring him back, supposed to be back, supposed to be home, should have been,
            shouldve been, shoulda been, been gone since, gone since, been gone for hours, was gone, is gone, were
            gone, shes gone, hes gone, theyre gone, left in her nightgown, left in his, left without, walked out in,
            went out for, went for a walk, went to get, went to the store, were missing two, were missing one,
            missing two, missing one, by himself crying, by herself crying, all by himself, all by herself, here by
            himself, here by herself, nobody knows who he, nobody knows who she, whose child, no parents, never got
            home, left the house, left the home, pulled my, into his truck, into his car, into his van, turned
            around, turned my back, looked away, one minute, only a second, no idea where, dont know where, doesnt
            know where, nobody knows where, wont tell me where, cant tell where, cant get him on, cant get her on,
            phones off, wont pick up, not picking up, hasnt texted, didnt text, no word from, not a word from,
            should be here by now, shouldve been here, supposed to be, supposed to have, was to be
            """,
        "plain_kin": """
            husband, wife, son, daughter, kid, kids, children, child, boy, girl, baby, toddler, mother, mom, mama,
            father, dad, daddy, grandpa, grandma, grandmother, grandfather, granny, nana, grandson, granddaughter,
            grandbaby, brother, sister, nephew, niece, student, camper*, little one, twins, teenager, girls, boys,
            foster, five year old, four year old, six year old, seven year old, three year old, two year old, year
            old, roommate, uncle, aunt, cousin, hiker*, youth, scout*, eli
            """,
        "frail": """
            alzheimer*, dementia, autis*, diabetic, confused, special needs, down syndrome, sundown*, nonverbal,
            memory, forgetful, pajamas, nightgown, slippers, barefoot, no coat, no shoes, without his medicine,
            without her medicine, insulin, oxygen, walker, only seven, only six, only five, only four, only three,
            only eight, only nine, only ten, only two, shes seven, shes six, shes five, shes four, shes three, hes
            seven, hes six, hes five, hes four, hes three, years old, year old, dark, cold, snow*, storm, river,
            woods, lake, trail, creek, pond, freezing, rain*, hours, since, last night, all night, this morning, all
            day, playground, bus, bus stop, school, van, truck, anywhere, everywhere, police, amber alert, silver
            alert, stranger, man none of us, man i dont, man we dont, a man, some man, her purse, his wallet, the
            keys, her phone, note, home, the home, house, facility, unlocked, alone, nursery, crowd, mall, fair,
            park, parade, carnival, beach, zoo, store, picnic, campsite, campground, youth trip, field trip, choir
            trip, retreat, backyard, yard, bathroom, by now, two hours, three hours, hour, curfew, shift, dog came
            back, came back without, wits end, worried, worried sick, panick*, looked all over, looked everywhere,
            searched, calling her name, calling his name, custody, shoes, no idea, who he is, who she is, crying,
            little boy, little girl, turned, hike, hours ago, six hours, four hours, five hours, by four, by five,
            by six, by dark, phones off, phone is off, picking up, wherever, since lunch, since noon, since
            breakfast, since yesterday, since last, out of sight, dusk, midnight
            """,
        "pronoun": """
            he, she, him, her, they, them, hes, shes, we, both, my
            """,
        "person_missing": """
            missing person, missing child, missing kid, missing boy, missing girl, missing toddler, missing
            teenager, missing teen, amber alert, silver alert, kidnapp*, abducted, one kid short, one child short,
            one short, two short, unaccounted for, gone missing, went missing, child is missing, lost child, lost
            little boy, lost little girl
            """,
        "thing": """
            keys, phone, wallet, purse, glasses, coat, jacket, bible, umbrella, dish, casserole, shoe, shoes, cat,
            dog, kitten, puppy, bird, photo, picture, form, forms, email, emails, number, address, website, link,
            check, package, ring, scarf, hat, bag, bulletin, receipt, page, order, book, directory, certificate,
            lunchbox, sweater, glove*, toy, blanket, earring, necklace, hearing aid, entrance, recital, practice,
            rehearsal, meeting, church since, in church, years, ages, months, lately, forever, misses, missing out,
            missing church, missing class, mass, service, sunday school, graduation, the game, performance, song,
            hymn, sermon, remote, tooth, teeth, parking, mail, letter, card, tickets, registration, baptized,
            christened, years ago, bus route, to heaven, to be with the lord, gone to glory, passed, cancer, home to
            be with, coffee, bread, milk, left me a, left a message, been gone from church, on vacation, our dog, my
            dog, out of town
            """,
    },
    """
    gone + plain_kin - thing - question - past
    gone + pronoun + frail - thing - question - past
    gone + frail + kin - thing - question - past
    gone + urgent + pronoun
    person_missing - thing - question - past
    """,
)
