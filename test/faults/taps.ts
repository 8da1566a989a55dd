/** What goes by on a connection, named: frames of Kafka, requests and answers of ClickHouse. It reads along, and changes nothing. */

/** Where a batch stands, as told by what goes over the wire. What ends in `ed` is the answer to it, on its way back. */
export type Mark =
  | ('insert' | 'inserted')
  | ('pin' | 'pinned' | 'commit' | 'committed')
  | ('produce' | 'produced')
  | ('join' | 'joined' | 'sync' | 'synced')

/** Bytes that are forwarded together. */
export interface Piece {
  readonly bytes: Buffer
  readonly mark?: Mark
}

/** One connection's two directions; a piece that is not yet whole is kept back until it is. */
export interface Tap {
  asked(chunk: Buffer): Piece[]
  answered(chunk: Buffer): Piece[]
}

export const blindTap = (): Tap => ({ asked: (bytes) => [{ bytes }], answered: (bytes) => [{ bytes }] })

const INSERT = /^POST [^\r\n]*INSERT(?:%20|\+|\s)+INTO(?:%20|\+|\s)+(?:[`\w]|%60)*?(?:events_in|signals_in|counts_in)/

/** The client asks one question at a time on a connection, so the next answer is to the last question. */
export function clickhouseTap(): Tap {
  let inserting = false
  return {
    asked(bytes) {
      // A chunk that begins a request begins with its first line, as the client flushes its head first.
      const head = bytes.subarray(0, 8_192).toString('latin1')
      if (/^(POST|GET) /.test(head)) inserting = INSERT.test(head)
      return [inserting && head.startsWith('POST ') ? { bytes, mark: 'insert' } : { bytes }]
    },
    answered(bytes) {
      const mark = inserting ? 'inserted' : undefined
      inserting = false
      return [mark ? { bytes, mark } : { bytes }]
    },
  }
}

/** By the protocol's number of the request; of OffsetCommit there are two kinds. */
const kafkaMarks: Readonly<Record<number, readonly [Mark, Mark]>> = {
  0: ['produce', 'produced'],
  8: ['commit', 'committed'],
  11: ['join', 'joined'],
  14: ['sync', 'synced'],
}
const OFFSET_COMMIT = 8
/** Stands in the metadata of a commit that pins a range before it is inserted. */
const PIN = 'pend:'

export function kafkaTap(): Tap {
  const waiting = new Map<number, Mark>()
  const [requests, answers] = [frames(), frames()]
  return {
    asked: (chunk) =>
      requests(chunk).map((bytes) => {
        const [key, correlation] = [bytes.readInt16BE(4), bytes.readInt32BE(8)]
        const pins = key === OFFSET_COMMIT && bytes.includes(PIN)
        const [mark, back] = pins ? (['pin', 'pinned'] as const) : (kafkaMarks[key] ?? [])
        if (back) waiting.set(correlation, back)
        return mark ? { bytes, mark } : { bytes }
      }),
    answered: (chunk) =>
      answers(chunk).map((bytes) => {
        const mark = waiting.get(bytes.readInt32BE(4))
        waiting.delete(bytes.readInt32BE(4))
        return mark ? { bytes, mark } : { bytes }
      }),
  }
}

/** Each frame begins with its length in four bytes. */
function frames(): (chunk: Buffer) => Buffer[] {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const whole: Buffer[] = []
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0)
      whole.push(rest.subarray(0, end))
      rest = rest.subarray(end)
    }
    return whole
  }
}
