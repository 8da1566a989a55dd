/** The snippet's bytes as they go over the wire to a browser that takes gzip. */

import { gzipSync } from 'node:zlib'
import { compileSnippet } from '../../collector/snippet/bundle.ts'
import { type Row, spelled } from './row.ts'

const BAR = 2_000
/** Of their own scripts, the same way; what each captures differs, and none of the small ones asks for consent. */
const others =
  'Umami 2,219, Plausible 2,694, OpenPanel 3,295, Snowplow 17,402, Matomo 21,877, Segment 31,294, RudderStack 34,431, PostHog 121,980'

export const snippet: Row = {
  name: 'snippet, all automatic captures and consent',
  async measure() {
    const js = Buffer.from(await compileSnippet())
    const zipped = gzipSync(js, { level: 9 }).length
    return [
      {
        what: 'after gzip -9',
        value: `${spelled(zipped)} B`,
        bar: `<= ${spelled(BAR)} B`,
        met: zipped <= BAR,
        note: `${spelled(js.length)} B before; others, measured once in 2026 and not in this run: ${others}`,
        numbers: { zipped, plain: js.length },
      },
    ]
  },
}
