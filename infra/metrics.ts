/** Metrics for Prometheus. Labels come from closed lists; nothing that anyone sent becomes one. */

import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'

export interface Metrics {
  readonly registry: Registry
  accepted(site: string, events: number): void
  refused(site: string, reason: string): void
  rejected(code: string): void
  /** Asked when the metrics are read. */
  watch(name: string, help: string, value: () => Promise<number>): void
}

export function openMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, prefix: 'bauta_' })
  const accepted = new Counter({
    name: 'bauta_events_accepted_total',
    help: 'Events on disk',
    labelNames: ['site'],
    registers,
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
  return {
    registry,
    accepted: (site, events) => accepted.inc({ site }, events),
    refused: (site, reason) => refused.inc({ site, reason }),
    rejected: (code) => rejected.inc({ code }),
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
