/**
 * A place in a consumer group, from the moment the group dealt its partitions to the moment it deals them anew. Everything done by its
 * right names its generation, so brokers refuse it to whoever has lost it without knowing.
 */

import { setTimeout as pause } from 'node:timers/promises'
import { AssignerProtocol, type Broker, type Cluster } from 'kafkajs'
import { dealColumns } from './columns.ts'
import { within } from './connection.ts'
import type { Place } from './fetch.ts'

const { MemberMetadata, MemberAssignment } = AssignerProtocol

export interface GroupDeps {
  readonly group: string
  /** As Kafka calls them. */
  readonly topics: readonly string[]
  readonly partitions: number
  /** A member that was not heard of for so long is given up by the group. */
  readonly sessionMs: number
  /** It learns so late that the group deals anew. */
  readonly heartbeatMs: number
  /** A member that is in the middle of a batch gets so long before the group goes on without it. */
  readonly rebalanceMs: number
}

export interface Seat {
  readonly group: string
  readonly coordinator: Coordinator
  readonly generation: number
  readonly memberId: string
  readonly places: readonly Place[]
  /** Aborts when the group deals anew, or has given this member up: then no batch may be begun. */
  readonly over: AbortSignal
  /** Stops the heartbeats. */
  rise(): void
  /** So that the others need not wait for the session to expire. */
  leave(): Promise<void>
}

/** What kafkajs's brokers do and its types leave out. */
interface Coordinator extends Broker {
  joinGroup(request: {
    groupId: string
    memberId: string
    sessionTimeout: number
    rebalanceTimeout: number
    groupProtocols: readonly { name: string; metadata: Buffer }[]
  }): Promise<{
    generationId: number
    leaderId: string
    memberId: string
    members: readonly { memberId: string; memberMetadata: Buffer }[]
  }>
  syncGroup(request: {
    groupId: string
    generationId: number
    memberId: string
    groupAssignment: readonly { memberId: string; memberAssignment: Buffer }[]
  }): Promise<{ memberAssignment: Buffer }>
  heartbeat(request: { groupId: string; groupGenerationId: number; memberId: string }): Promise<unknown>
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>
}

const PROTOCOL = 'bauta-columns'

/** `before` is what this member was last time; its memory is what makes it keep its partitions. */
export async function takeSeat(
  cluster: Cluster,
  deps: GroupDeps,
  before: { readonly memberId: string; readonly numbers: readonly number[] },
): Promise<Seat> {
  const { group, topics, sessionMs, rebalanceMs } = deps
  const coordinator = (await cluster.findGroupCoordinator({ groupId: group })) as Coordinator
  const userData = Buffer.from(JSON.stringify(before.numbers))
  const joined = await coordinator.joinGroup({
    groupId: group,
    memberId: before.memberId,
    sessionTimeout: sessionMs,
    rebalanceTimeout: rebalanceMs,
    groupProtocols: [
      { name: PROTOCOL, metadata: MemberMetadata.encode({ version: 0, topics: [...topics], userData }) },
    ],
  })
  const { memberId, generationId: generation } = joined
  const groupAssignment = joined.leaderId === memberId ? assign(joined.members, deps) : []
  const synced = await coordinator.syncGroup({ groupId: group, generationId: generation, memberId, groupAssignment })
  const { assignment = {} } = MemberAssignment.decode(synced.memberAssignment) ?? {}
  const places = Object.entries(assignment).flatMap(([topic, numbers]) =>
    topics.includes(topic) ? numbers.map((partition) => ({ topic, partition })) : [],
  )
  const ending = new AbortController()
  const stopped = new AbortController()
  void beat(() => coordinator.heartbeat({ groupId: group, groupGenerationId: generation, memberId }))

  async function beat(heartbeat: () => Promise<unknown>): Promise<void> {
    for (let heard = performance.now(); !stopped.signal.aborted; ) {
      await pause(deps.heartbeatMs, undefined, { signal: stopped.signal }).catch(() => {})
      if (stopped.signal.aborted) return
      try {
        await within(sessionMs / 3, heartbeat())
        heard = performance.now()
      } catch (error) {
        if (isRefusal(error) || performance.now() - heard > sessionMs) return ending.abort(error)
      }
    }
  }

  return {
    group,
    coordinator,
    generation,
    memberId,
    places,
    over: ending.signal,
    rise: () => stopped.abort(),
    leave: () =>
      within(1_000, coordinator.leaveGroup({ groupId: group, memberId })).then(
        () => {},
        () => {},
      ),
  }
}

function assign(
  members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[],
  { topics, partitions }: GroupDeps,
): { memberId: string; memberAssignment: Buffer }[] {
  const known = members.map(({ memberId, memberMetadata }) => {
    const metadata = MemberMetadata.decode(memberMetadata)
    return { id: memberId, topics: metadata?.topics ?? [], had: numbersIn(metadata?.userData) }
  })
  // Members of one version read the same topics; while two versions run side by side, a topic is dealt to those that read it.
  const dealt = topics.map((topic) => {
    const readers = known.filter((member) => member.topics.includes(topic))
    return [topic, dealColumns(readers, partitions)] as const
  })
  return known.map(({ id }) => ({
    memberId: id,
    memberAssignment: MemberAssignment.encode({
      version: 0,
      assignment: Object.fromEntries(dealt.map(([topic, columns]) => [topic, columns.get(id) ?? []])),
      userData: Buffer.alloc(0),
    }),
  }))
}

function numbersIn(userData: Buffer | undefined): number[] {
  try {
    const found: unknown = JSON.parse(userData?.toString() ?? '[]')
    return Array.isArray(found) ? found.filter((each) => Number.isInteger(each)) : []
  } catch {
    return []
  }
}

const REFUSALS = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID'])

/** The coordinator says that this seat is not ours, or not for long. */
export function isRefusal(error: unknown): boolean {
  return REFUSALS.has(errorType(error) ?? '')
}

/** The group has forgotten this member: it joins as a new one. */
export function isForgotten(error: unknown): boolean {
  return errorType(error) === 'UNKNOWN_MEMBER_ID'
}

function errorType(error: unknown): string | undefined {
  const { type } = (error ?? {}) as { type?: unknown }
  return typeof type === 'string' ? type : undefined
}
