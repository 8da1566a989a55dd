/** Metrics for Prometheus. Labels come from closed lists; nothing that anyone sent becomes one. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { type Topic, topics } from '../../schemas/topics.ts'

/** A batch of the log that is in the store. */
export interface LoadedBatch {
  readonly topic: string
  readonly records: number
  /** Of them dropped, because a client or producer had sent them before. */
  readonly duplicates: number
  readonly seconds: number
}

export interface LoadMeter {
  loaded(batch: LoadedBatch): void
  deadLettered(topic: string): void
}

export interface LogMeter {
  /** A record in a topic that none of our producers wrote. */
  foreign(topic: Topic): void
}

export interface Metrics extends LoadMeter, LogMeter {
  readonly registry: Registry
  accepted(site: string, events: number): void
  refused(site: string, reason: string): void
  rejected(code: string): void
  shed(reason: string): void
  /** Asked when the metrics are read. */
  watch(name: string, help: string, value: () => Promise<number>): void
  /** The same with a value for each of a closed list. */
  watchEach(name: string, help: string, label: string, values: () => Promise<ReadonlyMap<string, number>>): void
}

export function openMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, prefix: 'bauta_' })
  /** By site, since the metrics were last read: counted for every request, so not by the way of labels. */
  const accepted = new Map<string, number>()
  new Counter({
    name: 'bauta_events_accepted_total',
    help: 'Events on disk',
    labelNames: ['site'],
    registers,
    collect() {
      for (const [site, events] of accepted) this.inc({ site }, events)
      accepted.clear()
    },
  })
  const refused = new Counter({
    name: 'bauta_events_refused_total',
    help: 'Events not taken, by reason',
    labelNames: ['site', 'reason'],
    registers,
  })
  const rejected = new Counter({
    name: 'bauta_requests_rejected_total',
    help: 'Requests not answered as asked',
    labelNames: ['code'],
    registers,
  })
  const topicOf = { labelNames: ['topic'], registers } as const
  const batches = new Counter({ name: 'bauta_load_batches_total', help: 'Batches in the store', ...topicOf })
  const records = new Counter({ name: 'bauta_load_records_total', help: 'Records of these batches', ...topicOf })
  const duplicates = new Counter({ name: 'bauta_load_duplicates_total', help: 'Records sent before', ...topicOf })
  const deadLetters = new Counter({ name: 'bauta_dead_letters_total', help: 'Records put aside', ...topicOf })
  const foreign = new Counter({
    name: 'bauta_log_foreign_records_total',
    help: 'Records in the log that no producer of ours wrote, passed over',
    ...topicOf,
  })
  // From the start, because an increase from nothing is none to who watches.
  for (const topic of Object.keys(topics)) for (const counter of [deadLetters, foreign]) counter.inc({ topic }, 0)
  const seconds = new Histogram({
    name: 'bauta_load_seconds',
    help: 'From a batch to its place in the store',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    ...topicOf,
  })
  const shed = new Counter({
    name: 'bauta_requests_shed_total',
    help: 'Requests turned away before they were read, by reason',
    labelNames: ['reason'],
    registers,
  })
  return {
    loaded({ topic, ...batch }) {
      batches.inc({ topic })
      records.inc({ topic }, batch.records)
      duplicates.inc({ topic }, batch.duplicates)
      seconds.observe({ topic }, batch.seconds)
    },
    deadLettered: (topic) => deadLetters.inc({ topic }),
    foreign: (topic) => foreign.inc({ topic }),
    watchEach(name, help, label, values) {
      new Gauge({
        name,
        help,
        labelNames: [label],
        registers,
        async collect() {
          // What cannot be told is left out: an engine that is away must not take all other figures with it.
          const found = await values().catch(() => new Map<string, number>())
          this.reset()
          for (const [each, value] of found) this.set({ [label]: each }, value)
        },
      })
    },
    registry,
    accepted: (site, events) => void accepted.set(site, events + (accepted.get(site) ?? 0)),
    refused: (site, reason) => refused.inc({ site, reason }),
    rejected: (code) => rejected.inc({ code }),
    shed: (reason) => shed.inc({ reason }),
    watch(name, help, value) {
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          this.set(await value())
        },
      })
    },
  }
}
