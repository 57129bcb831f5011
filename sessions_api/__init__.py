"""Scheduled sessions, their participants and entry URLs.

It owns the schedule and who may enter; tokens and teams belong to `accounts`.
"""
