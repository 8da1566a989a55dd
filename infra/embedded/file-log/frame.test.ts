import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DamagedFrame, decodeFrames, encodeFrames, HEADER_BYTES, readFrames } from './frame.ts'

const lines = ['{"a":1}', '{"b":"ü€😀"}', `{"c":"${'x'.repeat(300_000)}"}`, '{"d":4}']
const whole = encodeFrames(lines)

async function read(bytes: Buffer, to = bytes.length): Promise<{ lines: string[]; damagedAt: number | undefined }> {
  const directory = await mkdtemp(join(tmpdir(), 'bauta-frame-'))
  await writeFile(join(directory, 'frames'), bytes)
  const file = await open(join(directory, 'frames'))
  const read: string[] = []
  try {
    for await (const frames of readFrames(file, 0, to)) read.push(...frames.map(({ payload }) => payload.toString()))
    return { lines: read, damagedAt: undefined }
  } catch (error) {
    if (!(error instanceof DamagedFrame)) throw error
    return { lines: read, damagedAt: error.at }
  } finally {
    await file.close()
    await rm(directory, { recursive: true })
  }
}

test('lines come back as they were, also longer than a chunk', async () => {
  expect(await read(whole)).toEqual({ lines, damagedAt: undefined })
})

test('a cut anywhere leaves the frames before it, and names the byte from which on there is none', async () => {
  const small = encodeFrames(['{"a":1}', '{"b":2}'])
  const one = HEADER_BYTES + 7
  for (let cut = 1; cut < small.length; cut += 1) {
    const expected = cut < one ? { lines: [], damagedAt: 0 } : { lines: ['{"a":1}'], damagedAt: one }
    expect(await read(small.subarray(0, cut))).toEqual(cut === one ? { ...expected, damagedAt: undefined } : expected)
  }
})

test('a flipped bit is found wherever it is', () => {
  const small = encodeFrames(['{"a":1}'])
  for (let bit = 0; bit < small.length * 8; bit += 1) {
    const bytes = Buffer.from(small)
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(decodeFrames(bytes, 0).frames).toEqual([])
  }
})

test('zeros, as a power cut leaves them, are no frame though their checksum is right', async () => {
  const bytes = Buffer.concat([encodeFrames(['{"a":1}']), Buffer.alloc(4096)])
  expect(await read(bytes)).toEqual({ lines: ['{"a":1}'], damagedAt: HEADER_BYTES + 7 })
})

test('a file shorter than it should be is damaged at its end', async () => {
  expect(await read(whole, whole.length + 100)).toEqual({ lines, damagedAt: whole.length })
})
