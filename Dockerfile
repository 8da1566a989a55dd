FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# Migrations are read as they are, from beside the build.
COPY --from=build /app/schemas ./schemas
RUN install -d -o node -g node -m 700 /data
USER node
VOLUME /data
EXPOSE 8080 8081 8082
ENTRYPOINT ["node", "dist/services/cli/main.js"]
CMD ["up"]
