# Two images: `services`, for one service a container, without the embedded engines; and `full`, for everything in one container.

FROM node:24.20.0-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build

FROM node:24.20.0-trixie-slim AS service-packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The optional ones are the embedded engines, half a gigabyte.
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24.20.0-trixie-slim AS all-packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:24.20.0-trixie-slim AS base
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/dist ./dist
# Migrations are read as they are, from beside the build.
COPY --from=build /app/schemas ./schemas
# A new volume takes its owner from here.
RUN install -d -o node -g node -m 700 /data /keys && install -d -o node -g node -m 755 /public-keys
USER node
EXPOSE 8080 8081 8082
HEALTHCHECK --interval=15s --timeout=6s --start-period=60s CMD ["node", "dist/infra/deploy/healthcheck.js"]
ENTRYPOINT ["node", "dist/services/cli/main.js"]

FROM base AS services
COPY --from=service-packages /app/node_modules ./node_modules

FROM base AS full
COPY --from=all-packages /app/node_modules ./node_modules
VOLUME /data
CMD ["up"]
