"""A trigger of one's own: a training that waits until the loss has stayed high."""

from clsim.protocols import Trigger
from clsim.types import Fired
from clsim.view import View


class Patient(Trigger):
    """Retrain when the loss of two batches of labels in a row is above that of the first.

    Parameters
    ----------
    labels : int, default=300
        Labels in a batch; the first after a deployment says what is usual.
    rise : float, default=0.05
        By how much the mean loss of a batch has to be above the usual.
    """

    def __init__(self, labels: int = 300, rise: float = 0.05) -> None:
        self.labels, self.rise = labels, rise
        self.losses: list[float] = []  # afresh at every deployment

    def fires(self, view: View) -> Fired | None:
        self.losses += view.outcomes.arrived_losses(of="champion").tolist()
        size = self.labels
        batches = [self.losses[at : at + size] for at in range(0, len(self.losses), size)]
        usual, *later = [sum(batch) / size for batch in batches if len(batch) == size] or [0.0]
        if len(later) < 2 or min(later[-2:]) <= usual + self.rise:
            return None
        return Fired(f"loss {later[-1]:.3g} after {later[-2]:.3g}, usually {usual:.3g}")
