/** What the pages know of the house they are shown in, and what a piece of a page is. */

import type { html } from 'hono/html'
import type { Notice } from '../../../../schemas/config.ts'

export type Html = ReturnType<typeof html>

export interface House {
  /** The site's name in bauta.yaml. */
  readonly site: string
  readonly banner: Notice
  readonly newsletter: Notice
  /** Where people reach their own pages. */
  readonly personUrl: string
}
