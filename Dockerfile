# syntax=docker/dockerfile:1
# One image without a shell for the API, the CLI and the sandbox:
#   docker run … farmlokal                                    the service
#   docker run … farmlokal dist/apps/cli/src/main.js migrate  a command
ARG NODE=24

FROM node:${NODE}-bookworm-slim AS sources
WORKDIR /app
ENV NPM_CONFIG_UPDATE_NOTIFIER=false NPM_CONFIG_FUND=false NPM_CONFIG_AUDIT=false
COPY package.json package-lock.json ./

FROM sources AS dependencies
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev

FROM sources AS build
RUN --mount=type=cache,target=/root/.npm npm ci
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY apps apps
COPY libs libs
RUN npm run build && rm dist/.tsbuildinfo

FROM gcr.io/distroless/nodejs${NODE}-debian12:nonroot
ARG NODE
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="FarmLokal" \
      org.opencontainers.image.description="Catalogue backend of a hyperlocal marketplace between households and local farmers" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="gcr.io/distroless/nodejs${NODE}-debian12:nonroot"
WORKDIR /app
ENV NODE_ENV=production
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
# Numeric, because Kubernetes cannot verify from a user name that it is not root
USER 65532:65532
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --start-interval=1s --retries=3 \
  CMD ["/nodejs/bin/node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node.js is process 1, so it receives signals directly
ENTRYPOINT ["/nodejs/bin/node"]
CMD ["dist/apps/api/src/main.js"]
