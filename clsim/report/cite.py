"""What to cite: clsim itself, and the methods that a report used."""

from __future__ import annotations

from collections.abc import Iterable

REFERENCES: dict[str, tuple[str, str]] = {
    "clsim": ("clsim", """@software{clsim,
  author  = {{The clsim developers}},
  title   = {clsim: choose a retraining schedule by measurement},
  version = {%s},
  year    = {2026},
}"""),
    "student1908": ("intervals of means over seeds", """@article{student1908,
  author  = {Student},
  title   = {The Probable Error of a Mean},
  journal = {Biometrika},
  volume  = {6},
  number  = {1},
  pages   = {1--25},
  year    = {1908},
}"""),
    "dawid1984": ("choosing on the past, judging on the future", """@article{dawid1984,
  author  = {Dawid, A. Philip},
  title   = {Statistical Theory: the Prequential Approach},
  journal = {Journal of the Royal Statistical Society, Series A},
  volume  = {147},
  number  = {2},
  pages   = {278--292},
  year    = {1984},
}"""),
    "gama2013": ("prequential evaluation", """@article{gama2013,
  author  = {Gama, Jo{\\~a}o and Sebasti{\\~a}o, Raquel and Rodrigues, Pedro Pereira},
  title   = {On Evaluating Stream Learning Algorithms},
  journal = {Machine Learning},
  volume  = {90},
  number  = {3},
  pages   = {317--346},
  year    = {2013},
}"""),
    "kaplan1958": ("delays of labels, with those still to come", """@article{kaplan1958,
  author  = {Kaplan, Edward L. and Meier, Paul},
  title   = {Nonparametric Estimation from Incomplete Observations},
  journal = {Journal of the American Statistical Association},
  volume  = {53},
  number  = {282},
  pages   = {457--481},
  year    = {1958},
}"""),
    "okabe2008": ("colours", """@misc{okabe2008,
  author       = {Okabe, Masataka and Ito, Kei},
  title        = {Color Universal Design ({CUD}): How to Make Figures and Presentations That Are
                  Friendly to Colorblind People},
  howpublished = {University of Tokyo},
  year         = {2008},
}"""),
    "zliobaite2015": ("costs and gains of adaptation", """@article{zliobaite2015,
  author  = {{\\v Z}liobait{\\.e}, Indr{\\.e} and Budka, Marcin and Stahl, Frederic},
  title   = {Towards Cost-Sensitive Adaptation: When Is It Worth Updating Your Predictive Model?},
  journal = {Neurocomputing},
  volume  = {150},
  pages   = {240--249},
  year    = {2015},
}"""),
    "agarwal2021": ("interquartile means and stratified bootstrap", """@inproceedings{agarwal2021,
  author    = {Agarwal, Rishabh and Schwarzer, Max and Castro, Pablo Samuel and
               Courville, Aaron and Bellemare, Marc G.},
  title     = {Deep Reinforcement Learning at the Edge of the Statistical Precipice},
  booktitle = {Advances in Neural Information Processing Systems},
  volume    = {34},
  year      = {2021},
}"""),
    "demsar2006": ("comparison over several streams", """@article{demsar2006,
  author  = {Dem{\\v s}ar, Janez},
  title   = {Statistical Comparisons of Classifiers over Multiple Data Sets},
  journal = {Journal of Machine Learning Research},
  volume  = {7},
  pages   = {1--30},
  year    = {2006},
}"""),
    "friedman1937": ("Friedman's test", """@article{friedman1937,
  author  = {Friedman, Milton},
  title   = {The Use of Ranks to Avoid the Assumption of Normality Implicit in the Analysis of
             Variance},
  journal = {Journal of the American Statistical Association},
  volume  = {32},
  number  = {200},
  pages   = {675--701},
  year    = {1937},
}"""),
    "nemenyi1963": ("the critical difference", """@phdthesis{nemenyi1963,
  author = {Nemenyi, Peter B.},
  title  = {Distribution-Free Multiple Comparisons},
  school = {Princeton University},
  year   = {1963},
}"""),
    "wilcoxon1945": ("the signed-rank test", """@article{wilcoxon1945,
  author  = {Wilcoxon, Frank},
  title   = {Individual Comparisons by Ranking Methods},
  journal = {Biometrics Bulletin},
  volume  = {1},
  number  = {6},
  pages   = {80--83},
  year    = {1945},
}"""),
    "holm1979": ("correction for several tests", """@article{holm1979,
  author  = {Holm, Sture},
  title   = {A Simple Sequentially Rejective Multiple Test Procedure},
  journal = {Scandinavian Journal of Statistics},
  volume  = {6},
  number  = {2},
  pages   = {65--70},
  year    = {1979},
}"""),
    "benavoli2014": ("the Bayesian signed-rank test", """@inproceedings{benavoli2014,
  author    = {Benavoli, Alessio and Corani, Giorgio and Mangili, Francesca and
               Zaffalon, Marco and Ruggeri, Fabrizio},
  title     = {A {B}ayesian {W}ilcoxon Signed-Rank Test Based on the {D}irichlet Process},
  booktitle = {Proceedings of the 31st International Conference on Machine Learning},
  pages     = {1026--1034},
  year      = {2014},
}"""),
    "benavoli2017": ("regions of practical equivalence", """@article{benavoli2017,
  author  = {Benavoli, Alessio and Corani, Giorgio and Dem{\\v s}ar, Janez and Zaffalon, Marco},
  title   = {Time for a Change: a Tutorial for Comparing Multiple Classifiers Through {B}ayesian
             Analysis},
  journal = {Journal of Machine Learning Research},
  volume  = {18},
  number  = {77},
  pages   = {1--36},
  year    = {2017},
}"""),
    "kunsch1989": ("the block bootstrap over ticks", """@article{kunsch1989,
  author  = {K{\\"u}nsch, Hans R.},
  title   = {The Jackknife and the Bootstrap for General Stationary Observations},
  journal = {The Annals of Statistics},
  volume  = {17},
  number  = {3},
  pages   = {1217--1241},
  year    = {1989},
}"""),
    "politis2004": ("the length of blocks", """@article{politis2004,
  author  = {Politis, Dimitris N. and White, Halbert},
  title   = {Automatic Block-Length Selection for the Dependent Bootstrap},
  journal = {Econometric Reviews},
  volume  = {23},
  number  = {1},
  pages   = {53--70},
  year    = {2004},
}"""),
    "cohen1988": ("the number of seeds", """@book{cohen1988,
  author    = {Cohen, Jacob},
  title     = {Statistical Power Analysis for the Behavioral Sciences},
  edition   = {2},
  publisher = {Lawrence Erlbaum Associates},
  year      = {1988},
}"""),
    "shaker2015": ("recovery after drifts", """@article{shaker2015,
  author  = {Shaker, Ammar and H{\\"u}llermeier, Eyke},
  title   = {Recovery Analysis for Adaptive Learning from Non-Stationary Data Streams:
             Experimental Design and Case Study},
  journal = {Neurocomputing},
  volume  = {150},
  pages   = {250--264},
  year    = {2015},
}"""),
    "lopezpaz2017": ("forgetting and backward transfer", """@inproceedings{lopezpaz2017,
  author    = {Lopez-Paz, David and Ranzato, Marc'Aurelio},
  title     = {Gradient Episodic Memory for Continual Learning},
  booktitle = {Advances in Neural Information Processing Systems},
  volume    = {30},
  year      = {2017},
}"""),
}  # fmt: skip
"""For each key: what it is cited for, and its BibTeX."""

ALWAYS = ("clsim",)


def bibtex(keys: Iterable[str] | None = None) -> str:
    """BibTeX of clsim and of these methods; None: of all.

    Raises
    ------
    ValueError
        For an unknown key.

    Examples
    --------
    >>> print(bibtex(["nemenyi1963"]).split("@phdthesis")[1].splitlines()[1].strip())
    author = {Nemenyi, Peter B.},
    """
    from clsim import __version__
    from clsim.errors import check_choice

    wanted = list(REFERENCES) if keys is None else [*ALWAYS, *keys]
    for key in wanted:
        check_choice("cite", key, REFERENCES)
    entries = [
        f"% {purpose}\n{entry % __version__ if key == 'clsim' else entry}\n"
        for key, (purpose, entry) in REFERENCES.items()
        if key in wanted
    ]
    return "\n".join(entries)
