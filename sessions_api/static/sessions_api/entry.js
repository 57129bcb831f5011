// Times in the reader's own zone, and a countdown that opens the call when it starts.

for (const time of document.querySelectorAll("time[data-local]")) {
  const moment = new Date(time.dateTime);
  time.textContent = moment.toLocaleString(document.documentElement.lang, {
    dateStyle: "medium",
    timeStyle: "short",
  });
}

const countdown = document.querySelector(".countdown");
if (countdown) {
  // Never sooner than a second from now, so that a page that came early does not reload in a loop.
  const startsAt = Date.now() + Math.max(1, Number(countdown.dataset.seconds)) * 1000;
  const twoDigits = (number) => String(number).padStart(2, "0");
  const show = () => {
    const left = Math.ceil((startsAt - Date.now()) / 1000);
    if (left <= 0) {
      location.reload();
      return;
    }
    const days = Math.floor(left / 86400);
    const clock = [Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60, left % 60];
    countdown.textContent = (days ? `${days} d ` : "") + clock.map(twoDigits).join(":");
    setTimeout(show, 1000);
  };
  show();
}
