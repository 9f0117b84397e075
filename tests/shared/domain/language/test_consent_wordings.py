"""How people really say it, in wordings that the patterns were measured on before they knew them.

At first sight, set by set, each after what the ones before had taught: grants 59 of 64, 29 of 32, 6 of 6, 10 of 10;
refusals 44 of 64, 26 of 32, 3 of 6, 8 of 12 (but for two in the first set all others unclear, which isn't recorded
either); withdrawals 38 of 64, 21 of 32, 17 of 24, 19 of 24; harmless 61 of 64, 31 of 32, 12 of 12, 16 of 16. All of
them are understood now.
"""

import pytest
from tables import each

from shared.domain.language.consent import ConsentAnswer, interpret, withdraws


def apart(wordings: str) -> list[str]:
    return [wording.strip() for wording in wordings.split("|")]


GRANTS = apart("""
Yeah, go ahead, I've got nothing to hide. | That's fine by me, record all you want. | Sure thing. |
Yes, you may. I have nothing to hide. |
Uh, yeah, I guess that's fine. | I have no problem with being recorded. | Yes please do. |
Mm-hmm, that's okay. | Well, if you need to, sure. | By all means, record. | I don't see why not. |
Okay, that works for me. | You may, yes. | Totally fine. | It doesn't bother me. | I consent. |
I'm fine with the recording. | Yes ma'am, that'll be fine. | Record it if it helps. | Oh yeah, no worries. |
I'm cool with that. | Sure, knock yourself out. | That would be fine. | I suppose so. | Yep, you can record this. |
Absolutely, no issue. | I give you my permission to record. | Sounds good to me. | Feel free to record. |
Of course you can. | Yes, I agree to that. | All right then, go on. | You have my consent. |
I'm all right with being recorded. | It's okay with me if you record. | Yes, that is okay. | Go right ahead, dear. |
Fine by me. | I'd be happy for you to record. | Yeah, record away, I don't care. | Yes, yes, whatever you need. |
Okay, you can record the call. | Why not, sure. | No objections from me. | Sure, I'm happy with that. | Please do. |
Yes you have permission. | Oh sure, hon, that's fine. | You're welcome to record. | Um, okay, yes. |
I'm perfectly happy to be recorded. | Yup, fine. | Recording is fine. | Recording's okay with me. |
Being recorded is no problem. | I accept. | Yes, it's fine to record me. | Let's do it, yeah. |
Do what you have to do, that's fine. | I'm okay with it. | Yes, go on and record. | That's quite all right. |
I don't mind a recording. | Affirmative. | You've got my okay. | Yeah no that's fine, go for it. |
You can go ahead and tape it. | I'm okay with you recording. | Sure, I trust you. | Okay with me. |
That's alright, yes. | Yes, of course, please record. | No problem whatsoever. | I have no objection to that. |
Recording this is okay. | Sure, why not. | Yes, I'm happy to be recorded. | Knock yourself out. |
Alright, sure, fine. | Yep, permission granted. | I agree. | Yes, that's perfectly acceptable. | Sure, as you like. |
Oh, certainly. | It's fine, go on. | I've no issue with that. | You can record if you want to. |
Please go ahead and record this. | Fine with me, thank you for asking. | Yes sir, you may. | Go on then. |
Okay, recording is okay. | Uh-huh, sure. | Yes, for quality purposes, that's fine. |
I'm good with you recording this call. | I allow it. | Be my guest. | You can do that, yes. |
Oh, I have no issue, record whatever. | Yes you're allowed. | That's okay, you can record it. |
I would not mind at all. | Sure, tape it. | You may record, that's fine. | I'm alright with it. |
Yeah, recording's fine. | Sure, if it helps you. | Yes, I understand, go ahead. | That'd be okay. |
No, that's not a problem. | Well okay then. | I have nothing against it. | Yes, I'm aware, it's fine.
""")

REFUSES = apart("""
I'd rather not, if that's okay. | No, please don't. | I'm going to pass on that. | Nope, not comfortable with it. |
I don't want my voice on tape. | Absolutely not. | Please leave me off the tape. | No recording, thank you. |
I would like this to be confidential. | I'd feel better if you didn't. | Could we do this without being recorded? |
Don't you dare record me. | I don't give permission. | Nah, I'm good without that. | You may not. |
You do not have my permission. | I won't agree to that. | That's not okay with me. | I decline. |
I'd just as soon you didn't record it. | Let's leave the recorder out of it. | I'm not okay with that. | Negative. |
No, that makes me nervous. | I would prefer you not do that. | Not if I can help it. | Can you not? | I say no. |
I'd like to opt out. | I never agree to that sort of thing. | It's private, so no. | Please turn that thing off. |
I'd prefer that this isn't recorded. | No way. | I'd rather keep it between us. | I don't like being recorded. |
Leave it off, please. | I'm uncomfortable with that. | No, I don't think so. | I refuse to be recorded. |
Don't put me on a recording. | I don't think I want that. | I'd appreciate it if you didn't record this. |
Please do not tape our conversation. | Under no circumstances. | I'm sorry, but no. | Not this time. |
No sir, I do not allow that. | I do mind, actually. | I don't feel good about being recorded. |
Not happy with that, no. | I don't consent to a recording. | That's a no from me. | I would rather it stayed off. |
You can't record me. | I'm not going to agree to be taped. | Keep it off. | I want no record of this. |
I'd rather this conversation stay private. | We don't need to record this. | There's no need to record this. |
I'm against that. | Hmm, I'd say no to the recording. | No, ma'am. | I'd rather you kept this between ourselves. |
Let's skip that. | I'm afraid I can't agree to that. | No, and please make a note of it. |
You can't tape me without my say-so. | That makes me uncomfortable. | I would prefer not. | Please, no. |
Recording? No. | I want this off the record. | I'm not giving you permission for that. | No thank you, not today. |
Heck no. | I'll say no. | I don't wish to be on tape. | Not a chance. |
Do not record this conversation under any circumstances. | I'd like it not to be recorded. |
I prefer to remain unrecorded. | I really don't like that idea. | I don't care for being taped. |
Could you keep it unrecorded? | Never mind recording, just listen please. | I must decline. |
My husband doesn't like that, so no. | I'd rather talk without it. | Can we just talk without that? |
No recording for me. | I think I'd rather you not. | It's too personal, please don't. |
I would feel safer without a recording. | Switch it off please. | I would sooner you did not. |
That doesn't sit well with me. | No tape recorders please. | I'm gonna have to say no. |
You're not allowed to record me. | I don't trust recordings, so no. | I'd like it if you did not. |
Nobody records me. | Let's not. | I'm not a fan of that, so no. | I would feel better without it. |
Please refrain from recording. | Don't even think about it. | I didn't sign up for that. |
No recording devices please. | Better not. | Oh no, not recorded. | I'd just rather you didn't.
""")

WITHDRAWS = apart("""
Please don't record that. | Do not record that, please. |
Can you turn that recorder off now? | Hey, I don't want this on tape anymore. |
I've had second thoughts about the recording. | Please kill the recording. |
I take back what I said about recording. | Would you mind not recording this part? |
Could you quit taping me, please? | I need you to stop recording right now. |
Actually, I'd like to go off the record. | Can we go off the record for a moment? | Let's stop the recording here. |
Okay, stop recording this conversation. | I want that recording deleted. | Please erase what you've recorded so far. |
Get rid of the recording of this call. | I'm not comfortable with being recorded any longer. |
Please cease recording. | You can stop recording now. | Are you still recording? Then please stop. |
I don't want to be on a recording after all. | I'd like to withdraw my permission to record. |
I revoke my consent to be recorded. | Turn the tape off, please. | Can you shut off the recording? |
Switch the recorder off for me. | Don't record any more of this. | Don't keep that recording. |
I'd rather you weren't recording. | I wish you'd stop recording. | Please wipe the recording. |
No more taping, please. | I don't agree to the recording anymore. | I changed my mind, no recording please. |
On second thought, don't record me. | I'd prefer you stop recording at this point. |
Could you end the recording there? | Please discard the recording. | Recording needs to stop now. |
The recording has to be turned off. | I want the recording switched off. |
Would it be possible to turn off recording? | Please stop recording my voice. | This should not be recorded. |
I don't want any of this recorded. | Pause the recording, would you? | I no longer consent to the recording. |
I no longer agree to be recorded. | I don't want you recording me. | I don't want you to record what I say next. |
Stop the recording, I have something private to say. | You don't have my permission to record anymore. |
Take me off the recording. | Can this part not be recorded? | Can you make sure this is not recorded? |
Quit the recording. | I'd like you to delete everything you recorded. | Delete what you've taped. |
Please don't be recording this. | I'd feel better if you stopped recording. |
Hang on, is this being recorded? I don't want that, turn it off. | I said stop recording. | Just stop the recorder. |
Let's not record this bit. | Let's not have this recorded. | Hold on, stop taping me. | Turn your recorder off. |
I don't want to be taped any more. | I'd like the recording to end here. | Could you please delete that recording? |
Please shut down the recording. | I've changed my mind, please erase the tape. |
I regret agreeing to the recording, please stop it. | Could we continue without the recording? |
Let's carry on without recording. | From here on, no recording. | What I say now is not to be recorded. |
I'd be more comfortable if you weren't recording me. | Scrap the recording please. |
Is that recorder still on? Switch it off. | Please make the recording stop. | You need to turn that recording off. |
I don't want a recording of this. | I don't want there to be a recording. | Remove my recording, please. |
I'm withdrawing my consent. | My consent is withdrawn. | I take back my yes. | Please do not continue recording. |
Don't go on recording, please. | Stop, stop recording. | Would you kindly stop the recording? |
Leave this part out of the recording. | Cut the tape. | Nothing more should be recorded. |
I need this next part off the record. | That's enough recording. | I want you to quit the recording. |
Please put the recorder away. | Could you switch off that tape recorder? |
I'm having second thoughts about being taped. | Can you delete what was recorded? |
I never should have agreed to the recording, stop it please. | Stop recording, I mean it. |
Please don't let this be recorded. | Turn off whatever is recording us. |
I'd like this to be unrecorded from now on. | Recording must end now. |
I don't feel okay with the recording anymore. | Do me a favor and stop taping. | Please end the taping. |
You can turn the recording off now. | I want my recording gone. | Erase me from the tape. |
Actually no, I don't want to be recorded. | I said I don't want a recording. | No, no, no, stop the recording. |
Please halt the recording for a minute. | Can you do this without taping me? | I've decided against being recorded. |
Not comfortable being recorded any more, sorry. | Can you tell me how to stop the recording? |
You can turn off the recording. | Please do stop the recording now. | I am no longer okay with you recording. |
Kindly stop recording our conversation. | I want out of the recording. | Cut the recording right there. |
I'd like to not be recorded from here. | Please, I don't want this recorded after all. | Drop the recording. |
I'm taking back my permission. | Can we stop the tape for a second? | You're still recording? Please don't. |
I don't feel right about being recorded. | Is it possible to stop being recorded? |
I would like the tape turned off. | Please remove what I said from the recording. |
Can you do me a favor and turn off the recording? | I'd rather this part wasn't on the recording. |
Forget the recording, I don't want it. | Shut that recording thing off. | I never wanted to be recorded. |
Stop. Stop the recorder please. | Will you quit recording already? | Make sure you're not recording this.
""")

KEEPS = apart("""
I left a recording on your answering machine last week. | Can you send me the recording of last Sunday's sermon? |
Is there a recording of the Christmas concert? | My daughter records music in Nashville. |
Does the church record its services? | You're recording this, right? |
I hope you are recording this, it's important. | Please don't delete my recording. |
I'd like to buy a tape of the service. | When does the recording of the service come out? |
How do I stop the donations from my account? | Can you turn off the heating in the hall? |
Please stop sending me letters. | Could you cancel my subscription to the newsletter? |
Please delete my old phone number. | I need you to take my name off the mailing list. |
I changed my mind about the baptism date. | I'd like to withdraw my name from the list. |
The choir is recording a new album in May. | Do you have the parish records? |
I need a record of my donations for taxes. | My marriage record should be in your books. |
For the record, I was there on time. | He broke the record for attendance. |
I'm recording this call too, just so you know. | What happens to the recording afterwards? |
Who can listen to the recording? | Is it all right if I record you? | You may continue recording. |
Don't turn off the recording yet. | I don't want you to stop recording. | I never asked you to stop recording. |
Would you stop by on Tuesday? | The tape on the box came off. | We need duct tape for the decorations. |
My brother won't stop talking. | I want to stop smoking. | Please stop, I misspoke, it's Tuesday. |
Can you remove the chairs from the hall? | Where can I hear the recordings? | Did the recording work last time? |
Someone turned off the lights during the recording. | They stopped recording the sermons last year, didn't they? |
Why did they stop recording the services? | Do you ever stop recording the services? |
I'd like to record a message for my mother. | Can I leave a recorded message? | Could you keep a record of my visit? |
I have no record of that payment. | My police record is clean. | I was told my call would be recorded. |
The last time I called it was recorded. | Sure, keep recording. | It's fine that you record. |
I already said you can record. | Do I have to say something so it stops recording? |
If I say stop, does the recording end? | The pastor doesn't want his picture on the website. |
I don't want to bother anyone. | Is the food bank closed on the holidays? | I'm calling to end my membership. |
I don't like the new hymn book. | Please don't forget to record my donation. |
Do you have recordings of the old sermons on tape? | My cousin works at a recording studio. |
When will the recording be deleted? | How long are calls recorded for? |
I'd like to hear the recording of the wedding. | We want to have the wedding recorded. |
Is the mass recorded for the homebound? | Please stop by our table on Sunday. | I can't stop crying. |
Can you cancel my appointment for Monday? | Take me off the prayer list, please. |
Could you turn off the alarm in the hall? | I don't want to come on Sunday. |
My permission slip for the youth trip isn't signed. | Do you need my consent for the youth trip? |
I withdrew from the choir. | The video recording of the play was lovely. |
Nobody recorded the minutes of the meeting. | I want to end my pledge. | Please remove my phone number. |
I have off the record player a good deal. | What's the record for most visitors? |
Go ahead and keep recording, I'm fine. | You don't have to stop the recording for me. |
It's okay that this is being recorded. | Is this still being recorded? | I don't mind the recording. |
My husband records everything. | Will someone stop me at the door? | He was recorded as absent. |
Don't delete that recording, I'll need it. | I don't want my donation recorded under my husband's name. |
I've got a recording contract with my band. | Could you record that I called? |
Will you note for the record that I came? | Record my name as Helen, please. | Stop me if I'm wrong. |
The recording of Tuesday's class stopped halfway. | Can I get a recording without the hymns? |
We left without the tape measure. | Nothing was recorded in the minutes. |
Where is the off switch of the recorder in the vestry? | I kept a record of everything. |
Not for the record, but she told me herself. | Can you tell me whether the recording is online? |
My wife recorded the whole mass. | Please note down my number for your records. |
I'd like to delete my account on your website. | Who stopped the music? |
We'll record the concert without the choir. | Is there no recording of that evening? |
There's no recording of that evening, is there? | I could not find the recording on your page. |
I don't have the recording anymore. | The recording you sent me doesn't work. | I missed the recording session. |
Turn left at the recording studio, right? | The tape recorder in the hall is broken. |
My consent form for the trip is in the mail. | I changed my mind about lunch.
""")


@each("utterance", GRANTS)
def test_given_a_yes_in_whatever_wording_then_recording_is_granted(utterance: str) -> None:
    assert interpret(utterance) is ConsentAnswer.GRANTED


@pytest.mark.requirement("OP-80")
@each("utterance", REFUSES)
def test_given_a_no_in_whatever_wording_then_recording_is_refused(utterance: str) -> None:
    assert interpret(utterance) is ConsentAnswer.REFUSED


@pytest.mark.requirement("OP-79")
@each("utterance", WITHDRAWS)
def test_given_a_withdrawal_in_whatever_wording_then_it_is_one(utterance: str) -> None:
    assert withdraws(utterance)


@pytest.mark.requirement("OP-79")
@each("utterance", KEEPS)
def test_given_words_about_recordings_and_stopping_that_withdraw_nothing_then_consent_stands(utterance: str) -> None:
    assert not withdraws(utterance)
