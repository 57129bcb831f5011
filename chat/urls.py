from django.urls import path

from chat import views

urlpatterns = [
    path("rooms/<str:room_id>/messages", views.RoomMessages.as_view()),
    path("rooms/<str:room_id>/messages/<str:number>", views.OneRoomMessage.as_view()),
    path("sessions/<str:session_id>/messages", views.SessionMessages.as_view()),
    path("sessions/<str:session_id>/messages/<str:number>", views.OneSessionMessage.as_view()),
]
