"""Which terms the recogniser is to expect in a node."""

from shared.domain.language.keyterms import MOST_KEYTERMS, keyterms


def test_given_names_and_examples_then_the_names_in_them_are_expected_each_once() -> None:
    examples = [
        "Do you rent out the Makita hammer?",
        "I'd like to come on Sunday. Is Father O'Brien there?",
        "Could I've the Bosch GSR Pro Max 18 tomorrow?",
        "Where is saint Anne's chapel, and does the makita come with it?",
        "Bosch?",
    ]
    assert keyterms(["Grace Community Church of Ballard", "", "Jo Lee"], examples) == (
        "Grace Community Church",
        "Jo Lee",
        "Makita",
        "Father O'Brien",
        "Bosch GSR Pro",
        "Anne's",
    )
    assert len(keyterms((f"name{number}" for number in range(200)), [])) == MOST_KEYTERMS
