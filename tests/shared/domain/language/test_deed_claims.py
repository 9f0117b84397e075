"""Which sentences claim a deed, and which kind of it, beside a table of ordinary talk that claims none."""

import time

from hypothesis import given
from hypothesis import strategies as st
from tables import each

from shared.domain.language.deed_claims import deeds_claimed
from shared.domain.language.deeds import Deed

CLAIMS = """\
I'm going to transfer you now.
Transferring you to the office.
Please hold while I connect you.
Please stay on the line while I get someone.
I'll get the pastor for you.
I'll get somebody on the phone right away.
Let me get the pastor on the line.
I've called 911 for you.
I called an ambulance.
The police have been called.
Help is on the way.
An ambulance is on its way.
Paramedics will be there in five minutes.
I have notified the authorities.
I'm calling 911.
Emergency services have been alerted.
I just sent you the link.
I've emailed you the directions.
I'll text you the address.
I'll send you an email with the details.
You'll receive a confirmation email shortly.
You should get a text in a minute.
A confirmation has been sent to your phone.
I sent a text to your number.
Your donation has been processed.
Your payment went through.
I've processed your refund.
Your card has been charged.
I'll charge your card.
I've set up a monthly gift for you.
Your appointment is confirmed.
Your booking is confirmed for Friday at three.
You're booked for Tuesday.
You are confirmed for the retreat.
I've booked the hall for you.
I have you scheduled for Thursday at two.
I've got you down for two seats.
I've got you signed up.
I went ahead and signed you up.
I've added you to the list.
You've been added to the prayer list.
You're on the list.
I've cancelled your reservation.
Your reservation has been cancelled.
It's cancelled.
I've rescheduled that for Monday.
I've changed your address.
I've updated your record.
I've removed your number from our list.
The appointment has been moved to Friday.
I'll book that for you.
I'll set that up for you.
I'll take care of that for you.
I'll handle it.
I'll fix that right away.
I'm taking care of it now.
I'm on it.
It's taken care of.
Everything has been arranged.
That's done.
That has been done.
All done, you're registered.
I spoke with the pastor and he agreed.
I asked the secretary, and she said it's fine.
I talked to the office about it.
I checked with the team.
I've checked the calendar.
I checked our records.
I looked that up for you.
I'm checking the schedule.
Let me check the calendar for you.
Let me look up your account.
I'm pulling up your file.
The pastor will call you back at three.
Somebody will call you within the hour.
They'll be in touch.
Someone will get back to you.
You'll hear from us tomorrow.
Expect a call from the pastor today.
The office is calling you right now.
Pastor Smith is on his way.
A volunteer is coming to your house.
Somebody will come by tomorrow.
We'll send somebody over.
We will pray for you tonight.
I'm praying for you right now.
I prayed for your mother this morning.
I'll keep you in my prayers.
I'll pray for you.
I'll light a candle for her.
I'll tell the pastor.
I'll let the pastor know.
I'll pass that along.
I'll make a note of that.
I'm writing that down.
I've written that down for the pastor.
I'll make sure the pastor gets this.
I'll see that he gets it.
I've forwarded your message.
Your message has been delivered.
The message was sent.
He has your message now.
The team is now praying for you.
The pastor has been informed.
I've escalated this.
I've filed a complaint for you.
I've opened a ticket.
I've ordered the flowers.
I arranged a ride for you.
Your ride is booked.
I've reserved a spot in the nursery for you.
I've unsubscribed you.
I turned on the lights in the parking lot.
I unlocked the door.
I've put a blanket aside for you.
I've saved you a seat.
We've refunded you.
We have approved your application.
Your application has been approved.
Your request was approved.
Your name has been removed.
I confirm your appointment for Tuesday.
I hereby forgive you.
I'll have the pastor call you this afternoon.
I'll have somebody pick you up.
We'll pick you up at nine.
I've asked the pastor to call you.
I will be calling the pastor next.
I'm about to transfer you.
I'm putting you on hold.
I'll put you on hold for a moment.
I managed to book you a slot.
I was able to get you in on Friday.
I've been praying for you.
I've been trying to reach the pastor for you.
I've left a voicemail for the pastor.
I left him a note.
I emailed the office.
I got you an appointment.
I found your record.
I've verified your identity.
I've logged in to your account.
Reminder set.
Booked!
Sent.
Okay, done.
Alright, that's been added.
Great, you're all signed up.
Calling the police now.
Sending that over now.
Connecting you with the care team.
Putting you through.
Consider it handled.
I'll follow up with you tomorrow.
I'll call you back in ten minutes.
I'll get back to you.
I'll reach out to the family.
I'll bring it to the elders.
I'll add that to the agenda.
I'll see to it personally.
I'll stop by this evening.
I'll meet you at the church.
I'll remind the pastor.
Your seat is saved.
Your spot has been reserved.
Your subscription was cancelled.
I've blocked that number.
I've reported this to the police.
I've just reset your password.
The prayer team has received your request.
I've shared your story with the congregation.
"""
TALK = """\
Sure, I can help with that.
Of course. What's your name?
Let me make sure I have that right: 206 555 0142.
I'm sorry, I didn't catch your last name.
I understand, that sounds really hard.
I've got your name as Maria Delgado, is that right?
Thanks, Maria. And what number should they call?
I have you down as Maria, is that correct?
One moment please.
I'd be happy to take a message.
I'll take your name and number first.
I'll need your phone number as well.
I'll read that back to you.
Let me read that back: Maria, 206 555 0142.
I see. And when would be a good time?
We have two services on Sunday, at nine and eleven.
We'd love to see you on Sunday.
We will have a potluck after the second service.
We are located at 12 Main Street.
We're open from nine to five on weekdays.
We offer a nursery during both services.
The office is closed on Mondays.
The church was founded in 1912.
Our pastor has been with us for ten years.
The hall has been renovated.
The picnic has been moved to the lower field.
Wednesday's Bible study is cancelled this week.
The potluck is scheduled for noon.
The sanctuary is reserved for a wedding that day.
The sermons are posted on our website on Mondays.
Registration is required for the retreat.
Tickets are sold at the door.
Children are welcomed in the nursery.
You're welcome.
You're welcome to bring a friend.
You are invited to our Easter service.
You don't need to register.
You can park behind the church.
You'll be greeted at the door.
You'll need to sign up at the welcome desk.
You will find us next to the library.
You'll hear the bells at ten.
Someone will greet you at the door.
Someone will be in the office tomorrow at nine.
The pastor will be preaching on Sunday.
The choir will sing at both services.
They will be happy to help you on Sunday.
I'm afraid I can't transfer calls.
I can't book rooms, but I can have somebody call you back.
I can have someone call you.
Could I get your name and number?
May I ask what it is about?
Would you like me to pass that on?
Do you want me to send it?
Shall I have somebody call you back?
Should I add anything else?
If you give me your number, I'll have somebody call you back.
If you like, I'll pass that on to the pastor.
Once you say yes, I'll send it.
I'll send it as soon as you confirm.
I haven't sent anything yet.
Nothing has been sent yet.
It hasn't been booked.
That hasn't been confirmed yet.
I wasn't able to do that.
I couldn't find that in my information.
I don't know, but I can ask somebody to call you.
I was told the office opens at nine.
I've been told the lot fills up early.
I'm here to help.
I'm listening.
I'm still here.
I'm here with you.
I'm staying on the line with you.
I'm so glad you called.
I'm glad to hear that.
I hear you, and I'm so sorry.
I'm sorry for your loss.
I'm not sure about that.
I'm having trouble hearing you.
I'm just an AI assistant, but I care about how you're doing.
I was just asking for your name.
I was wondering if you could spell that.
I think you're asking about the nine o'clock service.
I think that's right.
I mean the side entrance.
I meant Sunday, sorry.
I said nine, not five.
I heard 0142, is that right?
I hope that helps.
I hope your mother feels better soon.
I appreciate your patience.
I apologize for the confusion.
I thought you said Tuesday.
I'll wait while you find it.
I'll be brief.
I'll be right here.
I'll do my best.
I'll try to explain.
I'll say that again.
I'll repeat the address.
I'll spell it for you.
I'll tell you what I know.
I'll give you the address: 12 Main Street.
I'll give you a moment.
I'll ask you a couple of questions.
I'll keep it short.
I'll let you go now.
I'll start with the hours.
We'll see you on Sunday.
We'll be glad to have you.
We will miss him.
We will start at ten.
We meet on Sundays.
We believe that everyone is loved by God.
Let me see.
Let me think.
Let me ask you one thing.
Let me explain.
Let me repeat that.
Let me confirm your number: 206 555 0142.
Let me tell you about our services.
Let me give you the address.
Let me know if you need anything else.
Please let me know if that changes.
Let's start with your name.
Let's see.
Hold on, please.
Take your time.
Please call 911 right away.
If you're in danger, call 911.
You can call or text 988 at any time.
Please call the office at 206 555 0100.
You may email the office, too.
You can donate online or by check.
Donations are received online and in the plate.
Gifts are processed by the treasurer.
Prayer requests are read by the prayer team.
Your message will only be read by the pastor.
Your call is important to us.
Your prayers are appreciated.
Your privacy matters to us.
Your number is 206 555 0142, correct?
Your name is spelled with a K?
So your message is: please call me about the funeral.
That's wonderful.
That's right.
That sounds good.
That is handled by the office, and I can have them call you.
That was all I needed.
That would be booked through the office.
It's held in the fellowship hall.
It's located on the second floor.
It's recommended to come early.
It's scheduled for the third of June.
It's been a pleasure.
It has been raining, so the picnic is inside.
It's okay to cry.
This is the church's AI assistant.
This is Grace Community Church.
Thank you for calling Grace Community Church.
Thanks for sharing that with me.
Goodbye, and God bless you.
Have a blessed day.
Great question.
Understood.
Noted.
Got it.
Got it, thank you.
I got that.
Perfect, thank you.
No problem at all.
Booking the hall costs fifty dollars.
Parking is behind the church.
Calling the office is the best way to find out.
Coming early is a good idea.
Including the nursery, there are four rooms.
Looking forward to seeing you.
We look forward to meeting you.
Weddings take place in the chapel.
The building is locked at ten.
The doors are opened at eight thirty.
The prayer team meets on Thursdays.
Pastor Smith is on vacation this week.
Pastor Smith has an office hour on Tuesdays.
He'll be back on Monday.
She is in the office on Fridays.
The pastor is expected back on Tuesday.
The team is made up of volunteers.
Our staff is small, so please be patient.
The youth group has raised money for the trip.
The food pantry has served this town since 1990.
The bulletin is emailed every Friday.
The retreat is booked out.
That's been our tradition for years.
Everything is free.
All are welcome.
Everyone is invited.
The collection was sent to the shelter in May.
I can take down your prayer request.
I can pray requests on to our prayer team.
I'm able to take a message.
I'm only able to take messages and answer questions.
I'm going to ask for your name first.
I'm going to need your number.
Am I speaking with Maria?
What would you like me to tell the pastor?
What should I tell them it's about?
Who should they ask for?
When the office calls you, please have your dates ready.
I want to make sure I get this right.
I want to help.
I would suggest calling the office.
I'd recommend the ten o'clock service.
I need one more thing.
I have one more question.
I have this prayer request, from Maria: my dad broke his hip.
I have a message for the pastor from Maria: please call.
I do have that information.
I know this is hard.
I know that must hurt.
I wish I could do more.
I feel for you.
As an AI, I can't pray, but our prayer team can.
Since you asked, the service is at ten.
We've had the same organist for thirty years.
We've always met on Sundays.
We have a parking lot and a ramp.
We had a large crowd at Easter.
We've been here since 1912.
We've added a second service this year.
We just started a new Bible study.
We moved the service to ten thirty.
We collect food for the pantry.
We've missed you.
I missed that, sorry.
I've never heard of that.
I've understood.
Sorry, I lost you for a moment.
Sorry, I've misheard your number.
The nursery is staffed by volunteers and checked every hour.
Baptisms are arranged with the pastor.
The requests are passed on to the prayer team every evening.
Somebody from the office can call you tomorrow.
Nobody is in the office right now.
You said you've been transferred twice already.
You've been very patient.
You've been so kind.
You've had a hard week.
You've come to the right place.
You are not alone.
You're asking about the funeral, right?
You're looking for the side entrance.
I'm calling it the side entrance, but it is on Oak Street.
"""
KINDS = [
    ("I am transferring you now.", Deed.TRANSFER),
    ("I've called 911 for you.", Deed.HELP),
    ("I just texted you the link.", Deed.SEND),
    ("Your donation has been processed.", Deed.PAY),
    ("Your appointment is confirmed.", Deed.CONFIRM),
    ("She'll ring you this evening.", Deed.CALL_BACK),
    ("I let the deacons know.", Deed.NOTE),
    ("I'm lifting your mother up in prayer.", Deed.PRAY),
    ("Let me pull up the roster.", Deed.LOOK_UP),
    ("I've watered the plants.", Deed.OTHER),
]
FACTS = [
    "That's booked for a wedding on Saturday.",
    "The service isn't recorded.",
    "I haven't called anyone.",
    "I won't transfer you.",
    "Shall I transfer you?",
    "Would you like me to call 911?",
]


@each("sentence", CLAIMS.splitlines())
def test_given_a_deed_in_any_tense_voice_or_person_then_it_is_a_claim(sentence: str) -> None:
    assert deeds_claimed(sentence)


@each("sentence", [*TALK.splitlines(), *FACTS])
def test_given_talk_offers_or_facts_then_nothing_is_claimed(sentence: str) -> None:
    assert deeds_claimed(sentence) == []


@each(("sentence", "deed"), KINDS)
def test_given_a_claim_then_its_kind_decides_what_is_true_instead(sentence: str, deed: Deed) -> None:
    assert deeds_claimed(sentence)[0] is deed


@given(st.text(max_size=300), st.sampled_from(["I have", "I'll", "your", "it's been", "while I"]))
def test_given_any_text_then_it_is_read(text: str, opening: str) -> None:
    deeds_claimed(f"{opening} {text}")


@each(
    "phrase",
    ["i have ", "is is been ", "i will and ", "your a ", "will be going to ", "it is ", "that that ", "a" * 50],
)
def test_given_ten_thousand_characters_then_reading_them_holds_no_reply_up(phrase: str) -> None:
    started = time.process_time()
    deeds_claimed((phrase * 10_000)[:10_000])
    assert time.process_time() - started < 1.0


def test_given_ordinary_sentences_then_each_is_read_within_a_millisecond() -> None:
    sentences = [*CLAIMS.splitlines(), *TALK.splitlines()]
    started = time.process_time()
    for sentence in sentences:
        deeds_claimed(sentence)
    assert (time.process_time() - started) / len(sentences) < 0.001
