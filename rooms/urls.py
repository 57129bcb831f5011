from django.urls import path

from rooms import views

# Ids are matched as text: one that nobody can have is answered like one that nobody has.
urlpatterns = [
    path("rooms", views.Rooms.as_view()),
    path("rooms/<str:room_id>", views.OneRoom.as_view()),
    path("rooms/<str:room_id>/members", views.RoomMembers.as_view()),
    path("rooms/<str:room_id>/members/<str:member_id>", views.OneMember.as_view()),
]
