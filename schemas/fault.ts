/** Faults that someone outside may see. Whatever else is thrown is a bug: 500, logged once, no detail outside. */

const codes = {
  invalid: { status: 400, retryable: false, exit: 2 },
  unauthenticated: { status: 401, retryable: false, exit: 4 },
  token_expired: { status: 401, retryable: false, exit: 4 },
  forbidden: { status: 403, retryable: false, exit: 4 },
  not_found: { status: 404, retryable: false, exit: 3 },
  slow_client: { status: 408, retryable: true, exit: 1 },
  conflict: { status: 409, retryable: false, exit: 5 },
  in_use: { status: 409, retryable: false, exit: 5 },
  too_large: { status: 413, retryable: false, exit: 2 },
  unsupported_media: { status: 415, retryable: false, exit: 2 },
  audience_too_small: { status: 422, retryable: false, exit: 1 },
  config_invalid: { status: 422, retryable: false, exit: 2 },
  rate_limited: { status: 429, retryable: true, exit: 1 },
  overloaded: { status: 503, retryable: true, exit: 7 },
  partly_done: { status: 502, retryable: true, exit: 6 },
  destination_refused: { status: 502, retryable: false, exit: 1 },
  destination_down: { status: 503, retryable: true, exit: 7 },
  consent_unreadable: { status: 503, retryable: true, exit: 7 },
  log_down: { status: 503, retryable: true, exit: 7 },
  store_down: { status: 503, retryable: true, exit: 7 },
  sql_down: { status: 503, retryable: true, exit: 7 },
  mail_down: { status: 503, retryable: true, exit: 7 },
  mail_deferred: { status: 503, retryable: true, exit: 7 },
  mail_refused: { status: 502, retryable: false, exit: 1 },
  cache_down: { status: 503, retryable: true, exit: 7 },
  disk_full: { status: 503, retryable: true, exit: 7 },
  engine_missing: { status: 503, retryable: false, exit: 7 },
  keys_unusable: { status: 503, retryable: false, exit: 7 },
} as const satisfies Record<string, { status: number; retryable: boolean; exit: number }>

export type FaultCode = keyof typeof codes

export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: FaultCode
  readonly status: (typeof codes)[FaultCode]['status']
  readonly retryable: boolean
  /** What the command line exits with. */
  readonly exit: number

  /** `message` says what is wrong and what to do about it, and quotes no personal data, pseudonym or key. */
  constructor(code: FaultCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.status = codes[code].status
    this.retryable = codes[code].retryable
    this.exit = codes[code].exit
  }
}

/** The fault an error answer speaks of: `{ error: { code, message } }`. `undefined` for anything else, and for codes that are not ours. */
export function faultOf(answer: unknown): Fault | undefined {
  const { code, message } = (answer as { error?: { code?: unknown; message?: unknown } } | undefined)?.error ?? {}
  return typeof code === 'string' && Object.hasOwn(codes, code)
    ? new Fault(code as FaultCode, String(message))
    : undefined
}
