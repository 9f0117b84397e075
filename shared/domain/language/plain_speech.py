"""Cuts a model's stream into sentences for the telephone, without markup, code and stage directions.

What stands in brackets, braces, tags or a code fence is dropped as a whole, however the stream is cut; emphasis, table
bars and list marks go and their words stay.
"""

import re
import unicodedata

from shared.domain.language.text import vocabulary

MOST_HELD = 1500
"""Characters: a bracket that isn't closed by then is dropped with what follows it."""

_FENCE = "```"
_OPENING = re.compile(r"```|<[a-zA-Z][\w:-]*>?|.")
_OPENERS = re.compile(r"```|\[|\{|<(?=[a-zA-Z/!?])|\*(?=[a-zA-Z])|\((?=[a-zA-Z])|[.!?…][\"”’')*]*(?=\s)|\n")
_CLOSES = {"[": "]", "{": "}"}
_FORMATTING = vocabulary(
    "b i u em strong p br hr span div a h1 h2 h3 h4 ul ol li table tr td th thead tbody speak prosody break"
    " emphasis say-as s voice "
    "sub sup small mark phoneme audio w sentence paragraph answer response reply output text message final say"
)
"""Tags whose contents are spoken; those of any other (`<thinking>`, `<tool_call>`) are not."""
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]*)[^<>]{0,300}>")
_STAGE = (
    r"(?:(?:soft|warm|gentl|quiet|slight|brief|kind|cheerful|sympathetic|calm|nervous)(?:e?ly)? )*(?:"
    r"(?:laugh|chuckl|sigh|paus|smil|nod|cough|whisper|gasp|sniff|sob|clear|giggl|breath|typ|ring|think|transferr?"
    r"|listen|speak|lean"
    r"|look|shuffl|click|wait|humm?|check|pick|hang|dial|connect|cri|cry|grin|wav|bow|blink|shrugg?|wink|turn"
    r"|tapp?|scroll|flipp?"
    r"|tilt|adjust|mut|turn|hesitat|sound|beep|search|process)(?:e?s|ing)\b"
    r"|(?:laughter|silence|(?:long |short |brief )?pause|music|hold music|applause|inaudible|aside|sigh|laugh"
    r"|tears?|softly|warmly"
    r"|gently|quietly|calmly|cheerfully|kindly|empathetic\w*|sympathetic\w*|concerned|dial tone"
    r"|in an? \w+ (?:voice|tone)"
    r"|with (?:a )?(?:\w+ )?(?:sigh|smile|laugh|empathy|concern|warmth|compassion)|moment of silence|note to self"
    r"|internal\w*)\b)"
)
_STAGE_DIRECTION = re.compile(
    r"\((?:the )?(?:agent |assistant |receptionist |he |she "
    rf"|i )?{_STAGE}[^()\d]{{0,120}}\)",
    re.IGNORECASE,
)
_STARRED = re.compile(rf"(?<!\*)\*{_STAGE}[^*]{{0,120}}\*(?!\*)", re.IGNORECASE)
_BARE_STAGE = re.compile(
    r"(?:laughs|chuckles|sighs|pauses|smiles|nods|clears (?:my|his|her|their)? ?throat"
    r"|typing(?: sounds)?|long pause)\b[\w ,]{0,25}\W*",
    re.IGNORECASE,
)
_LINK = re.compile(r"!?\[([^\[\]]{1,200})\]\([^()\s]{0,300}\)")
_CALL = re.compile(
    r"\b[a-zA-Z]+(?:[_.][a-zA-Z0-9]+)+\s?\([^()]{0,1000}\)?;?"
    r"|\b[a-z]+(?:[A-Z][a-z]+)+\([^()]{0,1000}\)?;?|\b[a-z]+\((?:[a-z_]+ ?=[^()]{0,1000}|[\"'][^()]{0,500})?\)?;?(?=$"
    r"|\s)"
)
_CODE = re.compile(
    r"(?<![\w@.])[a-z]+(?:_[a-z0-9]+)+(?![\w@]*@)\b|==|!=|=>|->|&&|\|\||:=|\+=|;\s*$|\bnull\b|\bundefined\b"
    r"|\"\s*:\s*[\"{\[\d]"
    r"|^\s*(?:if|elif|else|for|while|def|return|import|from|print|class|let|const|var|function|await|async|try"
    r"|except)\b[^.?!]*(?:[:;={(]\s*$|[={(].*)"
    r"|\b\w+\.\w+\(|\$\{|\{\{|^\s*\w+\s=\s\S|^\s*(?:SELECT|INSERT|UPDATE|DELETE)\s.*\b(?:FROM|INTO|SET)\b"
)
_LABEL = re.compile(
    r"\s*(?:assistant|agent|ai|receptionist|response|answer|reply|bot|final answer|output|spoken|speech"
    r"|pickup)\s*:\s+(?=\S)",
    re.IGNORECASE,
)
_FOREIGN_LABEL = re.compile(
    r"\s*(?:thoughts?|action(?: input)?|observation|tools?(?: call| result| output)?|function(?: call| result)?"
    r"|system(?: prompt| message)?"
    r"|user|caller|human|customer|(?:system |my |hidden )?instructions?|note to self|internal(?: \w+)?|reasoning"
    r"|analysis|role|persona"
    r"|intent|arguments?|parameters?|stage direction|prompt|facts|spoken_facts)\s*:(?!\d)",
    re.IGNORECASE,
)
_PROMPT = re.compile(
    r"^\W*you are (?:a|an|the|now) (?:\w+ ){0,6}?(?:receptionist|assistant|agent|ai|language model|bot|chatbot"
    r"|persona)\b"
    r"|\b(?:never|do not|don't|always) (?:reveal|disclose|repeat|mention|share|output"
    r"|break) (?:\w+ ){0,4}?(?:instructions?|prompt"
    r"|guidelines|character)\b"
    r"|\b(?:system prompt|as an ai language model|my guidelines|end of (?:prompt|instructions)|knowledge cut-?off"
    r"|begin (?:prompt|instructions)|few-shot|output format|respond only|in json)\b"
    r"|^\W*(?:never claim to be|before you call a tool|say only what the facts|a tool reads back|anything else:)"
    r"|\b(?:the caller|the user) (?:wants|is asking|asks|asked|needs|said|seems|has asked|would like)\b"
    r"|^\W*(?:keep (?:your )?(?:answers|responses|replies)|respond (?:in|with|only)|use (?:the|a) (?:tool|function)"
    r"|call the (?:tool|function)|do not use markdown|your (?:role|job|task|goal) is)\b",
    re.IGNORECASE,
)
_LISTED = re.compile(r"\s*(?:[-*+•·|#]|\d{1,2}[.)]\s)")
_NO_END = re.compile(r"(?:^|\s)(?:Dr|Mr|Mrs|Ms|St|Rev|Fr|Sr|Jr|Mt|Prof|(?<=\n)\d{1,2}|^\d{1,2})\.$", re.MULTILINE)
"""A full stop that ends no sentence."""
_RULE = re.compile(r"^[\s|:+=_*#~-]{3,}$")
_LEAST_WORDS = 4
"""Fewer beside a call in code belong to it (`Let me call submit(…)`)."""
_MARKS = re.compile(r"\*+|(?<!\w)_+(?=\w)|(?<=\w)_+(?!\w)|`+|~~|^\s*(?:#{1,6}|>+|[-+•·–])\s+", re.MULTILINE)


def plain(text: str) -> str:
    """The words of one sentence (or of some lines) that may be spoken; empty where nothing is left. Never raises."""
    text = re.sub(rf"{_FENCE}.*?(?:{_FENCE}|$)", " ", text, flags=re.DOTALL)
    text = _LINK.sub(r"\1", _without_tags(text))
    for opener, closer in _CLOSES.items():
        text = _without_enclosed(text, opener, closer)
    text = _STARRED.sub(" ", _STAGE_DIRECTION.sub(" ", text))
    spoken = ""
    listed = False
    for line in text.splitlines():
        if not (words := _line(line)):
            continue
        # lists and tables have no full stops: a listener needs the pause
        pause = "," if spoken and spoken[-1] not in ".!?,:;" and (listed or _LISTED.match(line)) else ""
        spoken = f"{spoken}{pause} {words}".strip()
        listed = bool(_LISTED.match(line))
    return spoken if any(c.isalnum() for c in spoken) else ""


class SentenceStream:
    """Takes a stream piece by piece and gives whole sentences as they may be spoken."""

    def __init__(self) -> None:
        self._held = ""
        self.dropped = False
        """Whether there were sentences of which nothing may be spoken."""

    def feed(self, piece: str) -> list[str]:
        """The sentences that are whole by now."""
        self._held += piece
        said: list[str] = []
        end, opened = _scanned(self._held)
        while end:
            said += self._plain(self._held[:end])
            self._held = self._held[end:].lstrip()
            end, opened = _scanned(self._held)
        if len(self._held) > MOST_HELD:
            rest = "" if opened is None else _OPENING.match(self._held, opened).group()  # type: ignore[union-attr]
            said += self.flush()
            self._held = rest
        return said

    def flush(self) -> list[str]:
        """What is left: the stream has ended, or a tool's turn comes."""
        held, self._held = self._held, ""
        return self._plain(held)

    def _plain(self, raw: str) -> list[str]:
        spoken = plain(raw)
        self.dropped |= not spoken and bool(raw.strip())
        return [spoken] if spoken else []


def _scanned(text: str) -> tuple[int, int | None]:
    """Where the first sentence outside any bracket ends, 0 where none does yet; where a bracket is still open."""
    at = 0
    while found := _OPENERS.search(text, at):
        mark, at = found.group(), found.end()
        if mark == "\n":
            # lines of a table or a list are one sentence, until an empty line
            if text[at : at + 1] == "\n" and text[:at].strip():
                return at, None
        elif mark[0] in ".!?…":
            if not _NO_END.search(text, max(found.start() - 12, 0), found.start() + 1):
                return at, None
        elif (closed := _closed(text, found.start(), mark)) is None:
            return 0, found.start()
        else:
            at = closed
    return 0, None


def _closed(text: str, start: int, mark: str) -> int | None:
    """Where what opens at `start` is closed; None where it isn't yet."""
    if mark == _FENCE:
        end = text.find(_FENCE, start + 3)
        return None if end < 0 else end + 3
    if mark == "<":
        tag = _TAG.match(text, start)
        if tag is None:
            return start + 1 if len(text) - start > 320 else None
        if tag[1] or tag[2].lower() in _FORMATTING or tag.group().endswith("/>"):
            return tag.end()
        close = _closing(tag).search(text, tag.end())
        return close.end() if close else None
    if mark in "*(":
        # asides are short: an asterisk or a bracket may be left open for good
        end = text.find(")" if mark == "(" else "*", start + 1, start + 160)
        return end + 1 if end >= 0 else (start + 1 if len(text) - start > 160 or "\n" in text[start:] else None)
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] == mark) - (text[at] == _CLOSES[mark])
        if depth == 0:
            return at + 1
    return None


def _closing(tag: re.Match[str]) -> re.Pattern[str]:
    return re.compile(rf"</{re.escape(tag[2])}\s*>", re.IGNORECASE)


def _without_tags(text: str) -> str:
    parts: list[str] = []
    at = 0
    while tag := _TAG.search(text, at):
        parts.append(text[at : tag.start()])
        at, name = tag.end(), tag[2].lower()
        if not tag[1] and name not in _FORMATTING and not tag.group().endswith("/>"):
            close = _closing(tag).search(text, at)
            at = close.end() if close else len(text)
    return " ".join([*parts, text[at:]]) if parts else text


def _without_enclosed(text: str, opener: str, closer: str) -> str:
    """Without what stands between brackets; one that is never closed takes the rest along."""
    if opener not in text:
        return text
    kept: list[str] = []
    depth = 0
    for c in text:
        depth += c == opener
        if depth == 0:
            kept.append(c)
        elif c == closer:
            depth -= 1
    return "".join(kept)


def _line(line: str) -> str:
    if _RULE.match(line) or _FOREIGN_LABEL.match(line) or _BARE_STAGE.fullmatch(line.strip()):
        return ""
    line, calls = _CALL.subn(" ", _LABEL.sub("", line, count=1))
    if (calls and len(re.findall(r"\w+", line)) < _LEAST_WORDS) or _CODE.search(line) or _PROMPT.search(line):
        return ""
    line = re.sub(r"\s*\|\s*", ", ", line.strip().strip("|")) if "|" in line else line
    line = "".join(c for c in _MARKS.sub("", line) if unicodedata.category(c) != "So" or c in "°©®")
    line = re.sub(r"\s+([,.;:!?])", r"\1", " ".join(line.split())).strip(" ,;")
    return line if any(c.isalnum() for c in line) else ""
