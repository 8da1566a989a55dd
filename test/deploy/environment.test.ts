import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './read-compose.ts'

/** As the schemas in the source name them. */
const known = ['infra/process/environment.ts', 'infra/distributed/settings.ts'].flatMap((file) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/^ {2}([A-Z]+(?:_[A-Z]+)*): /gm)].map(([, name = '']) => name),
)
const page = readFileSync(join(root, 'docs/operations.md'), 'utf8')
const table = page.slice(page.indexOf('## What the environment sets'), page.indexOf('## TLS and SASL'))
const told = [...table.matchAll(/^\| +`([A-Z_<>]+)`/gm)].map(([, name = '']) => name)

test('every variable has its line in docs/operations.md, and no line is about one that is gone', () => {
  expect(known.length).toBeGreaterThan(30)
  expect(told.sort()).toEqual([...known, 'BAUTA_SITE_KEY_<SITE>'].sort())
})

test('every alert has its line in docs/operations.md, and no line is about one that is gone', () => {
  const rules = readFileSync(join(root, 'infra/deploy/prometheus/alerts.yml'), 'utf8')
  const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name)
  const section = page.slice(page.indexOf('## Monitoring and alerts'), page.indexOf('## Keys'))
  const lines = [...section.matchAll(/^\| +([A-Z]\w+) +\|/gm)].map(([, name]) => name)
  expect(lines.sort()).toEqual(alerts.sort())
})
