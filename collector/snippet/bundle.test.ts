import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { bundleSnippet } from './bundle.ts'

const LIMIT = 2_000

test(`the snippet is at most ${LIMIT} bytes after gzip -9`, async () => {
  const { js } = await bundleSnippet()
  const size = gzipSync(js, { level: 9 }).length
  process.stdout.write(`snippet: ${js.length} bytes, ${size} after gzip -9, ${LIMIT - size} left\n`)
  expect(size).toBeGreaterThan(500)
  expect(size).toBeLessThanOrEqual(LIMIT)
})

test('it is one script that imports and evaluates nothing', async () => {
  const { js } = await bundleSnippet()
  expect(js).toMatch(/^\(\(\)=>\{/)
  expect(js).not.toMatch(/\beval\b|new Function|import\(|\.innerHTML|\.style\b|document\.cookie|localStorage/)
})

test('the same source has the same tag', async () => {
  const [one, other] = await Promise.all([bundleSnippet(), bundleSnippet()])
  expect(one).toEqual(other)
  expect(one.etag).toMatch(/^"[\w-]{22}"$/)
})
