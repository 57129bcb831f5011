# One image for every role: `serve` (HTTP and WebSocket), `worker`, and `migrate`.
FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
COPY requirements*.txt ./
# More than the server needs by itself: --build-arg ALSO="-r requirements-sentry.txt"
ARG ALSO=""
RUN python -m venv /venv && /venv/bin/pip install --require-hashes -r requirements.txt $ALSO
COPY . .
# Collecting needs settings, not the deployment's: nothing of these values stays in the image.
RUN RTC_SECRET_KEY=build RTC_PUBLIC_BASE_URL=https://build.invalid RTC_STATIC_ROOT=/static \
    /venv/bin/python manage.py collectstatic --noinput

FROM python:3.11-slim
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /state rtcserver \
    && install --directory --mode 0700 --owner rtcserver --group rtcserver /state
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /static /static
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    RTC_STATE_DIR=/state RTC_STATIC_ROOT=/static PORT=8000
USER rtcserver
VOLUME /state
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/livez\", timeout=2)"]
CMD ["python", "manage.py", "serve", "--host", "0.0.0.0"]
