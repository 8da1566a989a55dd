/** Under which notices a device's consent still stands. */

import type { SiteConfig } from '../../schemas/config.ts'

export function liveNotices({ notices }: SiteConfig): string[] {
  return notices.filter(({ retired }) => !retired).map(({ version }) => version)
}
