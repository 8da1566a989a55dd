/** Asks the process in this container whether it is ready; exits 0 if so. For the health checks of containers. */

const url = `http://127.0.0.1:${process.env.ADMIN_PORT ?? 8081}/readyz`
const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined)
process.exitCode = answer?.ok ? 0 : 1
