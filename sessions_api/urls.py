from django.urls import path

from sessions_api import views

# Ids are matched as text: one that is no UUID is answered like one that nobody has.
urlpatterns = [
    path("session", views.SessionList.as_view()),
    path("sessions", views.Sessions.as_view()),
    path("sessions/<str:session_id>", views.OneSession.as_view()),
    path("sessions/<str:session_id>/participants", views.SessionParticipants.as_view()),
    path("sessions/<str:session_id>/waiting", views.WaitingPeople.as_view()),
    path("sessions/<str:session_id>/attendance", views.Attendance.as_view()),
    path("sessions/<str:session_id>/attendance.csv", views.AttendanceFile.as_view()),
    path("participants/<str:participant_id>", views.OneParticipant.as_view()),
    path("participants/<str:participant_id>/admit", views.AdmitParticipant.as_view()),
    path("participants/<str:participant_id>/refuse", views.RefuseParticipant.as_view()),
    path("participants/<str:participant_id>/eject", views.EjectParticipant.as_view()),
]
