"""Quantiles and tail areas against scipy."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from servicematters.kernels._tails import chi_square_p, two_sided_p, z_of


@given(st.floats(1e-6, 1 - 1e-12))
def test_the_normal_quantile_is_scipys(confidence: float) -> None:
    np.testing.assert_allclose(z_of(confidence), -special.ndtri((1 - confidence) / 2), rtol=1e-12, atol=1e-15)


@given(st.floats(-40, 40))
def test_the_two_sided_area_keeps_its_digits(z: float) -> None:
    np.testing.assert_allclose(two_sided_p(np.array(z)), 2 * stats.norm.sf(abs(z)), rtol=1e-12)


def test_fewer_than_two_groups_have_no_p_value() -> None:
    assert np.isnan(chi_square_p(np.array(0.0), np.array([True]))[2])
    assert float(chi_square_p(np.array(3.84), np.array([True, True, False]))[2]) == stats.chi2.sf(3.84, 1)
