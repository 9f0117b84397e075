import pytest
from tables import each

from shared.domain.language.safety import Danger, assess

DANGER = """\
I don't think I want to be alive anymore.
I don't want to be alive.
I don't know if I want to live anymore.
I'm not sure I want to keep living.
I don't think I can keep going.
I just want it all to be over.
I want the pain to stop for good.
I can't see a way out anymore.
There's no way out for me except death.
I'd be better off dead.
My family would be better off if I wasn't here.
Nobody would care if I died.
The world would be better without me.
I keep thinking about driving off a bridge.
I've got the pills right here in front of me.
I'm going to swallow all my pills.
I wrote a goodbye note to my kids.
I've written a suicide note.
I've decided to end things tonight.
This is my last night on earth.
You won't hear from me again, I'm done with life.
I'm done living.
I hate my life and I want out.
I don't feel like living.
I have no reason to live.
I've lost the will to live.
Sometimes I think about killing myself.
I think about not being here anymore.
I wish I could just go to sleep and not wake up.
I wish God would just take me.
I want to slit my wrists.
I started cutting again.
I cut my arms last night to feel something.
I've been hurting myself again.
I feel like hurting myself.
I can't stop burning my arms with cigarettes.
I took too many of my sleeping pills.
I loaded the gun and I'm sitting here with it.
I'm sitting on the tracks waiting for the train.
I want to walk into traffic.
I'm standing on the roof.
I'm thinking of jumping.
I am planning to take my life.
I don't want to exist.
My son says he doesn't want to live.
My daughter told me she wants to end it.
My friend said he is going to kill himself.
My brother is threatening to shoot himself.
I don't want to go on.
I don't want to do this anymore, life I mean.
What's the point of living?
Why should I go on living?
I'm ready to meet my maker tonight, I have the gun.
I might as well be dead.
I feel like dying.
I want to be dead.
I just wanna be gone.
I want to disappear forever.
I'm going to do it tonight, I'm going to kill myself.
I tried to hang myself last week.
I tried to take my own life.
I overdosed last month and I'm thinking of it again.
No one would even notice if I was gone.
I can't live without her, I want to be with her in heaven now.
I don't deserve to live.
I should just die.
I should be dead.
Maybe I should just end it.
I'm at the end of my rope.
I've had enough of life.
Life has no meaning anymore, I want to die.
I want to join my wife in heaven tonight.
My teenager is self-harming.
She cuts her wrists.
I can't fight it anymore, I'm giving up.
I have a plan to kill myself.
I'm thinking about ending everything.
I do not want to be here any longer.
I want to die by suicide.
Life is not worth it.
I'd rather not be alive.
I'm thinking I don't want to be around anymore.
I just don't see myself living much longer, I don't want to.
Honestly I'd rather not wake up tomorrow morning.
I wouldn't mind if I didn't wake up.
I wouldn't care if a truck hit me.
I hope I die in my sleep.
I keep having thoughts of ending my life.
I can't stop thinking about dying.
I've been planning my death.
I want to overdose.
I have a bottle of pills and I'm going to take them all.
I took all the Tylenol in the house.
I drank bleach.
I'm going to drink bleach.
I've got a rope around my neck.
I tied a rope in the garage.
I'm up on the bridge and I'm about to jump.
I want to jump off a building.
I want to drown myself in the lake.
I'm bleeding, I cut my wrists.
I scratch myself until I bleed.
I punish myself by cutting.
I hit myself when I'm upset.
I starve myself because I hate my body.
Everybody would be happier if I was dead.
I'm just a burden, they'd be better off without me.
I have nothing left.
I feel hopeless, like there is nothing to live for.
I don't have anything to live for.
I don't have any reason to live anymore.
Living is too hard.
I can't bear to live another day.
I don't want to see another day.
I don't want to face another day.
I want to leave this world.
I'm leaving this world tonight.
I want to check out for good.
Goodbye, tell my kids I love them.
Please tell my family I'm sorry, I have to go now, for good.
I'm suicidal.
I attempted suicide last year.
My son tried to take his life.
My mother says she wants to be dead.
My friend texted me that he wants to kill himself.
My student is talking about suicide.
I think my daughter might hurt herself.
I'm worried my son will harm himself.
I want to unalive myself.
I feel like ending everything.
I want to stop existing.
I wish I didn't exist.
I wish I wasn't here anymore.
I wish I could die.
It would be better if I died.
It would be easier if I were dead.
Death would be a relief.
Dying would be easier than this.
I'm going to end myself.
I want to off myself.
I might do something stupid to myself tonight.
I don't trust myself tonight.
I'm not going to make it through the night.
I don't think I'll make it through tonight.
I'm so tired, I just want to sleep forever.
Can you pray for me, I'm thinking about ending it all tonight.
I don't know how much longer I can do this, I want to die.
I can't keep living this way.
I've been feeling like I don't belong in this world anymore.
I don't see a future for myself.
I have a date picked out to kill myself.
I've been giving away my things because I won't need them.
I'm not going to be around for Christmas, I'm ending it.
Nothing matters anymore, I want to be dead.
My life is over.
I wish somebody would kill me.
I want someone to shoot me.
I prayed to God that I'd die tonight.
Is it a sin to kill yourself?
Will I go to hell if I commit suicide?
Does God forgive suicide?
Would God forgive me if I took my own life?
I want to hang myself.
I'm going to shoot myself in the head.
I drove to the bridge and I was going to jump.
I almost jumped in front of a train.
I've been drinking and I have my gun on the table.
I took thirty pills an hour ago.
I swallowed a handful of Xanax.
I've taken an overdose.
My roommate took a bunch of pills and won't wake up.
My daughter is cutting.
I found my son cutting his arms.
My teenage son posted that he wants to die.
I can't stop hurting myself.
I hurt myself on purpose.
I feel like I'd be doing everyone a favor by dying.
Everyone hates me and I should kill myself.
I want to give up on life.
I've given up.
I can't do life anymore.
I don't have the strength to live.
I'm thinking about taking my own life.
I'm feeling really low and I've thought about killing myself.
Sometimes I think it'd be better to just not be here.
I don't want to live without him.
I'm struggling with thoughts of suicide.
I don't feel like I can go on any longer.
I bought a gun and I plan to use it on myself.
I've been thinking the world doesn't need me.
I really want to die, please pray for me.
I'm scared I'm going to kill myself.
Lately I wish I was never born.
I want to end it all.
I cut myself last night.
I don't want to be alive any more.
I think I'm going to end my life today.
I'm so depressed I want to kill myself.
I just can't do it anymore.
I'm thinking of ending things.
No one would miss me.
My friend is suicidal.
My son won't stop cutting himself.
I overdosed on my medication.
I feel like there's no reason to live.
I want to be with my late husband, I don't want to live without him.
""".splitlines()
HARMLESS = """\
I'm dying to meet the new pastor.
I don't think I want to be a member anymore.
I don't want to be a bother.
I don't think I can come anymore.
I can't go on Sunday.
My phone is about to die.
The choir killed it last night.
I'd die for a slice of that pie.
I could have died of embarrassment.
Do you live stream the service?
My grandfather wanted to die at home and he did, peacefully.
I'm going to end the call now.
I want to end my membership.
I want to end things with the caterer.
Is there a grief group for those who lost somebody?
I hurt myself playing softball.
I cut myself shaving.
I cut my finger in the kitchen.
He won't let me forget it.
I'm done with the form.
I'm done, thank you.
I want out of the mailing list.
I won't be here tomorrow, I'm on vacation.
I won't be here on Sunday.
I'm standing on the corner by the church.
I'm sitting in the parking lot waiting.
I take my pills at nine, so can I come later?
I have no reason to complain.
There's no point in driving that far.
I'm tired of waiting.
I'm sick of this weather.
I can't see the sign anymore.
I want to say goodbye to everyone before we move to Ohio.
We gave up on the old building.
My mother passed on, and I want to arrange a funeral.
I wish I was there last Sunday.
I wish I was younger.
What's the point of the second service?
Do you have a last will workshop, like end of life planning?
I want to take my life in a new direction.
I want to be with her in prayer.
I slipped and nearly killed myself on your steps.
My boss shot down my idea.
Jump in any time.
Let's kill some time before the service.
I'm afraid of missing the service.
I drowned my sorrows in ice cream.
I don't want to live so far from church.
I don't want to go on the trip.
I can't stand it when the organ is out of tune.
Can you take me off your list?
I'd rather not be called.
I should be there by nine.
I should just come in on Sunday.
I don't feel like cooking for the potluck.
He grabbed me a coffee.
I didn't wake up in time for service.
I have nothing left to say, thank you.
I'm leaving this church for another one.
Tell the pastor goodbye for me.
I'm a burden on the choir with my voice, ha ha.
My mother doesn't have long to live.
The doctor says he won't live much longer.
He died last night.
She passed in her sleep.
We're planning a funeral.
I'm planning my mother's memorial.
He drank too much at the picnic.
I use bleach to clean the hall.
Can I bring a rope for the tug of war?
I'm on the bridge, stuck in traffic, running late.
I wish I could be there on Sunday.
It would be better if I came on Monday.
It would be easier if I emailed you.
I don't trust my car tonight in this snow.
I'm not going to make it through the traffic in time.
I don't think I'll make it tonight, sorry.
I want to check out the new building.
I want to leave a message for the pastor.
Is your food pantry open to people in danger of eviction?
Where can I get a living will form?
I don't want to wake up early for the sunrise service.
I don't feel like singing this week.
I have the gun show tickets for the raffle.
Who does the suicide prevention training?
I'm tired of living in the city.
My car died on the bridge.
Nobody would notice if I changed the flowers.
She makes me do the dishes.
The drummer is killing it.
Where do I end my application form?
I want to end it with a prayer.
The sermon on the end of life was good.
I want to live a better life.
I cannot live without coffee.
I want to be with her on her birthday.
We should end it now, my battery is low.
I feel dead on my feet.
You're a lifesaver.
I'd give my right arm for a parking spot.
I hate my job.
It's no way out of the parking lot.
Is there another way out of the building?
They let me out of the parking garage.
I need the pain in my knee to heal, please pray.
I gave up sugar for Lent.
I'm giving up chocolate for Lent.
I can't fight this cold anymore.
I want to sleep in on Sunday.
My vacation is over.
I don't see a future for the bake sale.
I've been giving away my things because I'm moving.
I've given up on the parking.
I drove to the bridge and turned left.
My daughter is cutting the ribbon.
I'm cutting the grass on Saturday.
I pulled a muscle.
She lost her battle with cancer.
When did Jesus die?
On what day was Christ killed?
What does the Bible say about death?
I'd like to hear the sermon about dying to self.
My grandmother is in hospice and close to death.
We're burying my brother on Friday.
I want to write my will.
I'm ready for the Lord.
I can't keep driving this far.
I'm so tired today.
I feel low on energy.
Nothing matters more than family.
I'm having a hard time.
I'm depressed.
My car was broken into.
I want to kill the noise on this line.
The bulbs are dead.
Turn off the lights, they're blinding me.
I would die of shame.
My heart is broken.
""".splitlines()


@pytest.mark.requirement("PT-69")
@pytest.mark.requirement("PT-71")
@each("utterance", DANGER)
def test_given_despair_then_it_is_crisis(utterance: str) -> None:
    assert assess(utterance).dangers - {Danger.EMERGENCY} == {Danger.CRISIS}


@pytest.mark.requirement("PT-73")
@each("utterance", HARMLESS)
def test_given_words_that_only_sound_like_despair_then_there_is_no_danger(utterance: str) -> None:
    assert assess(utterance).dangers == frozenset()
