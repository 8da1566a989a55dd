/** Puts an illustration on a page. It is ornament: the words beside it say all, so it is hidden from who listens. */

import { raw } from 'hono/html'
import { energyScenes } from './energy-scenes.ts'
import { livingScenes, slope } from './living-scenes.ts'
import { productDrawings } from './product-drawings.ts'

const scenes: Readonly<Record<string, () => string>> = { ...energyScenes, ...livingScenes, slope }

export function scene(name: string) {
  return svg('0 0 600 400', (scenes[name] ?? slope)(), 'scene')
}

export function productDrawing(id: string) {
  return svg('0 0 400 400', productDrawings[id]?.() ?? '', 'scene')
}

function svg(viewBox: string, parts: string, name: string) {
  return raw(
    `<svg class="${name}" viewBox="${viewBox}" preserveAspectRatio="xMidYMid slice" aria-hidden="true" focusable="false">${parts}</svg>`,
  )
}
