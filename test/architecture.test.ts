import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const told = [...readFileSync(join(root, 'docs/architecture.md'), 'utf8').matchAll(/^- `([^`]+)`: (.+)$/gm)]
const tops = ['collector', 'docs', 'infra', 'schemas', 'services', 'test']

function folders(path: string): string[] {
  const below = readdirSync(join(root, path), { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return [path, ...below.flatMap(({ name }) => folders(`${path}/${name}`))]
}

test('each folder has its sentence in docs/architecture.md, and no sentence is about a folder that is gone', () => {
  expect(told.map(([, folder]) => folder).sort()).toEqual(tops.flatMap(folders).sort())
  for (const [, folder, sentence] of told) expect(sentence, folder).toMatch(/\.$/)
})
