"""What all tests share: where real data lies, and how Hypothesis draws."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real data; tests that need it are skipped without it."""
    there = os.environ.get("SERVICEMATTERS_DATA")
    if not there or not (Path(there) / "data").is_dir():
        pytest.skip("SERVICEMATTERS_DATA does not point to the real data")
    return Path(there) / "data"
