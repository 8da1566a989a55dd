import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { directoryHolder, lockDirectory } from './directory-lock.ts'

let directory: string
const children: ChildProcess[] = []
beforeEach(() => {
  // Deeper than a socket's path may be.
  directory = join(mkdtempSync(join(tmpdir(), 'bauta-lock-')), 'd'.repeat(120))
  mkdirSync(directory)
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(join(directory, '..'), { recursive: true })
})

/** Another process that locks the directory, says what came of it and stays. */
async function start(): Promise<{ child: ChildProcess; said: string }> {
  const module = new URL('./directory-lock.ts', import.meta.url).href
  const code = `import { lockDirectory } from ${JSON.stringify(module)}
    await lockDirectory(process.argv[1]).then(() => console.log('locked'), (error) => console.log(error.code))
    setInterval(() => {}, 1000)`
  const loader = import.meta.resolve('tsx')
  const child = spawn(process.execPath, ['--import', loader, '--input-type=module', '--eval', code, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const [said] = await once(child.stdout, 'data')
  return { child, said: String(said).trim() }
}

test('a second process is refused, told who has it and what to do', async () => {
  const { child, said } = await start()
  expect(said).toBe('locked')
  const second = lockDirectory(directory)
  await expect(second).rejects.toMatchObject({ code: 'in_use', exit: 5 })
  await expect(second).rejects.toThrow(new RegExp(`in use by process ${child.pid}, since \\d{4}-.*BAUTA_DATA`))
  expect(await directoryHolder(directory)).toMatchObject({ pid: child.pid, holding: true })
})

test('a process that was killed leaves nothing in the way', async () => {
  const { child } = await start()
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(readdirSync(join(directory, 'lock'))).toHaveLength(1)
  const release = await lockDirectory(directory)
  expect(readdirSync(join(directory, 'lock'))).toHaveLength(1)
  await release()
  expect(readdirSync(join(directory, 'lock'))).toEqual([])
})

test('a process that is stopped and answers nobody has it still', async () => {
  const { child } = await start()
  child.kill('SIGSTOP')
  await expect(lockDirectory(directory)).rejects.toThrow(/in use by another process/)
})

test('of several that begin at once exactly one has it', async () => {
  const all = await Promise.allSettled([1, 2, 3, 4].map(() => lockDirectory(directory)))
  const held = all.filter((one) => one.status === 'fulfilled')
  expect(held).toHaveLength(1)
  await held[0]?.value()
  const again = await lockDirectory(directory)
  await again()
})
