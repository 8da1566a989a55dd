import { expect, test } from 'vitest'
import { openLogger } from '../../infra/process/logger.ts'
import { Fault } from '../../schemas/fault.ts'
import { openDuties } from './duties.ts'

test('a duty that fails is told of ever more rarely, and keeps the others from nothing', async () => {
  const lines: { level: string; name: string; count: number; err?: { message: string } }[] = []
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const world = { down: true, schedules: 0 }
  const { tick, close } = openDuties({
    duties: {
      async recall() {
        if (world.down) throw new Fault('sql_down', 'health: ECONNREFUSED')
      },
      async schedules() {
        world.schedules += 1
      },
    },
    everyMs: 0,
    log: openLogger({ level: 'info', service: 'activation' }, stream),
  })
  for (let n = 0; n < 9; n += 1) await tick()
  world.down = false
  for (let n = 0; n < 2; n += 1) await tick()
  expect(world.schedules).toBe(11)
  expect(lines.map(({ level, name, count }) => `${level} ${name} ${count}`)).toEqual([
    'error recall 1',
    'error recall 2',
    'error recall 4',
    'error recall 8',
    'info recall 9',
  ])
  expect(lines[0]?.err?.message).toBe('health: ECONNREFUSED')
  await close()
})

test('they are looked after again and again, never twice at once, and closing waits for the last', async () => {
  const world = { atOnce: 0, most: 0, done: 0 }
  let resolve = () => {}
  const thrice = new Promise<void>((done) => {
    resolve = done
  })
  const { close } = openDuties({
    duties: {
      async links() {
        world.atOnce += 1
        world.most = Math.max(world.most, world.atOnce)
        await new Promise((next) => setTimeout(next, 10))
        world.atOnce -= 1
        world.done += 1
        if (world.done === 3) resolve()
      },
    },
    everyMs: 1,
    log: openLogger({ level: 'silent', service: 'activation' }, { write() {} }),
  })
  await thrice
  await close()
  const { done } = world
  expect(world).toMatchObject({ atOnce: 0, most: 1 })
  await new Promise((later) => setTimeout(later, 20))
  expect(world.done).toBe(done)
})
