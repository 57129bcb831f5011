"""Paths of the SealTalk dialect that accounts answers."""

from django.urls import path

from accounts.sealtalk_api import entry, images, people, versions

urlpatterns = [
    path("user/send_code", entry.SendCode.as_view()),
    path("user/verify_code", entry.VerifyCode.as_view()),
    path("user/check_phone_available", entry.CheckPhone.as_view()),
    path("user/register", entry.Register.as_view()),
    path("user/login", entry.LogIn.as_view()),
    path("user/logout", entry.LogOut.as_view()),
    path("user/reset_password", entry.ResetPassword.as_view()),
    path("user/change_password", entry.ChangePassword.as_view()),
    path("user/get_token", entry.GetToken.as_view()),
    path("user/get_sms_img_code", entry.SmsImage.as_view()),
    path("user/set_nickname", people.SetNickname.as_view()),
    path("user/set_portrait_uri", people.SetPortrait.as_view()),
    path("user/delete", people.DeleteAccount.as_view()),
    path("user/batch", people.Batch.as_view()),
    path("user/find/<str:region>/<str:phone>", people.FindByPhone.as_view()),
    path("user/upload_contacts", people.UploadContacts.as_view()),
    path("user/get_image_token", images.GetImageToken.as_view()),
    path("user/upload_image", images.UploadImage.as_view()),
    path("media/<str:key>", images.media),
    path("misc/latest_update", versions.LatestUpdate.as_view()),
    path("misc/client_version", versions.ClientVersion.as_view()),
]

# Any other single name under /user/ is an id, so this comes after the paths of all apps.
one_person = path("user/<str:user_id>", people.OnePerson.as_view())
