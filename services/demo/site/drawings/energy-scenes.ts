/** Illustrations of the articles about solar power, heating, insulation and storage: 600 by 400. */

import {
  bolt,
  box,
  bush,
  disc,
  hatch,
  hills,
  line,
  moved,
  panel,
  ring,
  scatter,
  shape,
  times,
  window,
} from './shapes.ts'

export const energyScenes = {
  'balcony-first-summer': () =>
    box('sky', 0, 0, 600, 400) +
    disc('glow', 470, 110, 92) +
    disc('sun', 470, 110, 62) +
    shape('mist', 'M380 300c30-50 70-50 100-22 24-30 70-24 120 4V400H380Z') +
    box('sand', 0, 0, 372, 400) +
    hatch('clay', 0, 0, 372, 62, 15) +
    box('clay', 0, 62, 372, 9) +
    window(52, 108, 96, 200, 'dusk') +
    box('paper', 206, 104, 118, 216) +
    box('dusk', 214, 112, 48, 208) +
    box('dusk', 268, 112, 48, 208) +
    line('mist', 'M222 250l30-110M276 250l30-110', 3) +
    box('rust', 0, 352, 436, 18) +
    line('night', `M0 262H436${times(15, (i) => `M${14 + i * 30} 262v92`)}`, 4) +
    panel(24, 272, 186, 96, { across: 6, down: 3 }) +
    panel(222, 272, 186, 96, { across: 6, down: 3 }) +
    bush('moss', 404, 244, 15) +
    box('clay', 388, 252, 32, 24, 3) +
    line('leaf', 'M404 240c-4-20-14-26-20-28M404 238c2-22 12-28 20-32', 4) +
    box('dusk', 0, 370, 372, 30),

  'east-west-roof': () =>
    box('mist', 0, 0, 600, 400) +
    hills('sky', 'moss', 316) +
    times(7, (i) => {
      const angle = Math.PI * (1 - i / 6)
      const [x, y] = [Math.round(300 + 262 * Math.cos(angle)), Math.round(296 - 240 * Math.sin(angle))]
      return disc(i === 3 ? 'sun' : 'glow', x, y, i === 3 ? 34 : 17 + 3 * Math.min(i, 6 - i))
    }) +
    box('sand', 142, 262, 316, 138) +
    shape('clay', 'M300 128L108 268h384Z') +
    shape('rust', 'M300 128L492 268H300Z') +
    panel(232, 186, 66, 72, { across: 3, down: 3 }, -60) +
    panel(302, 186, 66, 72, { across: 3, down: 3 }, 60) +
    window(182, 300, 54, 64, 'glow') +
    window(364, 300, 54, 64, 'dusk') +
    box('dusk', 276, 308, 48, 92, 3) +
    disc('sun', 314, 356, 4) +
    bush('leaf', 96, 362, 26) +
    bush('leaf', 512, 356, 30) +
    box('moss', 0, 384, 600, 16),

  'four-decisions': () =>
    box('clay', 0, 0, 600, 400) +
    box('paper', 66, 34, 226, 160, 6) +
    box('mist', 308, 34, 226, 160, 6) +
    box('glow', 66, 208, 226, 160, 6) +
    box('sand', 308, 208, 226, 160, 6) +
    panel(118, 66, 150, 92, { across: 5, down: 3 }, -28) +
    box('dusk', 376, 84, 90, 70, 8) +
    box('dusk', 396, 72, 16, 14) +
    box('dusk', 430, 72, 16, 14) +
    box('sun', 386, 94, 24, 50, 3) +
    box('sun', 416, 94, 24, 50, 3) +
    bolt('night', 179, 288, 1.5) +
    ring('night', 179, 288, 66, 4) +
    box('paper', 370, 234, 102, 108, 8) +
    box('night', 384, 250, 74, 34, 4) +
    line('sun', 'M394 274v-14M408 274v-8M422 274v-16M436 274v-11M448 274v-6', 5) +
    disc('clay', 400, 312, 11) +
    disc('moss', 440, 312, 11),

  'heat-pump-old-house': () =>
    box('dusk', 0, 0, 600, 400) +
    disc('mist', 496, 84, 34) +
    disc('dusk', 484, 78, 30) +
    hills('sky', 'paper', 300) +
    box('rust', 118, 196, 270, 170) +
    hatch('clay', 118, 200, 270, 162, 12) +
    shape('night', 'M96 204L254 58l158 146Z') +
    shape('paper', 'M96 204L254 58l158 146h-22L254 80 118 204Z') +
    box('rust', 318, 64, 34, 76) +
    box('paper', 312, 56, 46, 10) +
    times(7, (i) => disc(i % 2 ? 'clay' : 'leaf', 326 + ((i * 13) % 22), 130 - i * 9, i % 2 ? 5 : 7)) +
    window(152, 232, 58, 64, 'glow') +
    window(298, 232, 58, 64, 'glow') +
    box('moss', 232, 250, 44, 116, 3) +
    disc('sun', 267, 310, 3.5) +
    window(236, 128, 36, 42, 'glow') +
    box('mist', 430, 276, 118, 88, 6) +
    box('night', 430, 360, 118, 8) +
    disc('night', 474, 320, 34) +
    ring('mist', 474, 320, 25, 2) +
    ring('mist', 474, 320, 14, 2) +
    line('mist', 'M474 286v68M440 320h68', 2) +
    line('night', 'M522 296h18M522 306h18M522 316h18', 3) +
    scatter(34, { x: 0, y: 0, width: 600, height: 300 }, (x, y, i) => disc('paper', x, y, 1.8 + (i % 3))),

  'flow-temperature': () =>
    box('sand', 0, 0, 600, 400) +
    box('paper', 0, 0, 600, 96) +
    window(70, 0, 180, 64, 'sky') +
    box('clay', 0, 352, 600, 48) +
    line('rust', 'M0 366h600', 2) +
    times(9, (i) => box(i < 3 ? 'clay' : i < 6 ? 'sun' : 'mist', 78 + i * 44, 138, 34, 186, 15)) +
    box('rust', 66, 160, 414, 10, 4) +
    box('rust', 66, 290, 414, 10, 4) +
    line('dusk', 'M480 295h42v57M66 165H40v187', 8) +
    box('dusk', 474, 146, 56, 36, 9) +
    line('paper', 'M488 154v20M498 154v20M508 154v20M518 154v20', 2.5) +
    times(4, (i) => line('clay', `M${120 + i * 104} 122c-14-18 14-26 0-46s14-28 0-44`, 3.5)),

  'top-floor-ceiling': () =>
    box('mist', 0, 0, 600, 400) +
    scatter(40, { x: 0, y: 0, width: 600, height: 390 }, (x, y, i) => disc('paper', x, y, 2 + (i % 3))) +
    shape('dusk', 'M300 24L44 222h512Z') +
    shape('sky', 'M300 60L104 212h392Z') +
    box('sand', 92, 222, 416, 178) +
    box('glow', 108, 238, 184, 162) +
    box('glow', 308, 238, 184, 162) +
    box('sun', 100, 188, 400, 34) +
    line(
      'rust',
      times(25, (i) => `M${104 + i * 16} 220l8-30 8 30`),
      2,
    ) +
    box('clay', 214, 152, 56, 36, 3) +
    line('rust', 'M232 152v-8h20v8M214 168h56', 3) +
    disc('clay', 330, 174, 13) +
    disc('rust', 358, 176, 11) +
    box('moss', 392, 136, 44, 52) +
    line('leaf', 'M392 154h44M414 136v52', 3) +
    line('clay', 'M156 372v-54h88v54M156 344h88', 6) +
    box('dusk', 372, 306, 60, 94) +
    line('clay', 'M402 236v26', 3) +
    shape('clay', 'M384 278l8-18h20l8 18Z') +
    box('dusk', 0, 392, 600, 8),

  'straw-hemp-clay': () =>
    box('sun', 0, 0, 200, 400) +
    line(
      'rust',
      times(30, (i) => `M0 ${8 + i * 13.4}l${60 + ((i * 37) % 60)} ${-6 + ((i * 7) % 14)}L200 ${4 + i * 13.4}`),
      2,
    ) +
    line(
      'paper',
      times(14, (i) => `M${(i * 29) % 130} ${20 + i * 28}l70 ${-9 + ((i * 5) % 18)}`),
      2.5,
    ) +
    box('leaf', 200, 0, 200, 400) +
    times(9, (row) =>
      times(3, (column) =>
        moved(
          236 + column * 66 + (row % 2) * 20 - 10,
          20 + row * 46,
          line('moss', 'M0 22V-4M0 4L-18 -8M0 4L18 -8M0 12L-15 12M0 12L15 12', 4),
        ),
      ),
    ) +
    box('clay', 400, 0, 200, 400) +
    times(10, (row) =>
      times(3, (i) => box((row + i) % 3 ? 'rust' : 'sand', 404 + i * 76 - (row % 2) * 38, 4 + row * 40, 70, 34, 5)),
    ) +
    box('clay', 392, 0, 10, 400) +
    box('clay', 198, 0, 6, 400),

  'how-big-a-battery': () =>
    box('night', 0, 0, 600, 400) +
    scatter(60, { x: 0, y: 0, width: 600, height: 400 }, (x, y, i) => disc('sand', x, y, 0.9 + (i % 3) * 0.6)) +
    box('sand', 252, 34, 96, 30, 8) +
    box('sand', 186, 56, 228, 312, 26) +
    box('dusk', 200, 70, 200, 284, 16) +
    box('rust', 200, 190, 200, 60) +
    box('clay', 200, 226, 200, 60) +
    box('sun', 200, 262, 200, 50) +
    box('glow', 200, 300, 200, 54, 16) +
    box('glow', 200, 300, 200, 30) +
    disc('sand', 338, 122, 27) +
    disc('dusk', 326, 115, 24) +
    scatter(12, { x: 210, y: 80, width: 180, height: 104 }, (x, y) => disc('sand', x, y, 1.6)) +
    disc('paper', 300, 296, 30) +
    box('sun', 200, 300, 200, 14) +
    shape('moss', 'M200 330c40-26 80-22 110-8s60 6 90-6v22a16 16 0 0 1-16 16H216a16 16 0 0 1-16-16Z') +
    shape('night', 'M262 322v-26l18-16 18 16v26Z') +
    box('glow', 274, 302, 12, 12),

  'the-house-that-stays-lit': () =>
    box('night', 0, 0, 600, 400) +
    scatter(44, { x: 0, y: 0, width: 600, height: 190 }, (x, y, i) => disc('mist', x, y, 0.9 + (i % 3) * 0.5)) +
    disc('sand', 96, 74, 30) +
    disc('night', 108, 66, 27) +
    times(5, (i) => {
      const [x, tall] = [-20 + i * 128, 150 + ((i * 53) % 60)]
      const lit = i === 2
      return (
        (lit ? disc('dusk', x + 60, 250, 150) : '') +
        box(lit ? 'sand' : 'dusk', x, 360 - tall, 118, tall) +
        shape(lit ? 'rust' : 'night', `M${x - 8} ${360 - tall}L${x + 59} ${300 - tall}L${x + 126} ${360 - tall}Z`) +
        (lit ? '' : line('dusk', `M${x - 8} ${360 - tall}L${x + 59} ${300 - tall}L${x + 126} ${360 - tall}Z`, 3)) +
        times(2, (row) =>
          times(2, (column) =>
            lit
              ? window(x + 20 + column * 48, 384 - tall + row * 62, 30, 38, 'sun')
              : box('night', x + 20 + column * 48, 384 - tall + row * 62, 30, 38),
          ),
        )
      )
    }) +
    box('dusk', 0, 360, 600, 40) +
    shape('sun', 'M256 360h88l44 40H212Z') +
    line('night', 'M0 120C180 168 420 168 600 120', 3) +
    line('dusk', 'M0 120C180 168 420 168 600 120', 1.5),
}
