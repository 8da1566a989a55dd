/** Links followed off the site, files fetched, forms sent: that it happened, never what was in it. */

import { push } from './queue.ts'
import { on } from './tag.ts'

const file = /\.((doc|xls|ppt)x?|pdf|csv|zip|exe|dmg|mp[34])$/i

/** Button 2 opens a menu; mailto and tel have no host. A file of the site is named, a place elsewhere is not. */
on('click', ({ target }: Event) => {
  const link = (target as Element).closest<HTMLAnchorElement>('a[href]')
  if (link?.host) {
    const away = link.host !== location.host
    if (link.hasAttribute('download') || file.test(link.pathname)) push('download', away || { url: link.href })
    else if (away) push('outbound')
  }
})

on('submit', () => push('form_submit'))
