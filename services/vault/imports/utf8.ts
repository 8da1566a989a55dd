/** Passes bytes on as long as they are UTF-8, and names the first place where they are not. */

import { isUtf8 } from 'node:buffer'
import { Transform } from 'node:stream'
import { Fault } from '../../../schemas/fault.ts'

const NEWLINE = 0x0a

export function checkedUtf8(): Transform {
  // A line is looked at whole: a newline never stands inside a character, a chunk's end may.
  let rest: Buffer = Buffer.alloc(0)
  let line = 1
  let offset = 0
  const pass = (bytes: Buffer): Fault | undefined => {
    if (isUtf8(bytes)) {
      for (const byte of bytes) if (byte === NEWLINE) line += 1
      offset += bytes.length
      return undefined
    }
    for (let from = 0; from < bytes.length; line += 1) {
      const at = bytes.indexOf(NEWLINE, from)
      const to = at < 0 ? bytes.length : at + 1
      const part = bytes.subarray(from, to)
      if (!isUtf8(part)) return refusal(line, offset + from + firstBad(part))
      from = to
    }
    return undefined
  }
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const end = chunk.lastIndexOf(NEWLINE) + 1
      const whole = Buffer.concat([rest, chunk.subarray(0, end)])
      if (end === 0) {
        rest = Buffer.concat([rest, chunk])
        if (rest.length > MAX_LINE_BYTES) return done(new Fault('invalid', `line ${line} is longer than 1 MB`))
        return done()
      }
      rest = Buffer.from(chunk.subarray(end))
      const fault = pass(whole)
      return fault ? done(fault) : done(null, whole)
    },
    flush(done) {
      const fault = pass(rest)
      return fault ? done(fault) : done(null, rest)
    },
  })
}

const MAX_LINE_BYTES = 1_048_576

function refusal(line: number, byte: number): Fault {
  return new Fault(
    'invalid',
    `not UTF-8: line ${line}, byte ${byte} of the file (counted from 0); save the file as UTF-8, windows-1252 and UTF-16 are not read yet`,
  )
}

/** The decoder puts U+FFFD where it cannot read; one that really stands there takes three bytes of its own. */
function firstBad(bytes: Buffer): number {
  const text = bytes.toString('utf8')
  for (let at = text.indexOf('\ufffd'); at >= 0; at = text.indexOf('\ufffd', at + 1)) {
    const byte = Buffer.byteLength(text.slice(0, at))
    if (bytes.readUIntBE(byte, Math.min(3, bytes.length - byte)) !== 0xefbfbd) return byte
  }
  return 0
}
