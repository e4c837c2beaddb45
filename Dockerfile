# docker build -t orglogin . (make image VERSION=… with the version, the commit and its time)
# The image holds one static binary, the root certificates and nothing else: no shell, no package manager.

FROM golang:1.26-bookworm@sha256:a688600ca24f8a4d3ca77f95b0dd40704a9fc787c826660eb7ba0b641b8b175d AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION="" COMMIT="" DATE=""
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false \
    -ldflags="-s -w -buildid= -X main.version=${VERSION} -X main.commit=${COMMIT} -X main.date=${DATE}" -o /out/orglogin ./cmd/orglogin
# The directories that a scratch image lacks: SQLite's (and the working directory), and one for temporary files.
RUN mkdir -p /out/data /out/tmp && chmod 1777 /out/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/LICENSE /LICENSE
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build /out/tmp /tmp
COPY --from=build /out/orglogin /orglogin
USER 65532:65532
WORKDIR /data
EXPOSE 8080
# Asks /healthz of this very configuration, on ADMIN_LISTEN_ADDR.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["/orglogin", "healthcheck"]
ENTRYPOINT ["/orglogin"]
CMD ["serve"]
