/** What is done to whom in a round, and how it is mended. */

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { FaultName, Plan, Target } from './plan.ts'
import type { Caught, FaultProxy } from './proxy.ts'
import type { EngineName } from './ways.ts'
import type { Member, World } from './world.ts'

export interface Blow {
  /** It has happened when it resolves. */
  strike(): Promise<void>
  /** All is as before, and answers. */
  mend(): Promise<void>
}

const LATENCY_MS = 400
const CLOCK_HEEDED_MS = 1_200

/** `loader` is the one that is struck where the plan says a loader; `caught` is what stands on the wire at the state, if it is at one. */
export function blowOf(world: World, plan: Plan, loader: Member, caught?: Caught): Blow {
  const { fault, target } = plan
  const struck = waysTo(world, target, loader)
  const weather = (of: Parameters<FaultProxy['set']>[0]): Blow => ({
    strike: async () => {
      for (const way of struck) way.set(of)
    },
    mend: async () => {
      for (const way of struck) way.set('pass')
    },
  })
  const blows: Readonly<Record<FaultName, () => Blow>> = {
    kill: () => killing(world, target, loader),
    freeze: () => freezing(world, target, loader),
    cut: () => weather('refuse'),
    hole: () => weather('hole'),
    slow: () => weather({ latencyMs: LATENCY_MS }),
    tear: () => ({
      async strike() {
        if (caught) return caught.release('cut')
        for (const way of struck) way.reset()
      },
      mend: async () => {},
    }),
    fill: () => filling(world),
    turn: () => ({
      strike: async () =>
        memberOf(world, target, loader).service.turnClock(`${plan.hours > 0 ? '+' : ''}${plan.hours}h`),
      async mend() {
        memberOf(world, target, loader).service.turnClock('+0')
        await pause(CLOCK_HEEDED_MS)
      },
    }),
    // The group deals anew already: that is the state. Here it does so twice.
    join: () => ({ strike: async () => world.guest.turn(), mend: async () => {} }),
  }
  return blows[fault]()
}

function memberOf(world: World, target: Target, loader: Member): Member {
  return target === 'collector' ? world.collector : loader
}

const isEngine = (target: Target): target is EngineName => target !== 'collector' && target !== 'loader'

/** Of a member its ways to the log and the store; of an engine the ways of all to it. */
function waysTo(world: World, target: Target, loader: Member): FaultProxy[] {
  if (!isEngine(target)) {
    const { kafka, clickhouse } = memberOf(world, target, loader).ways
    return [kafka, clickhouse].flatMap((way) => way ?? [])
  }
  return [world.collector, ...world.loaders].flatMap(({ ways }) => ways[target] ?? [])
}

function killing(world: World, target: Target, loader: Member): Blow {
  if (isEngine(target)) {
    const engine = world.engines[target]
    return { strike: () => engine.kill9(), mend: () => engine.restart() }
  }
  const { service } = memberOf(world, target, loader)
  return { strike: () => service.kill9(), mend: () => service.restart() }
}

function freezing(world: World, target: Target, loader: Member): Blow {
  if (isEngine(target)) {
    const { pid } = world.engines[target]
    return {
      strike: async () => void process.kill(pid, 'SIGSTOP'),
      mend: async () => void process.kill(pid, 'SIGCONT'),
    }
  }
  const { service } = memberOf(world, target, loader)
  return { strike: async () => service.freeze(), mend: async () => service.wake() }
}

/** The log is out of reach, so that the disk is what everything depends on. */
function filling({ collector, smallDisk }: World): Blow {
  if (!smallDisk) throw new Error('mounting a small disk needs root on Linux')
  const ballast = join(smallDisk.path, 'ballast')
  return {
    async strike() {
      collector.ways.kafka?.set('refuse')
      for (let megabytes = smallDisk.megabytes; megabytes > 0; megabytes -= 1)
        try {
          writeFileSync(ballast, Buffer.alloc(1 << 20), { flag: 'a' })
        } catch {
          break
        }
    },
    async mend() {
      rmSync(ballast, { force: true })
      collector.ways.kafka?.set('pass')
    },
  }
}
