#!/usr/bin/env python
"""Django's command-line entry; `python bootstrap.py run` is the way to start from nothing."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rtcserver.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
