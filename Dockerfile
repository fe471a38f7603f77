# The emulator in a container: docker build -t postmark-emulator . && docker run --rm -p 127.0.0.1:8025:8025 postmark-emulator
FROM python:3.14-slim
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY postmark_sdk postmark_sdk
RUN pip install --no-cache-dir ".[emulator]" && useradd --create-home postmark
USER postmark
WORKDIR /home/postmark
EXPOSE 8025
ENTRYPOINT ["postmark-emulator", "--host", "0.0.0.0", "--port", "8025"]
