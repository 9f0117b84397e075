import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import each

from shared.domain.language.safety import Danger, assess
from shared.domain.language.safety_lines import ABUSE_GOODBYE, ABUSE_WARNING, CRISIS_LINE, THREAT_LINE

CRISIS = [
    "I want to kill myself.",
    "I don't want to live anymore.",
    "I've been thinking about suicide.",
    "I just want to die.",
    "I took a whole bottle of pills.",
    "My son says he wants to kill himself.",
    "I'm going to hurt myself tonight.",
    "Everyone would be better off without me.",
    "I can't go on.",
    "There's no point in living.",
    "I want to end my life.",
    "I wish I was dead",
    "My husband hits me.",
    "He's going to kill me, he has a gun.",
    "I'm scared of my boyfriend.",
    "I'm not safe at home.",
    "My daughter has been cutting herself.",
    "I feel like ending it all.",
    "I don't want to wake up tomorrow",
    "she's been abused by her stepfather, she's being beaten",
    "I'm in an abusive relationship.",
    "I can't do this anymore.",
    "I'm standing on a bridge and I want to jump off the bridge",
    "I don't want to be here anymore",
    "My wife said she wants to die",
    "I feel suicidal",
    "I'm tired of living",
    "My dad beats us when he drinks",
    "My life isn't worth living",
    "Somebody is breaking into my house",
    "I might hurt myself",
    "I've been having suicidal thoughts.",
    "I think about ending my life every day.",
    "I don't see any reason to keep going.",
    "My boyfriend choked me last night.",
    "I have a gun and I'm going to shoot myself.",
    "He threatened to kill me and the kids.",
    "My sister tried to kill herself.",
    "I just can't live like this anymore.",
    "I'm thinking of killing myself.",
    "I wish I'd never been born.",
    "There's nothing left for me to live for.",
    "I swallowed a bunch of pills.",
    "My stepfather hurts me.",
    "I want to go to sleep and never wake up.",
    "My husband is beating me.",
    "I feel like killing myself.",
    "I'm afraid my husband will kill me.",
    "I'm afraid of what I might do to myself.",
    "Nobody would miss me if I were gone.",
    "I'm gonna end it tonight.",
    "I'm going to jump.",
    "life is not worth it anymore",
    "I want to be dead.",
    "I don't want to be alive",
    "I cut myself again last night.",
    "I want to hurt myself",
    "my partner is abusive and I need somewhere to go",
    "My ex keeps threatening me",
]
EMERGENCIES = [
    "My husband collapsed and he's not breathing.",
    "There's a fire in the church kitchen.",
    "I smell gas in the basement.",
    "My daughter is missing, she never came home from school.",
    "There's a man with a rifle outside the door.",
    "She's choking on a piece of bread.",
    "He cut his arm with the saw and the blood won't stop.",
    "Somebody is breaking into my house",
    "My little boy drank bleach.",
    "Grandma's face is drooping and her words are all jumbled.",
]
SPANISH = [
    ("Quiero suicidarme", Danger.CRISIS),
    ("Mi esposo me pega", Danger.CRISIS),
    ("Ya no quiero vivir.", Danger.CRISIS),
    ("Tengo miedo de mi marido, estoy escondida.", Danger.CRISIS),
    ("¡Mi mamá no respira!", Danger.EMERGENCY),
    ("Se está quemando la cocina.", Danger.EMERGENCY),
    ("Huele mucho a gas.", Danger.EMERGENCY),
    ("Hay un hombre con una pistola afuera.", Danger.EMERGENCY),
    ("No encuentro a mi hijo, desapareció.", Danger.EMERGENCY),
    ("Los voy a matar a todos.", Danger.THREAT),
    ("Eres una máquina estúpida.", Danger.ABUSE),
]
SPANISH_HARMLESS = [
    "Me muero de hambre.",
    "Me muero de ganas de verlos.",
    "Casi me muero de la risa con el sermón.",
    "Este calor me está matando.",
    "¿A qué hora es la misa?",
    "¿Dónde está la iglesia?",
    "Mi abuela murió el año pasado.",
    "Quiero vivir más cerca de la iglesia.",
    "Se me cayó la llamada, disculpe.",
    "No encuentro la dirección.",
    "Necesito hablar con el padre.",
    "El fuego del Espíritu Santo.",
    "¿Me ayuda con el horario?",
    "Voy a matar el tiempo en el parque.",
    "Me pega el sol en la ventana.",
    "Quiero bautizar a mi hijo.",
    "No puedo ir el domingo.",
]
THREATS = [
    "I'm going to kill you.",
    "I'm going to shoot the pastor.",
    "I will burn your church down.",
    "There's a bomb in the building.",
    "I'm coming over with a gun.",
    "You're all going to die.",
    "I want to hurt my neighbor.",
    "I'm gonna blow up that church",
    "I know where you live.",
    "I swear I'll kill him.",
    "We will shoot up the service on Sunday",
    "You people deserve to die",
    "I'm going to beat up my wife",
    "I'll murder everyone in there",
    "I'm bringing my rifle on Sunday",
    "I'll kill all of you.",
    "I'm gonna shoot everyone at that church.",
    "Tell the pastor I'm coming for him with a gun.",
    "I'm going to burn that place to the ground.",
    "You're gonna be sorry when I come there with my rifle.",
    "I want to kill my neighbor.",
    "There is a bomb in your church.",
    "I am going to hurt somebody.",
    "I'm going to stab my brother.",
    "I'm going to bomb your church.",
    "Somebody should burn that church down.",
    "I'm gonna make you bleed.",
]
ABUSE = [
    "Fuck you.",
    "You stupid bitch.",
    "Go to hell.",
    "You're an idiot.",
    "You're useless.",
    "Shut up.",
    "Stupid robot.",
    "Are you stupid?",
    "You are a piece of shit",
    "screw you",
    "What are you wearing?",
    "You dumb machine",
    "You're a fucking idiot.",
    "Fuck off.",
    "Shut up, you dumb robot.",
    "You're so stupid.",
    "You suck.",
    "Go screw yourself.",
    "You piece of garbage.",
    "What a dumb bot.",
    "You worthless machine.",
    "Bitch.",
    "Are you retarded?",
]
HARMLESS = [
    "My battery died.",
    "This traffic is killing me.",
    "I could kill for a coffee.",
    "We lost grandma, she passed away.",
    "My father died last week.",
    "I'm dying to see the new hall",
    "My feet are killing me",
    "The damn car broke down",
    "Shit, I forgot my number.",
    "What the hell is going on with the parking?",
    "Do bad people go to hell?",
    "Will I go to hell for divorce?",
    "I'll shoot you an email",
    "That song hit me hard",
    "You beat me to it",
    "I cut myself off there, sorry",
    "Is there a suicide prevention group at the church?",
    "I had a heart attack last year",
    "My mother has cancer and is going to die soon",
    "I'd die of embarrassment",
    "my wife is going to kill me if I forget the flowers",
    "I don't want to hurt her feelings",
    "I don't want to hurt anyone",
    "I would never kill anybody",
    "What time is the service?",
    "Please pray for my mother who is dying",
    "",
    "My son was hurt in a car accident",
    "He has a gun safe to donate",
    "Thanks, you're so kind",
    "I was stupid and lost the address",
    "Is it a stupid question?",
    "That's all right",
    "I want to live near the church",
    "I don't want to live in Texas",
    "They killed the power in our street",
    "I'm so mad, this fucking phone",
    "The show was to die for",
    "are you a robot?",
    "She shot a great photo of the church",
    "I need prayer for my uncle who was shot down in the war as a pilot",
    "You're dead right",
    "The kids blow up balloons for the party at the church",
    "I want to burn a candle in the church",
    "We're going to kill two birds with one stone",
    "Jesus died for us",
    "My dog hurt himself",
    "I hurt my back",
    "He hit the ball",
    "Can you tell me when I should come in?",
    "I beat cancer",
    "I'm scared of the operation",
    "my boss is killing me with these hours",
    "how dare you close the church on Sunday",
    "my husband beat cancer",
    "Do you have a bomb shelter",
    "It would be useless to come before nine",
    "it was a shot in the dark",
    "I'm dead tired.",
    "The service was killer.",
    "He passed away after a heart attack.",
    "I'd kill for some good coffee after church.",
    "My grandmother is dying of cancer.",
    "Is it a sin to swear?",
    "Crap, I dropped the phone.",
    "This damn phone keeps cutting out.",
    "I lost my job and I'm struggling.",
    "Could you pray for my nephew who was shot?",
    "I'm so sad since my husband died.",
    "I'm going to beat this cancer.",
    "We hit a deer on the way.",
    "I need help, I fell and hurt my knee.",
    "My son is in jail for attacking someone.",
    "Please pray for the victims of the shooting.",
    "Do you have a support group for survivors of abuse?",
    "I feel so alone.",
    "The battery's dead again.",
    "I'm dying for a cup of tea.",
    "Who should I shoot an email to?",
    "I nearly died laughing.",
    "Jesus was killed on the cross.",
    "Pray for my enemies who want to hurt me with words",
    "I'd like to bring my children.",
    "The deadline is killing us.",
    "My cat died.",
    "My brother took his own sweet time.",
    "I'm stuck in traffic and it's hell.",
    "This weather sucks.",
    "what an idiot I am, I forgot my own number",
    "When can I kneel to pray?",
    "I'm going to kill it at choir practice.",
    "Is the building safe for kids?",
    "I'm scared of dogs.",
    "I ended up here by mistake.",
    "Pastor said we should die to self.",
    "She's going to die and I don't know what to do.",
    "They say he is going to die soon.",
]


@pytest.mark.requirement("PT-69")
@pytest.mark.requirement("PT-71")
@each("utterance", CRISIS)
def test_given_danger_to_the_caller_then_it_is_crisis(utterance: str) -> None:
    found = assess(utterance)
    assert found.dangers - {Danger.EMERGENCY} == {Danger.CRISIS}
    assert found.words


@pytest.mark.requirement("PT-69")
@pytest.mark.requirement("PT-70")
@each("utterance", THREATS)
def test_given_violence_against_others_then_it_is_a_threat(utterance: str) -> None:
    assert assess(utterance).dangers == {Danger.THREAT}


@pytest.mark.requirement("PT-69", "PT-72")
@each("utterance", ABUSE)
def test_given_abuse_aimed_at_the_agent_then_it_is_abuse(utterance: str) -> None:
    assert assess(utterance).dangers == {Danger.ABUSE}


@pytest.mark.requirement("PT-73")
@each("utterance", HARMLESS)
def test_given_figures_of_speech_grief_or_swearing_about_a_situation_then_there_is_no_danger(utterance: str) -> None:
    assert assess(utterance).dangers == frozenset()


@pytest.mark.requirement("PT-73")
@each(
    ("utterance", "dangers", "foremost"),
    [
        ("I'm going to kill my wife and then myself.", {Danger.CRISIS, Danger.THREAT}, Danger.CRISIS),
        ("I want to kill everyone and then kill myself.", {Danger.CRISIS, Danger.THREAT}, Danger.CRISIS),
        ("You stupid bitch, I'm going to kill you.", {Danger.THREAT, Danger.ABUSE}, Danger.THREAT),
        ("Fuck you. I just want to die.", {Danger.CRISIS, Danger.ABUSE}, Danger.CRISIS),
    ],
)
def test_given_several_dangers_at_once_then_all_are_told_and_the_weightiest_leads(
    utterance: str, dangers: set[Danger], foremost: Danger
) -> None:
    found = assess(utterance)
    assert found.dangers - {Danger.EMERGENCY} == dangers - {Danger.EMERGENCY}
    assert found.foremost is foremost


@given(st.text())
def test_given_any_text_then_it_is_assessed(text: str) -> None:
    found = assess(text)
    assert bool(found.dangers) == bool(found.words) == (found.foremost is not None)


@each("phrase", ["i am going to ", "he is you are a stupid ", "dont want to be ", "so really just "])
def test_given_a_very_long_utterance_then_assessing_it_holds_no_reply_up(phrase: str) -> None:
    started = time.process_time()
    assess(phrase * 300)
    assert time.process_time() - started < 2


@pytest.mark.requirement("PT-72", "PT-75")
@pytest.mark.requirement("PT-70")
@pytest.mark.requirement("PT-71")
def test_given_the_safety_lines_then_they_say_what_is_demanded() -> None:
    assert "call or text 988" in CRISIS_LINE and "911" in CRISIS_LINE and "staying on the line" in CRISIS_LINE
    assert "call you back" in CRISIS_LINE and "record" not in CRISIS_LINE
    assert "911" in THREAT_LINE and "ending this call" in THREAT_LINE
    assert "help" in ABUSE_WARNING and "oodbye" in ABUSE_GOODBYE
