"""Signs of medical emergencies, in which 911 is told first."""

from shared.domain.language.common_signs import COMMON
from shared.domain.language.signs import Signs

MEDICAL = Signs(
    COMMON
    | {
        "breath": """
            breath*, air, gasp*, inhaler, oxygen, airway, windpipe, lungs, chest rising, chest moving, exhale,
            inhale, puffer, nebulizer
            """,
        "bad_breath": """
            gasping, wheezing, gurgling, choking on, choking and, is choking, shes choking, hes choking, im choking,
            choking to, started choking, choked on, gagging on, snoring weird, rattling, turning colors, suffocat*,
            smother*, stridor, death rattle, breathing funny, breathing weird, breathing fast, breathing so fast,
            hyperventilat*, croup*, agonal, puffing like, breathes like, stuck in his throat, stuck in her throat,
            stuck in my throat, lodged in, went down wrong, down the wrong pipe, wrong pipe, heimlich
            """,
        "wake": """
            wake*, waking, woke, respond*, responsive, rouse, come to, come around, coming around, coming to, move,
            moving, answer me, answering me, talk to me, open his eyes, open her eyes, opening his eyes, opening her
            eyes, react*, conscious, get up, getting up, stand up, sit up, budge, stir, stirring, blink*, squeeze my
            hand, make sense, making sense, making any sense, know who, know where, know me, know her own, recognize
            me, follow my finger, hold his head, hold her head, speak, talking, hear me, looking at me
            """,
        "color": """
            blue, bluish, purple, gray, grey, ashen, white as, waxy, yellow eyes, gone white, went white, turned
            white, pale as, colorless, mottled, dusky, pasty, cherry red, beet red
            """,
        "skin": """
            lips, face, skin, fingers, fingernails, fingertips, nails, mouth, feet, toes, around the mouth, look*,
            turned, turning, going, gone, went, getting, all over, color
            """,
        "limp": """
            floppy, limp, stiff, stiffened, rigid, lifeless, clammy, ice cold, sweating, drenched, shaking,
            shivering, trembl*, twitch*, jerk*, spasm*, foam*, froth*, drool*, rolled back, rolling back, rolled up,
            eyes rolled, glassy, eyes are open, staring, stares, vacant, out of it, woozy, dizzy, delirious,
            confused, disoriented, babbling, hallucinat*, lethargic, listless, vomit*, throwing up, puking, swaying,
            grabbed his chest, grabbed her chest, clutch*, stumbling, wobbly, one pupil, pupil*, sunken, droopy
            eyes, slack, drowsy, crosseyed, fading, burning up, talking crazy, talking nonsense, talking out of his
            head, talking out of her head, acting drunk, acting strange, fever, wont pink up, not pinking up, floppy
            and, all floppy, cant talk, cant speak, grabbing at, grabbing his throat, grabbing her throat, laying
            there, lying there, just lying, just laying, wont get up, cant get him up, cant get her up, cant stand
            up, doubled over, cant stand, snoring sound, out of her head, out of his head, dont know me, dont know
            where, having one of his, having one of her, one of his fits, one of her fits, fit, sweating buckets,
            sweat, seeing double, double, slumping, tipped over, out of his mind, out of her mind, skin is, breaking
            out, swallowing her tongue, wont quit, wont come out of it, wont snap out, eyes went, eyes are, dont
            look right, doesnt look right, wont eat, wont nurse
            """,
        "out": """
            unconscious, unresponsive, lifeless, collapsed, slumped, keeled over, fainted, blacked out, passed out,
            out cold, crumpled, folded up, went down, dropped to, dropped like, fell out, toppled over, fell over,
            pitched forward, face down, facedown, slid off, slid down, seizing, seizure*, convuls*, having a fit,
            overdos*, od d, oded, coma, comatose, cardiac arrest, heart attack, stroke, flatlin*, coding, no pulse,
            a pulse, heartbeat, heart stopped, cpr, chest compressions, defibrillator, aed, narcan, epipen, epi pen,
            anaphyla*, aneurysm, sepsis, septic, electrocut*, lightning, shocked himself, asthma attack, heat
            stroke, heatstroke, hypothermia, frostbite*, frostbit, diabetic shock, insulin shock, brain bleed,
            concussion, impaled, mangled, mauled, down in the shower, went down in, fork in the outlet, burst
            appendix, appendix, ruptured, passed out cold, laid out, fell flat, out on the floor, on the floor and,
            on the bathroom floor, on the kitchen floor, lying in the, laying in the, shocking him, shocking her,
            pacemaker is, heart thing, defibrillator is, bloated belly, aorta, miscarr*, seizing up, having fits,
            ectopic, preeclampsia, tourniquet
            """,
        "event": """
            having, had, has had, is in, is having, started, think, thinks, looks like, might be, may be, just,
            going into, she is, he is, im, hes, shes, another, been, bad, needs, doing, from, turned, dropped, on
            the floor, went into
            """,
        "chest": """
            chest, breastbone, sternum, heart, left arm, jaw, my arm, his arm, her arm, rib cage, between the
            shoulder blades
            """,
        "pain": """
            pain*, hurt*, pressure, tight*, squeez*, crush*, burning, numb*, tingl*, heavy, heaviness, elephant,
            brick*, anvil, weight, vise, vice, racing, pounding out, fluttering, skipping, flip flop*, going crazy,
            beating funny, beating wrong, beating all wrong, stopped, jumping out, running down, shooting, out of
            rhythm, stabbing, cinder block, like somebody is sitting, like someone is sitting, crushing feeling,
            sweating buckets
            """,
        "stroke": """
            droop*, sagging, crooked, lopsided, slid down on one side, one side, whole side, left side, right side,
            slurr*, mush, gibberish, garbled, jumbled, scrambled, word salad, words are coming out, words wont,
            words arent, cant get her words, cant get his words, tongue is thick, thick tongued, cant lift, cant
            raise, cant move, cant feel, cant feel his, cant feel her, cant see out, went blind, double vision,
            worst headache, thunderclap, legs wont work, legs quit, legs gave out, legs stopped working, hand wont
            work, arm wont work, arm just hangs, dragging her leg, dragging his leg, mouth is pulled, face looks
            funny, smile is crooked, half her face, half his face, talking funny, dropped her fork, dropped his
            fork, dropping everything
            """,
        "blood": """
            blood, bleed*, bled, bloody, artery, hemorrhag*, nosebleed, gash*, tourniquet, a lot of red, red
            soaking, soaking the
            """,
        "much": """
            so much, lots, a lot, everywhere, all over, pouring, gush*, pump*, spurt*, spray*, squirt*, soak*,
            puddle, pool, wont stop, cant stop, not stopping, doesnt stop, isnt stopping, keeps coming, cant get it
            to, through the towel*, towels, third towel, out of his, out of her, out of my, clots, coffee grounds,
            coughing up, coughing, throwing up, vomiting, spitting, pooping, running down, bad, badly, heavy,
            heavily, out, drip*, covered, bucket, blood thinner*, thinners, head, from his, from her, from my,
            pregnant, months along, weeks along, the bone, bright red, deep, through the, to death, really, hard,
            fast, losing, lost
            """,
        "swallow": """
            swallow*, drank, drunk, drinking, drink, ate, eaten, eating, got into, gotten into, took, taken, takes,
            gave, given, chew*, inhal*, spray*, lick*, injected, shot up, sniff*, snorted, huff*, popped, downed,
            sucking on, sipped, ingested, put in his mouth, put in her mouth, in his mouth, in her mouth, breathed
            """,
        "poison": """
            bleach, poison*, detergent, pods, pod, antifreeze, cleaner, drano, drain, ammonia, chemical*, lye,
            pesticide, gasoline, kerosene, lighter fluid, lamp oil, fuel, magnet*, batter*, button battery,
            mushroom*, berries, edible*, gummies, opioid*, fentanyl, heroin, meth, needle, rat bait, windex,
            thinner, mothball*, pine sol, nicotine, whole bottle, too many, too much, double dose, twice, wrong
            pill*, wrong medicine, all the pills, all of the pills, handful, bottle of, heart pills, blood pressure
            pills, sleeping pills, insulin, somebody elses, percocet*, oxys, oxycontin, tylenol, methadone, weed
            killer, turpentine, paint, peroxide, acid, laundry, dishwasher, hand sanitizer, mouthwash, essential
            oil*, a coin, a quarter, a penny, toy, marble, lego, pen cap, bone, fish bone, blue stuff, stuff under
            the sink, under the sink, cabinet, something from the garage, weed, gummy, mouse, moth, stuff, the
            wrong, whole box, whole pack, grandmas, grandpas, somethin
            """,
        "sting": """
            wasp*, bee, bees, hornet*, yellow jacket*, fire ants, peanut*, nuts, walnut*, pecan*, cashew*, almond*,
            shellfish, shrimp, crab, strawberr*, snake*, rattler, rattlesnake, copperhead, cottonmouth, spider,
            black widow, recluse, scorpion, jellyfish, stung, sting, bit, bitten, allerg*, penicillin, antibiotic
            """,
        "swell": """
            swell*, swole*, swollen, hives, welts, puff*, clos*, tighten*, wheez*, itch* all over, tongue, throat,
            breathe, breathing, fang*, blown up, twice its size, size of a, red line, purple, reaction, rash is
            spreading, venom
            """,
        "throat": """
            throat, tongue, airway, windpipe, lips, face, neck, eyes
            """,
        "birth": """
            water broke, waters broke, water just broke, crowning, head is coming, head is out, see the head, can
            see the head, feel the head, baby is coming, babys coming, baby coming, coming out, coming right now,
            coming now, having the baby, giving birth, about to deliver, contractions, in labor, into labor,
            umbilical, cord is, cord around, breech, feet first, pushing, needs to push, has to push, wants to push,
            born in
            """,
        "birth_now": """
            now, right now, minutes, apart, floor, bathroom, car, parking, head, early, weeks, coming, out, push*,
            blood, neck, hospital is, wont make it, ambulance, feet
            """,
        "injury": """
            cut off, cut through, cut his, cut her, chopped, sliced, sawed, severed, ripped off, tore off, took off,
            crushed, smashed, pinned, trapped, stuck under, buried, run over, ran over, backed over, hit by, struck
            by, stabbed, shot, burned, burnt, scalded, boiling water, hot grease, hot oil, bone sticking, bone is,
            bone out, bone through, sticking out, broke his neck, broke her neck, broke his back, snapped, bent the
            wrong way, wrong way, split open, cracked open, cracked his, cracked her, busted open, busted his,
            busted her, laid open, nail gun, chainsaw, chain saw, table saw, circular saw, the saw, mower, auger,
            wood chipper, forklift, tractor, tree fell, wall fell, shelf fell, ladder, off the roof, off the ladder,
            off the balcony, off the loft, out of the loft, down the stairs, down the steps, basement steps, out the
            window, through the ice, through the floor, through the ceiling, through the glass, sliding glass,
            pitchfork, rebar, axe slipped, in the face, eye is hanging, finger is hanging, hanging off, by a thread,
            downed line, power line, live wire, grabbed the wire, got shocked, getting shocked, crashed, wreck*,
            flipped, rolled over, head on, t boned, hit a tree, hit a pole, in the ditch, thrown from, threw her
            off, threw him off, kicked by, trampled, dove in, dived in, shallow end, goose egg, hit his head, hit
            her head, hit my head, banged his head, banged her head, cracked skull, went down, fell and, fell off,
            fell from, fell down, fell through, fell into, under the
            """,
        "harm": """
            hand, hands, finger*, thumb, arm*, leg*, foot, feet, toe*, head, skull, neck, back, eye*, bone*, spine,
            knee is, knee is the wrong, blood*, bleed*, not moving, isnt moving, not answering, not breathing, not
            talking, screaming, cant get up, cant move, cant feel, cant get out, cant get him, cant get her,
            unconscious, knocked out, trapped, stuck, under it, on top of, underneath, clean through, wrapped
            around, hurt bad, hurt real bad, real bad, really bad, pretty bad, somebody hurt, people hurt, are hurt,
            is hurt, injured, inside, pinned, wont wake, skin is, skin peeling, peeling, face, all over, went limp,
            kids in, child, kid, pedestrian, crowd, ambulance, on fire, smoking, leaking, upside down, chest,
            stomach, belly, side of his, side of her, still on him, still on her, still on me, laying there, lying
            there, tooth, just laying, stars, wont get up, in two, pieces, where his, where her, hanging, by the,
            goose egg, knot, sense, passed out, throwing up, blacked
            """,
        "water": """
            went under, under water, underwater, face down in, bottom of the pool, out of the pool, out of the
            water, out of the lake, out of the river, from the pool, from the lake, in the deep end, deep end,
            baptistry, baptismal pool, fell in the pool, fell in the river, fell in the lake, fell into the, slipped
            under, swept, current, under the ice, pulled her out, pulled him out, fished him, fished her, bathtub,
            in the tub, the pond, the creek, the river, well shaft, down the well, storm drain, rip tide, riptide,
            undertow
            """,
        "water_bad": """
            drowning, drowned, went under, under, swept, face down, not breathing, cant swim, floating, not come up,
            didnt come up, hasnt come up, blue, water came out, coughing water, cant get out, cant reach, holding
            on, pulled, fell, slipped, hanging on, hasnt surfaced
            """,
        "sugar": """
            sugar, glucose, insulin, diabetic, diabetes, pump
            """,
        "sugar_bad": """
            low, high, thirty, forty, twenty, crash*, dropped, reads, shaking, sweating, confused, wont wake, passed
            out, out of it, making no sense, no sense, five hundred, six hundred, error, sleepy, slurring, cant
            swallow, ran out, acting drunk, dropping, 38, 30, 40, 28, 35, 22, 500, 600, head
            """,
        "heat": """
            hundred and four, hundred four, hundred and five, hundred five, hundred and six, 104, 105, 106, one oh
            four, one oh five, stopped sweating, not sweating, locked in the car, in a hot car, hot car, left in the
            car, in the car with the windows, stiff neck, purple spots, purple rash, soft spot, not peeing, no wet
            diaper*
            """,
        "call": """
            ambulance, paramedic*, emt, emts, medic, life flight, 911, nine one one, 9 1 1, doctor in the house,
            call for help, calling for help, emergency services, rescue squad, fire department, poison control,
            medical emergency, its an emergency, this is an emergency, we have an emergency, an emergency here, need
            medical, need a doctor right, need an ambulance
            """,
        "need": """
            need, needs, send, call, calling, hurry, please, emergency, dial, dialed
            """,
        "dying": """
            is dying, hes dying, shes dying, im dying, gonna die, going to die, i think im dying, dies on me, dying
            on me, dying here, bleeding out, slipping away, losing him, losing her, were losing, goes and dies,
            about to die
            """,
        "here": """
            right now, right here, on me, in front of me, on the floor, in my arms, help, hurry, please, i think, if
            you dont, if nobody, here, now, on us
            """,
    },
    """
    breath + not + person - past - question
    bad_breath + person - past - question
    color + skin + person - past - question - topic
    wake + not + out - past - question
    out + person + event - past - question
    limp > limp + person + now - past - question
    limp > not > wake - past - question
    out + person + limp - past - question - topic
    person > out + now - past - question - topic
    injury > harm - past - question - topic
    blood + much - past - question - topic
    not > wake + limp - past - question
    injury > not > wake - past
    out + limp - past - question
    chest > pain + person - past - question - topic
    pain > chest + person - past - question - topic
    stroke + person + now - past - question - topic
    blood > much + person - past - question - topic
    much > blood + person - past - question - topic
    swallow > poison + person - past - question - topic
    sting + swell + person + now - past - question - topic
    throat > swell + now - past - question
    birth + birth_now + person - past - question - topic
    injury + harm + person + now - past - question - topic
    water + water_bad + person - past - question - topic
    sugar + sugar_bad + person - past - question - topic
    heat + person - past - question - topic
    call + need - past - question - topic
    dying + here - past - question
    breath + not + urgent
    bad_breath + urgent
    out + urgent
    blood + much + urgent
    injury + harm + urgent
    """,
)
