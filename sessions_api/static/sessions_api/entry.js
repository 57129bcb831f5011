// Times in the reader's own zone, and a countdown to its start.

for (const time of document.querySelectorAll("time[data-local]")) {
  const moment = new Date(time.dateTime);
  time.textContent = moment.toLocaleString(document.documentElement.lang, {
    dateStyle: "medium",
    timeStyle: "short",
  });
}

const countdown = document.querySelector(".countdown");
if (countdown) {
  const startsAt = Date.now() + Number(countdown.dataset.seconds) * 1000;
  const twoDigits = (number) => String(number).padStart(2, "0");
  const show = () => {
    const left = Math.max(0, Math.ceil((startsAt - Date.now()) / 1000));
    const days = Math.floor(left / 86400);
    const clock = [Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60, left % 60];
    countdown.textContent = (days ? `${days} d ` : "") + clock.map(twoDigits).join(":");
    if (left) setTimeout(show, 1000);
  };
  show();
}
