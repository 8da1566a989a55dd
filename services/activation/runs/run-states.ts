/** The states of a run and the ways between them. It does no I/O. */

import type { RunState } from '../../../schemas/audience.ts'
import { Fault } from '../../../schemas/fault.ts'

/** `planned` and `interrupted` go on by themselves, `interrupted` with its plan; `held` waits for a person; the last four may be asked for more. */
const ways: Readonly<Record<RunState, readonly RunState[]>> = {
  planned: ['planned', 'held', 'running', 'failed'],
  held: ['running', 'planned', 'recalled'],
  running: ['done', 'partly_done', 'interrupted', 'failed'],
  interrupted: ['running', 'recalled'],
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
