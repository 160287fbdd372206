"""What pytest needs to know about the documentation."""

import pytest
from hypothesis import strategies as st

collect_ignore = ["conf.py"]  # Sphinx's own, which is not installed where only the tests run


@pytest.fixture(autouse=True, scope="session")
def characters() -> None:
    """Let Hypothesis build its table of characters, which takes seconds and would fail a health check in a fresh checkout."""
    st.text().validate()
