/** Debian's packages of the engines, installed where they are missing and apt is there. */

import { spawnSync } from 'node:child_process'
import { findProgram } from './find-program.ts'
import { findPostgres } from './postgres.ts'
import { findRedis } from './redis.ts'

const packages = [
  { name: 'redis-server', there: findRedis },
  { name: 'postgresql', there: findPostgres },
  { name: 'openjdk-17-jre-headless', there: () => findProgram('java') },
  { name: 'maven', there: () => findProgram('mvn') },
]

/** A new machine is often installing something of its own, and a mirror is sometimes away for a moment. */
const patient = ['-o', 'DPkg::Lock::Timeout=600', '-o', 'Acquire::Retries=5']

export function installPackages(say: (line: string) => void): void {
  const wanted = packages.filter(({ there }) => !there()).map(({ name }) => name)
  if (wanted.length === 0) return
  if (!findProgram('apt-get')) {
    say(`this machine has no apt-get: install ${wanted.join(', ')} by its own means`)
    return
  }
  say(`installing ${wanted.join(', ')}`)
  const apt = (...args: readonly string[]) => {
    const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', ...patient, ...args]
    const [program = '', ...rest] = process.getuid?.() === 0 ? command : ['sudo', '-n', ...command]
    return spawnSync(program, rest, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
  }
  // What is known of packages may be enough, also where it cannot be brought up to date.
  apt('update')
  if (!apt('install', '-y', '--no-install-recommends', ...wanted)) say(`apt-get could not install ${wanted.join(', ')}`)
}
