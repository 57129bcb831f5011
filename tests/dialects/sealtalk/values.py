"""What the original clients send."""

COOKIE_LINES = [
    "rong_im_auth={}",
    # Android 1.3.x: every part of Set-Cookie, as a cookie of its own
    "rong_im_auth={};Path=/;HttpOnly=;expires=Mon, 21 Dec 2026 08:00:00 GMT;Max-Age=2592000",
    # Android 2.x: the whole line of Set-Cookie
    "rong_im_auth={}; expires=Mon, 21 Dec 2026 08:00:00 GMT; HttpOnly; Max-Age=2592000; Path=/",
    "other=1,rong_im_auth={}; Path=/",
    'other=1; rong_im_auth="{}"',
]
