/** The states of a run and the ways between them. It does no I/O. */

import type { RunState } from '../../schemas/audience.ts'
import { Fault } from '../../schemas/fault.ts'

/** `interrupted` goes on by itself; `held` waits for a person; `partly_done` and `failed` may be tried again. */
const ways: Readonly<Record<RunState, readonly RunState[]>> = {
  planned: ['held', 'running', 'interrupted', 'failed'],
  held: ['running', 'held', 'failed', 'recalled'],
  running: ['done', 'partly_done', 'interrupted', 'failed', 'held'],
  interrupted: ['running', 'planned', 'failed', 'recalled'],
  done: ['recalled'],
  partly_done: ['running', 'recalled'],
  failed: ['running', 'planned', 'recalled'],
  recalled: [],
}

export function mayBecome(from: RunState, to: RunState): boolean {
  return ways[from].includes(to)
}

/** Runs of which nobody has said the last word; an audience has one of them at most. */
export const openStates: readonly RunState[] = ['planned', 'held', 'running', 'interrupted']

/** Those that a process takes up again without being asked. */
export const resumable: readonly RunState[] = ['planned', 'running', 'interrupted']

/** For whoever asks for a way that is not there. */
export function refuseUnless(from: RunState, wanted: readonly RunState[], act: string): void {
  if (wanted.includes(from)) return
  throw new Fault('conflict', `the run is ${from}; only one that is ${wanted.join(' or ')} can be ${act}`)
}
