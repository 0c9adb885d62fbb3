"""A gate that nobody passes."""

from clsim.strategy.offline import ChampionChallenger


class Strict(ChampionChallenger):
    """Its margin may be one that no challenger can have, which else is refused."""

    def check_scores(self, loss, score):
        pass
