"""What a person can look at: alarms beyond it find nobody."""

from __future__ import annotations

from dataclasses import replace

from clsim.clock import Duration
from clsim.errors import check_number
from clsim.protocols import Trigger
from clsim.strategy.triggers.combinations import PerPeriod, as_fired, within
from clsim.types import Fired
from clsim.view import View


class Attention(PerPeriod):
    """Pass a trigger on while somebody has time to look at its alarms, and miss the rest.

    Every alarm of the trigger takes a look, whether or not a training would follow. An alarm that
    finds no look left is recorded as missed, and leads to nothing. Of several alarms in a tick the
    first are looked at, and one look is enough for what is asked for in the tick. A trigger that
    asks for a training without an alarm, such as `Performance`, raises one by the name of its
    class.

    Parameters
    ----------
    trigger : Trigger
        What needs somebody. Put what does not, such as a calendar, beside it, and what waits
        around it: ``AnyOf([Periodic("90d"), Attention(alarms, looks=3, per="7d")])``.
    looks : int
        Largest number of alarms that are looked at.
    per : int, str or None, default=None
        In any period of so many ticks (or such a duration). None: in the whole run.

    Notes
    -----
    Looks are counted in the past of the run, so a new champion brings no new ones. A strategy has
    one `Attention`, since there is one count. The quantities ``alarms`` and ``looked_at`` of a run
    count all alarms, and those that did not find nobody; the price ``alarm`` is per look.

    Examples
    --------
    >>> Attention(Trigger(), looks=3, per="7d").looks
    3
    """

    alarms = True  # where the trigger gives a reason alone, that is one

    def __init__(self, trigger: Trigger, looks: int, per: Duration | None = None) -> None:
        super().__init__(trigger, per)
        check_number("looks", looks, whole=True, low=0)
        self.looks = looks

    def fires(self, view: View) -> Fired | None:
        fired = as_fired(self.triggers[0], view)
        if fired is None:
            return None
        alarms = fired.alarms
        if not alarms and not fired.held:
            alarms = (type(self.triggers[0]).__name__,)
        left = max(self.looks - self._spent(view.looks, view.tick), 0)
        seen, missed = alarms[:left], alarms[left:]
        return replace(fired, alarms=(), looked_at=seen, missed=missed, held=fired.held or not seen)


def check_attention(trigger: Trigger) -> None:
    """Refuse a second `Attention` in a strategy: whose look it was could not be told.

    Raises
    ------
    ValueError
    """
    count = sum(isinstance(one, Attention) for one in within(trigger))
    if count > 1:
        raise ValueError(
            f"trigger: it has {count} times Attention, and a strategy has one, since looks are "
            "counted together; put one around all that needs somebody, such as "
            "Attention(AnyOf([...]), looks=3)"
        )
