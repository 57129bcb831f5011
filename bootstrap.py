"""Set up and start rtcserver with nothing but Python: `python bootstrap.py run`.

`make run` and `make test` call this file, so there is one code path on every system. Standard
library only. Commands: run, test, test-services, test-long, lint, python (run the venv's own).
"""

import hashlib
import os
import secrets
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STATE = Path(os.environ.get("RTC_STATE_DIR", ROOT / ".rtcserver"))
SERVICES = {
    "DATABASE_URL": "postgres://postgres@127.0.0.1:5432/postgres",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
}
LINTERS = [
    ["-m", "ruff", "check"],
    ["-m", "ruff", "format", "--check"],
    ["-m", "mypy", "."],
    ["-c", "from importlinter.cli import lint_imports_command as lint; lint()"],
    ["manage.py", "makemigrations", "--check", "--dry-run"],
]


def main(arguments: list[str]) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 (this file is what an older Python is given)
        print(f"rtcserver needs Python 3.11 or later; this is {sys.version.split()[0]}.")
        return 1
    commands = {
        "run": run,
        "test": run_tests,
        "test-services": run_tests_on_services,
        "test-long": lambda *rest: run_tests("-m", "long", *rest),
        "lint": lint,
        "python": with_tools,
    }
    command = commands.get(arguments[0]) if arguments else None
    if command is None:
        print(__doc__)
        return 2
    return command(*arguments[1:])


def run(*options: str) -> int:
    install("requirements.txt")
    create_settings()
    return python("manage.py", "up", *options)


def run_tests(*options: str, **environment: str) -> int:
    """The tests named, or else all of them, on every core."""
    everything = () if options else ("-n", "auto")
    return with_tools("-m", "pytest", *everything, *options, **environment)


def run_tests_on_services(*options: str) -> int:
    chosen = {name: os.environ.get(name, url) for name, url in SERVICES.items()}
    return run_tests(*options, **chosen)


def lint() -> int:
    return max(with_tools(*linter) for linter in LINTERS)


def with_tools(*arguments: str, **environment: str) -> int:
    install("requirements-dev.txt")
    create_settings()
    return python(*arguments, **environment)


def install(requirements: str) -> None:
    """Make the environment and install what is pinned, unless that is done already."""
    wanted = hashlib.sha256((ROOT / requirements).read_bytes()).hexdigest()
    stamp = VENV / f".{requirements}"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if not PYTHON.exists():
        # Debian keeps pip for environments in a package of its own; the outer pip serves as well.
        venv.create(VENV, with_pip=False)
    print(f"Installing {requirements} into {VENV.name} ...", flush=True)
    pip = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet"]
    quiet = ["--disable-pip-version-check", "--no-input"]
    subprocess.run([*pip, *quiet, "--require-hashes", "-r", str(ROOT / requirements)], check=True)
    stamp.write_text(wanted)


def create_settings() -> None:
    """Write what only this installation knows: a secret key, readable by its owner alone."""
    settings = STATE / "settings.env"
    if settings.exists():
        return
    STATE.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner_only = os.open(settings, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(owner_only, "w") as file:
        file.write(f"RTC_PROFILE=development\nRTC_SECRET_KEY={secrets.token_urlsafe(48)}\n")


def python(*arguments: str, **environment: str) -> int:
    command = [str(PYTHON), *arguments]
    try:
        return subprocess.run(
            command, cwd=ROOT, env=os.environ | environment, check=False
        ).returncode
    except KeyboardInterrupt:  # the server has already said goodbye
        return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as failure:
        sys.exit(failure.returncode)
