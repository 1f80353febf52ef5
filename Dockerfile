# An image that holds one static program and a folder for data, for the kind of machine it is built on (amd64, arm64):
#   docker build -t campaign-mock .
# .ci/image reads this file, does what it says and runs what comes of it.

FROM rust:1.95.0-slim-bookworm AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends musl-tools \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN target="$(uname -m)-unknown-linux-musl" \
    && rustup target add "$target" \
    && TARGET_CC=musl-gcc cargo install --locked --path . --profile dist --target "$target" --root built \
    && mkdir -p built/data

FROM scratch
LABEL org.opencontainers.image.title="campaign-mock" \
      org.opencontainers.image.description="A test server that behaves like Adobe Campaign Standard's profile API, its CCPA opt-outs and the Privacy Service behind them" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /source/built/bin/campaign-mock /campaign-mock
# The one folder that the program may write to: for --database, and for the temporary file without it.
COPY --from=build --chown=65532:65532 /source/built/data /data
ENV CAMPAIGN_MOCK_LISTEN=0.0.0.0:8377 \
    CAMPAIGN_MOCK_ALLOWED_HOST=campaign-mock \
    TMPDIR=/data
USER 65532:65532
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8377
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s CMD ["/campaign-mock", "ready"]
ENTRYPOINT ["/campaign-mock"]
