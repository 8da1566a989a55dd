/**
 * `npm run engines`: starts the engines that tests can run against and stops them at Ctrl-C; with `-- <command...>` runs the command with
 * their addresses in its environment and ends as it ends; `--install` first installs Debian's packages of those that are missing.
 */

import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { variablesOf } from './found-engines.ts'
import { installPackages } from './install-packages.ts'
import { startEngines } from './start-engines.ts'

const [first, ...others] = process.argv.slice(2)
const install = first === '--install'
const rest = install ? others : process.argv.slice(2)
const command = rest[0] === '--' ? rest.slice(1) : rest
const say = (line: string) => void process.stderr.write(`${line}\n`)

const asked = new Promise<NodeJS.Signals>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, resolve)
})

if (install) installPackages(say)
const { engines, missing, stop } = await startEngines()
const set = variablesOf(engines)
for (const engine of Object.values(engines)) say(`${engine.name} at ${engine.url}, process ${engine.pid}`)
for (const [kind, why] of Object.entries(missing)) say(`no ${kind}: ${why}`)

process.exitCode = command.length > 0 ? await run(command) : await wait()
await stop()
process.exit()

async function wait(): Promise<number> {
  for (const [name, value] of Object.entries(set)) process.stdout.write(`export ${name}='${value}'\n`)
  say('Ctrl-C stops them')
  await asked
  return 0
}

/** As a shell has it: its own code, or 128 and the number of the signal that ended it. */
function run([program = '', ...args]: readonly string[]): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...set } })
  // A terminal tells the command itself.
  void asked.then((signal) => signal !== 'SIGINT' && child.kill(signal))
  return new Promise((resolve) => {
    child.once('error', (error) => {
      say(error.message)
      resolve(127)
    })
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)))
  })
}
