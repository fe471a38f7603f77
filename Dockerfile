# The emulator in a container: docker build -t postmark-emulator . && docker run --rm -p 127.0.0.1:8025:8025 postmark-emulator
FROM python:3.14-slim AS build
WORKDIR /src
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY postmark_sdk postmark_sdk
RUN python -m venv /emulator && /emulator/bin/pip install --no-cache-dir --disable-pip-version-check ".[emulator]"

FROM python:3.14-slim
COPY --from=build /emulator /emulator
RUN useradd --create-home postmark && install --directory --owner=postmark --group=postmark /data
USER postmark
# What --seed and --db name is looked for here.
WORKDIR /data
EXPOSE 8025
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s CMD ["/emulator/bin/python", "-c", "import http.client; caller = http.client.HTTPConnection('127.0.0.1', 8025, timeout=2); caller.request('GET', '/_emulator/clock'); raise SystemExit(caller.getresponse().status != 200)"]
ENTRYPOINT ["/emulator/bin/postmark-emulator", "--host", "0.0.0.0", "--port", "8025"]
