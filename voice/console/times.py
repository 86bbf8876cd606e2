"""Moments in words: the clinic's clock, the reader's language."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from voice.console.words import Words


@dataclass(frozen=True)
class Times:
    """Tells moments; `zone` is a name such as America/Chicago."""

    words: Words
    zone: str

    @property
    def place(self) -> str:
        """Where clocks go like the clinic's: "New York" for America/New_York."""
        return self.zone.rsplit("/", 1)[-1].replace("_", " ")

    def local(self, at: datetime) -> datetime:
        """The moment by the clinic's clock."""
        return at.astimezone(ZoneInfo(self.zone))

    def day(self, at: datetime) -> str:
        """ "January 31, 2027", "31 de enero de 2027"."""
        local = self.local(at)
        month = self.words("times.months").split()[local.month - 1]
        return self.words("times.day", month=month, day=local.day, year=local.year)

    def clock(self, at: datetime) -> str:
        """ "3:30 PM", "3:30 p. m.": staff of both languages live by the same clocks."""
        local = self.local(at)
        half = self.words("times.pm" if local.hour >= 12 else "times.am")
        return self.words(
            "times.clock",
            hour=local.hour % 12 or 12,
            minute=f"{local.minute:02}",
            half=half,
        )

    def moment(self, at: datetime) -> str:
        """The day and the time of day."""
        return self.words("times.moment", day=self.day(at), clock=self.clock(at))

    def begins(self, day: date, days_later: int = 0) -> datetime:
        """When a day, or the one so many days later, begins at the clinic."""
        return datetime.combine(day + timedelta(days=days_later), time(), ZoneInfo(self.zone))
