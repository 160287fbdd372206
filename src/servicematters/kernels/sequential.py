"""Intervals that stay honest however often one looks: confidence sequences for bounded answers, from the counts alone.

An ordinary 95 % interval is right at one moment that was fixed beforehand. Looked at after every answer, it sooner or later
leaves the truth out. The limits here are time-uniform: the chance that they *ever* leave it out, at any n from the first
answer on, is at most one less the confidence. The guarantee is exact, for every n and every distribution; nothing is tuned.

Notes
-----
Somebody who bets fairly that the mean is m, and chooses how much by Cover's universal portfolio with a Beta(½, ½) prior, has
wealth that multiplies by 20 with a chance of at most 5 % if the mean is m (Ville). Whatever the order of the answers, that
wealth is at least the best fixed bet's divided by √π Γ(n + 1) / Γ(n + ½). For answers that take the ends of their range and
the middle, the best fixed bet's wealth is the likelihood ratio of the shares seen to the likeliest shares whose mean is m. So a
mean m stays in while log likelihood ratio ≤ log(√π Γ(n + 1) / Γ(n + ½)) - log(1 - confidence): a likelihood-ratio interval
whose threshold grows with ½ log n.

Measured over 4,000 runs of 2,000 answers with a look after each, for six mixtures: the truth was left out at some look in
1.6 % to 3.4 % of the runs; the adjusted Wald interval of a fixed n left it out in 38 % to 68 %. The price is width: 1.75 times
that of the interval for a fixed n at 100 answers, 1.9 times at 1,000, twice at 10,000.

Weights have no place here: the counts must be counts of answers.

References
----------
.. [1] F. Orabona, K.-S. Jun, "Tight concentrations and confidence sequences from the regret of universal portfolio," IEEE
   Trans. Inform. Theory 70 (2024), 436-455, doi:10.1109/TIT.2023.3330187. *The method, there by numerical search over bets;
   that three bands have the closed form above is our own remark. There the limits of all earlier n are intersected, here not.*
.. [2] T. M. Cover, E. Ordentlich, "Universal portfolios with side information," IEEE Trans. Inform. Theory 42 (1996), 348-363.
   *The regret √π Γ(n + 1) / Γ(n + ½).*
.. [3] T. Tango, "Equivalence test and confidence interval for the difference in proportions for the paired-sample design,"
   Stat. Med. 17 (1998), 891-908. *The likeliest shares under a given net score.*
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from servicematters.kernels._bisection import edge_of_acceptance

__all__ = ["net_score", "share", "threshold"]

Floats = NDArray[np.float64]
Limits = tuple[Floats, Floats]


def threshold(n: ArrayLike, *, confidence: float = 0.95) -> Floats:
    """Largest log likelihood ratio at which a mean is kept: log(√π Γ(n + 1) / Γ(n + ½)) - log(1 - confidence). [2]_

    Examples
    --------
    >>> print(threshold([1, 100, 10_000]).round(2))
    [3.69 5.87 8.17]
    """
    answers = np.asarray(n, dtype=np.float64)
    # the difference of two log Gammas loses digits at a billion answers, poch does not
    regret = np.log(np.pi) / 2 + np.log(special.poch(answers + 0.5, 0.5))
    return np.asarray(regret - np.log1p(-confidence))


def _log_ratio(bands: Floats, theta: Floats) -> Floats:
    """Log likelihood of the shares seen, less that of the likeliest shares with net score ``theta``."""
    n = np.maximum(bands.sum(axis=-1), 1.0)
    detractors, passives, promoters = (bands[..., i] for i in range(3))
    # q: likeliest share of detractors given that promoters are q + theta [3]
    b = -promoters - detractors + (2 * n - promoters + detractors) * theta
    q = (-b + np.sqrt(np.maximum(b**2 + 8 * n * detractors * theta * (1 - theta), 0))) / (4 * n)
    total = np.zeros_like(theta)
    for count, likeliest in ((detractors, q), (passives, 1 - 2 * q - theta), (promoters, q + theta)):
        with np.errstate(divide="ignore"):
            total = total + special.xlogy(count, count / n) - special.xlogy(count, np.maximum(likeliest, 0))
    return np.asarray(total)


def net_score(bands: ArrayLike, *, confidence: float = 0.95) -> Limits:
    """Time-uniform limits for a net score, from counts of detractors, passives and promoters along the last axis. [1]_

    Limits are in [-1, 1], the widest possible where nobody answered.

    Examples
    --------
    >>> low, high = net_score([20, 30, 50])
    >>> print(f"{low:.3f} {high:.3f}")
    0.018 0.547
    """
    counts = np.asarray(bands, dtype=np.float64)
    n = counts.sum(axis=-1)
    seen = np.where(n > 0, (counts[..., 2] - counts[..., 0]) / np.maximum(n, 1.0), 0.0)
    most = threshold(n, confidence=confidence)

    def kept(theta: Floats) -> NDArray[np.bool_]:
        return np.asarray(_log_ratio(counts, theta) <= most)

    low = edge_of_acceptance(kept, seen, np.full_like(seen, -1.0))
    high = edge_of_acceptance(kept, seen, np.full_like(seen, 1.0))
    return np.where(n > 0, low, -1.0), np.where(n > 0, high, 1.0)


def share(hits: ArrayLike, n: ArrayLike, *, confidence: float = 0.95) -> Limits:
    """Time-uniform limits for a share of ``n`` answers: a net score without passives, brought to [0, 1]. [1]_

    Examples
    --------
    >>> low, high = share(82, 100)
    >>> print(f"{low:.3f} {high:.3f}")
    0.667 0.925
    """
    x, of = np.broadcast_arrays(np.asarray(hits, dtype=np.float64), np.asarray(n, dtype=np.float64))
    low, high = net_score(np.stack([of - x, np.zeros_like(x), x], axis=-1), confidence=confidence)
    return (1 + low) / 2, (1 + high) / 2
