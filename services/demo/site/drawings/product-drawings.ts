/** Pictures of the shop's products: 400 by 400, on nothing. */

import { bolt, box, disc, drop, line, moved, panel, ring, shape, times } from './shapes.ts'

export const productDrawings: Readonly<Record<string, () => string>> = {
  'morning-800': () =>
    disc('glow', 290, 120, 70) +
    shape('mist', 'M40 340h320l-20 16H60Z') +
    panel(84, 110, 120, 190, { across: 4, down: 6 }, -34) +
    panel(216, 110, 120, 190, { across: 4, down: 6 }, -34) +
    line('dusk', 'M176 300l30 44M312 300l28 44M70 300l-10 44', 7) +
    box('dusk', 150, 318, 84, 30, 6) +
    line('clay', 'M234 334c40 0 40 30 80 26', 6) +
    disc('clay', 320, 358, 11),
  'drawer-battery': () =>
    box('sand', 70, 96, 260, 226, 14) +
    box('paper', 84, 110, 232, 92, 8) +
    box('paper', 84, 216, 232, 92, 8) +
    box('rust', 172, 142, 56, 12, 6) +
    box('rust', 172, 248, 56, 12, 6) +
    times(5, (i) => box(i < 4 ? 'leaf' : 'mist', 100 + i * 13, 174, 8, 16, 2)) +
    times(5, (i) => box(i < 2 ? 'sun' : 'mist', 100 + i * 13, 280, 8, 16, 2)) +
    bolt('sun', 290, 158, 0.8) +
    ring('dusk', 290, 264, 20, 4) +
    disc('dusk', 283, 264, 3.5) +
    disc('dusk', 297, 264, 3.5) +
    box('dusk', 92, 322, 20, 18, 3) +
    box('dusk', 288, 322, 20, 18, 3),
  'heat-pump-special': () =>
    shape('mist', 'M112 66l210 18-18 282-212-20Z') +
    box('clay', 92, 56, 214, 288, 3) +
    box('rust', 92, 56, 14, 288) +
    disc('paper', 206, 212, 72) +
    disc('dusk', 206, 212, 62) +
    times(
      6,
      (i) =>
        `<g transform="rotate(${i * 60} 206 212)">${shape('mist', 'M206 206c-18-14-20-34-8-50 10 14 14 32 8 50Z')}</g>`,
    ) +
    disc('sun', 206, 212, 10) +
    box('paper', 126, 82, 160, 20) +
    box('glow', 126, 112, 96, 9) +
    box('glow', 126, 308, 60, 8),
  'thermostat-trio': () =>
    times(3, (i) =>
      moved(
        [126, 272, 200][i] ?? 0,
        [168, 168, 272][i] ?? 0,
        disc(i === 0 ? 'mist' : i === 1 ? 'sand' : 'glow', 0, 0, 66) +
          disc('paper', 0, 0, 52) +
          ring(i === 0 ? 'sky' : i === 1 ? 'rust' : 'sun', 0, 0, 43, 6) +
          line('dusk', `M0 0L${[-20, 6, 24][i]} ${[-18, -28, 12][i]}`, 5) +
          disc('dusk', 0, 0, 6) +
          times(8, (tick) => `<g transform="rotate(${tick * 45})">${box('dusk', -1.5, -62, 3, 8)}</g>`),
      ),
    ),
  'rain-barrel': () =>
    line('dusk', 'M310 30v84c0 18-14 22-60 22', 12) +
    shape('clay', 'M98 128h204c14 70 14 140-10 222H108C84 268 84 198 98 128Z') +
    line(
      'rust',
      'M128 128c-12 74-12 148 4 222M164 128c-5 74-5 148 2 222M200 128v222M236 128c5 74 5 148-2 222M272 128c12 74 12 148-4 222',
      3,
    ) +
    shape('dusk', 'M92 160h216l3 14H89ZM92 306h216l3-14H89Z') +
    `<ellipse class="i-sky" cx="200" cy="128" rx="102" ry="15"/>` +
    line('rust', 'M98 128a102 15 0 0 0 204 0a102 15 0 0 0-204 0', 4) +
    box('sun', 186, 322, 40, 11, 4) +
    line('sun', 'M206 322v-12M194 309h24', 6) +
    drop('sky', 206, 364, 9),
  'iron-pan': () =>
    moved(
      -10,
      20,
      `<g transform="rotate(-32 200 200)">${box('rust', 268, 186, 150, 28, 14)}${disc('paper', 400, 200, 7)}${disc('dusk', 180, 200, 116)}${disc('night', 180, 200, 98)}${ring('dusk', 180, 200, 74, 2)}</g>` +
        shape('paper', 'M120 214c-8-36 22-62 56-56s66 22 58 58-40 50-70 44-40-20-44-46Z') +
        disc('sun', 174, 210, 24) +
        disc('glow', 167, 202, 7) +
        line('leaf', 'M226 262l18-8M232 250l6 18', 4),
    ),
}
