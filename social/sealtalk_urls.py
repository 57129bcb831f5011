"""Paths of the SealTalk dialect that social answers."""

from django.urls import path

from social.sealtalk_api import blacklist, friendships, group_lists, groups, misc, sync

urlpatterns = [
    path("user/sync/<str:version>", sync.Sync.as_view()),
    path("user/blacklist", blacklist.Blacklist.as_view()),
    path("user/add_to_blacklist", blacklist.AddToBlacklist.as_view()),
    path("user/remove_from_blacklist", blacklist.RemoveFromBlacklist.as_view()),
    path("user/groups", group_lists.OwnGroups.as_view()),
    path("friendship/invite", friendships.Invite.as_view()),
    path("friendship/agree", friendships.Agree.as_view()),
    path("friendship/ignore", friendships.Ignore.as_view()),
    path("friendship/delete", friendships.Delete.as_view()),
    path("friendship/set_display_name", friendships.SetDisplayName.as_view()),
    path("friendship/all", friendships.All.as_view()),
    path("friendship/<str:friend_id>/profile", friendships.Profile.as_view()),
    path("group/create", groups.Create.as_view()),
    path("group/add", groups.Add.as_view()),
    path("group/join", groups.Join.as_view()),
    path("group/kick", groups.Kick.as_view()),
    path("group/quit", groups.Quit.as_view()),
    path("group/dismiss", groups.Dismiss.as_view()),
    path("group/transfer", groups.Transfer.as_view()),
    path("group/rename", groups.Rename.as_view()),
    path("group/set_bulletin", groups.SetBulletin.as_view()),
    path("group/set_portrait_uri", groups.SetPortrait.as_view()),
    path("group/set_display_name", groups.SetDisplayName.as_view()),
    path("group/<str:group_id>", group_lists.OneGroup.as_view()),
    path("group/<str:group_id>/members", group_lists.Members.as_view()),
    path("misc/demo_square", misc.DemoSquare.as_view()),
]
