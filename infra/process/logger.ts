/** Logs by allow-list: what is not named here is not printed, so no address, pseudonym or key can slip in with an object. */

import pino, { type DestinationStream, type Logger } from 'pino'

/** Fields that may be logged. Numbers and booleans are, under any of these names; strings too. */
const allowed = new Set(
  (
    'service code name message requestId method route status ms topic partition first last records lag run audience destination site segment schedule ' +
    'state reason database migration file line port host url version engine planned withheld accepted later suppressed rejected unknown recalled ' +
    'read added changed unchanged rows weeks signal kind count day next stack'
  ).split(' '),
)

export function openLogger(
  options: { readonly level: string; readonly service: string },
  stream?: DestinationStream,
): Logger {
  const settings: pino.LoggerOptions = {
    level: options.level,
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: describeError },
    formatters: { level: (label) => ({ level: label }), log: keepAllowed },
  }
  // Standard output is for data; talk goes to standard error.
  return pino(settings, stream ?? pino.destination({ fd: 2, sync: true }))
}

function keepAllowed(object: Record<string, unknown>): Record<string, unknown> {
  const kept = Object.entries(object).filter(
    ([key, value]) => key === 'err' || (allowed.has(key) && (typeof value !== 'object' || value === null)),
  )
  return Object.fromEntries(kept)
}

/** A stack says where, and the messages of our own faults quote nobody. Anything else's message may, so it stays out. */
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error }
  const frames = error.stack
    ?.split('\n')
    .filter((line) => line.trimStart().startsWith('at '))
    .slice(0, 8)
    .join('\n')
  const own = error.name === 'Fault' ? { message: error.message, code: (error as { code?: unknown }).code } : {}
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) }
  return { name: error.name, ...own, stack: frames, ...cause }
}
