"""Rows of social: friendships, blacklists, groups, notifications; imported from here."""

from social.models.groups import Group
from social.models.notifications import Notification
from social.models.people import Block, Friendship, SocialProfile

__all__ = ["Block", "Friendship", "Group", "Notification", "SocialProfile"]
