"""What tests of commands share: the real Redis of the sinks' tests, and a command line with a configuration."""

import pytest

from tests.sinks.conftest import redis_process, redis_server
from tocsin.cli.main import main

__all__ = ["redis_process", "redis_server"]


@pytest.fixture
def configured(tmp_path, capsys):
    """Makes what runs a command under a configuration, and returns its exit code and what it printed."""

    def under(text):
        config = tmp_path / "tocsin.toml"
        config.write_text(text)

        def run(*arguments):
            code = main([*arguments, "--config", str(config)])
            told = capsys.readouterr()
            return code, told.out + told.err

        return run

    return under
