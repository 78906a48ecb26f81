"""What pyproject.toml cannot say: a wheel holds the same bytes whatever the umask of who builds it."""

from pathlib import Path
from typing import Any

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel


class SameForAll(bdist_wheel):
    """A wheel whose files have one mode: a zip file records it, and copies inherit the builder's umask."""

    def write_wheelfile(self, wheelfile_base: str, *args: Any, **more: Any) -> None:
        """The last thing written before the files are packed."""
        super().write_wheelfile(wheelfile_base, *args, **more)
        for path in Path(wheelfile_base).parent.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)


setup(cmdclass={"bdist_wheel": SameForAll})
