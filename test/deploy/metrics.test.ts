import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openMetrics } from '../../infra/listeners/metrics.ts'
import { root } from './read-compose.ts'

/** Those that every process has, and those that are named in the source of some part. */
async function exposed(): Promise<Set<string>> {
  const own = (await openMetrics().registry.getMetricsAsJSON()).map(({ name }) => name)
  const named = ['infra', 'collector', 'services'].flatMap((top) =>
    readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
      .flatMap((path) => [...readFileSync(join(root, top, path), 'utf8').matchAll(/'(bauta_[a-z0-9_]+)'/g)])
      .map(([, name = '']) => name),
  )
  return new Set([...own, ...named])
}

const files = ['infra/deploy/grafana/bauta.json', 'infra/deploy/prometheus/alerts.yml']
for (const file of files)
  test(`every metric that ${file} asks for is one that some service exposes`, async () => {
    const there = await exposed()
    const asked = [...readFileSync(join(root, file), 'utf8').matchAll(/\bbauta_[a-z0-9_]+/g)].map(([name]) => name)
    expect(asked.length).toBeGreaterThan(5)
    const missing = asked.filter((name) => !there.has(name) && !there.has(name.replace(/_(bucket|sum|count)$/, '')))
    expect(missing).toEqual([])
  })

test('every metric of our own, beside those of the runtime, stands in the dashboard', async () => {
  const dashboard = readFileSync(join(root, 'infra/deploy/grafana/bauta.json'), 'utf8')
  const ours = [...(await exposed())].filter((name) => !/^bauta_$|^bauta_(process|nodejs)_/.test(name))
  expect(ours.filter((name) => !dashboard.includes(name))).toEqual([])
})
