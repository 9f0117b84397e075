"""Where alerts are sent to: three channels, each a group of settings that is absent or whole."""

from urllib.parse import unquote, urlsplit

from pydantic import SecretStr, field_validator

from shared.config.group import Group, variable
from shared.domain.telephony.numbers import e164

_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


def _listed(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",") if each.strip())


class SmsSettings(Group):
    """Text messages by Telnyx's messaging: for alerts that wake a person."""

    to: str = variable("PICKUP_ALERT_SMS_TO")
    """E.164, with commas between: the first person is woken first, the next one where nobody acknowledges."""
    sender: str = variable("PICKUP_ALERT_SMS_FROM")
    api_key: SecretStr = variable("PICKUP_ALERT_SMS_KEY")
    url: str | None = variable("PICKUP_ALERT_SMS_URL", None)
    """None: Telnyx's own."""

    @field_validator("to", "sender")
    @classmethod
    def _can_be_dialled(cls, text: str) -> str:
        if not _listed(text) or any(e164(each) != each for each in _listed(text)):
            raise ValueError("each number is written like +12065550100")
        return text

    @property
    def people(self) -> tuple[str, ...]:
        return _listed(self.to)


class MailSettings(Group):
    """Mail by SMTP."""

    to: str = variable("PICKUP_ALERT_MAIL_TO")
    """Addresses, with commas between; each gets every alert."""
    sender: str = variable("PICKUP_ALERT_MAIL_FROM")
    server: SecretStr = variable("PICKUP_SMTP_URL")
    """`smtps://user:password@host`, `smtp+starttls://user:password@host`, or `smtp://host` without either."""

    @field_validator("server")
    @classmethod
    def _is_server(cls, server: SecretStr) -> SecretStr:
        url = urlsplit(server.get_secret_value())
        if url.scheme not in _PORTS or not url.hostname:
            raise ValueError(f"a mail server's address begins with {', '.join(f'{each}://' for each in _PORTS)}")
        return server

    @property
    def people(self) -> tuple[str, ...]:
        return _listed(self.to)

    @property
    def address(self) -> tuple[str, str, int]:
        """Scheme, host and port."""
        url = urlsplit(self.server.get_secret_value())
        return url.scheme, url.hostname or "", url.port or _PORTS[url.scheme]

    @property
    def login(self) -> tuple[str, str] | None:
        url = urlsplit(self.server.get_secret_value())
        return (unquote(url.username), unquote(url.password or "")) if url.username else None


class ChatSettings(Group):
    """A chat's incoming webhook, which takes `{"text": …}` as Slack's does."""

    url: SecretStr = variable("PICKUP_ALERT_CHAT_URL")
    """A secret: whoever has it may write there."""

    @field_validator("url")
    @classmethod
    def _is_web(cls, url: SecretStr) -> SecretStr:
        if urlsplit(url.get_secret_value()).scheme not in ("http", "https"):
            raise ValueError("a chat's webhook begins with https://")
        return url
