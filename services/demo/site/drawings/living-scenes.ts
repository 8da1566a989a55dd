/** Illustrations of the articles about mobility, garden, kitchen, smart home and wellbeing: 600 by 400. */

import {
  box,
  bush,
  disc,
  drop,
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

const wheel = (x: number, y: number, r: number) =>
  ring('night', x, y, r, 7) +
  line(
    'dusk',
    times(
      8,
      (i) =>
        `M${x} ${y}L${Math.round(x + r * Math.cos((i * Math.PI) / 4))} ${Math.round(y + r * Math.sin((i * Math.PI) / 4))}`,
    ),
    1.5,
  ) +
  disc('night', x, y, 6)

export const livingScenes = {
  'charging-with-the-sun': () =>
    box('glow', 0, 0, 600, 400) +
    disc('sun', 172, 148, 104) +
    times(3, (i) => ring('sun', 172, 148, 124 + i * 18, 3 - i * 0.7)) +
    hills('sand', 'clay', 320) +
    line('night', 'M246 208c40 60 12 110 62 98s38-52 68-42', 6) +
    shape('dusk', 'M286 330c-6-46 12-62 52-68l38-44c8-9 18-12 30-12h78c12 0 20 4 28 14l34 44c26 4 38 16 38 40v26Z') +
    shape('mist', 'M356 262l34-38c5-5 10-7 18-7h32v45ZM450 217h32c8 0 13 2 18 9l28 36h-78Z') +
    box('paper', 286, 300, 24, 12, 5) +
    box('clay', 566, 290, 18, 12, 5) +
    disc('night', 358, 332, 34) +
    disc('sand', 358, 332, 15) +
    disc('night', 514, 332, 34) +
    disc('sand', 514, 332, 15) +
    disc('sun', 376, 264, 8) +
    box('rust', 0, 366, 600, 34) +
    line('sand', 'M20 384h70M140 384h70M260 384h70M380 384h70M500 384h70', 4),

  'a-year-by-cargo-bike': () =>
    box('sky', 0, 0, 600, 400) +
    disc('glow', 500, 92, 46) +
    hills('mist', 'leaf', 300) +
    box('moss', 0, 362, 600, 38) +
    wheel(468, 312, 52) +
    wheel(142, 322, 40) +
    line('clay', 'M468 312L372 318L346 208M372 318L430 216L346 208M430 216L468 312M346 220L322 318H180L142 322', 9) +
    line('night', 'M430 216l8-22M418 192h44M346 208l-8-44M338 164c-22-6-34 0-40 12', 8) +
    shape('sand', 'M146 202h172l-16 92H176Z') +
    line('rust', 'M152 232h160M158 262h148', 3) +
    bush('leaf', 192, 190, 20) +
    disc('clay', 240, 188, 17) +
    disc('sun', 272, 190, 15) +
    shape('paper', 'M214 204l-6-58c10-10 22-10 30-2l4 60Z') +
    line('moss', 'M222 146c2-22-10-30-18-34M226 144c4-20 14-26 22-28', 4) +
    ring('night', 372, 318, 15, 6) +
    line('night', 'M372 318l20 18M384 340h22M372 318l-20-18M340 296h22', 5),

  'keeping-the-rain': () =>
    box('dusk', 0, 0, 600, 400) +
    bush('mist', 176, 82, 54) +
    bush('sky', 396, 66, 62) +
    line(
      'mist',
      scatter(48, { x: 0, y: 110, width: 640, height: 220 }, (x, y) => `M${x} ${y}l-9 26`),
      2.5,
    ) +
    shape('moss', 'M0 330c120-26 200-8 300 14s200 8 300-10V400H0Z') +
    line('rust', 'M430 0v150c0 22-14 26-60 26', 14) +
    shape('clay', 'M218 196h176l-14 168H232Z') +
    line('rust', 'M238 196l8 168M272 196l4 168M306 196v168M340 196l-4 168M374 196l-8 168', 2.5) +
    box('night', 214, 218, 184, 9, 4) +
    box('night', 224, 318, 164, 9, 4) +
    shape('sky', 'M222 202c30-10 50 8 84 0s56-6 84 0v8H222Z') +
    box('sun', 276, 340, 30, 10, 3) +
    line('sun', 'M291 340v-10M280 330h22', 5) +
    drop('sky', 291, 380, 8) +
    times(6, (i) =>
      moved(
        470 + i * 20,
        350 - (i % 2) * 14,
        line('leaf', 'M0 30V0M0 14l-12-12M0 20l12-12', 5) + disc(i % 2 ? 'clay' : 'sun', 0, -6, 8),
      ),
    ) +
    times(5, (i) =>
      moved(
        34 + i * 34,
        340 + (i % 2) * 10,
        line('leaf', 'M0 30V-10M0 10l-14-12M0 18l14-12', 5) + disc('paper', 0, -14, 6),
      ),
    ),

  'a-tree-for-the-south-wall': () =>
    box('mist', 0, 0, 600, 400) +
    disc('glow', 84, 76, 44) +
    box('sand', 356, 60, 244, 340) +
    hatch('clay', 356, 64, 244, 16, 6) +
    shape('clay', 'M336 66L470 -30h140V66Z') +
    window(412, 128, 64, 92, 'sky') +
    window(520, 128, 64, 92, 'sky') +
    window(412, 272, 64, 92, 'glow') +
    shape('moss', 'M0 356c160-24 400-18 600 4V400H0Z') +
    shape('rust', 'M198 380c10-60 10-120 4-190h26c-2 70 0 130 14 190Z') +
    line('rust', 'M212 250l-52-54M216 230l52-50', 10) +
    disc('moss', 214, 138, 98) +
    disc('leaf', 138, 170, 62) +
    disc('leaf', 288, 168, 60) +
    disc('leaf', 214, 84, 64) +
    disc('moss', 268, 110, 40) +
    scatter(18, { x: 118, y: 52, width: 200, height: 150 }, (x, y, i) => disc(i % 3 ? 'clay' : 'sun', x, y, 7)) +
    shape('dusk', 'M242 380c70-4 130-6 200 6-60 10-150 8-200-6Z'),

  'learning-induction': () =>
    box('dusk', 0, 0, 600, 400) +
    box('night', 0, 300, 600, 100) +
    times(
      5,
      (i) =>
        `<ellipse class="l-clay" cx="280" cy="338" rx="${60 + i * 42}" ry="${9 + i * 7}" stroke-width="${4 - i * 0.6}"/>`,
    ) +
    shape('mist', 'M122 214h320v66c0 34-14 44-44 44H166c-30 0-44-10-44-44Z') +
    shape('sky', 'M122 214h320v18H122Z') +
    box('mist', 108, 202, 348, 18, 9) +
    box('sand', 452, 226, 140, 20, 10) +
    times(3, (i) => line('paper', `M${204 + i * 76} 180c-18-22 18-34 0-58s18-34 0-56`, 5)) +
    disc('sun', 72, 338, 10) +
    disc('sun', 72, 372, 5) +
    box('sand', 488, 366, 76, 6, 3) +
    box('sun', 488, 366, 50, 6, 3),

  'the-cold-larder': () =>
    box('moss', 0, 0, 600, 400) +
    box('sand', 80, 20, 440, 380, 4) +
    box('paper', 96, 36, 408, 364) +
    line(
      'dusk',
      times(9, (i) => `M${256 + i * 11} 44v16`),
      4,
    ) +
    times(3, (i) => box('rust', 96, 148 + i * 104, 408, 12)) +
    times(4, (i) =>
      moved(
        120 + i * 60,
        82,
        box(i % 2 ? 'clay' : 'glow', 0, 14, 42, 52, 6) + box('dusk', 4, 4, 34, 12, 3) + box('paper', 8, 32, 26, 14),
      ),
    ) +
    shape('sun', 'M376 148v-30l104-22v52Z') +
    disc('glow', 420, 130, 6) +
    disc('glow', 452, 122, 8) +
    times(
      6,
      (i) =>
        disc(i % 2 ? 'clay' : 'rust', 128 + i * 34, 233 - (i % 2) * 4, 18) +
        line('leaf', `M${128 + i * 34} ${216 - (i % 2) * 4}l7-9`, 4),
    ) +
    bush('leaf', 388, 226, 22) +
    bush('moss', 458, 230, 18) +
    times(7, (i) => `<ellipse class="i-sand" cx="${128 + i * 28}" cy="${342 - (i % 3) * 9}" rx="19" ry="14"/>`) +
    box('mist', 354, 276, 46, 80, 8) +
    box('dusk', 364, 260, 26, 20, 4) +
    box('sky', 416, 292, 66, 64, 5) +
    line('paper', 'M416 314h66M416 334h66', 3),

  'five-small-automations': () =>
    box('sun', 0, 0, 600, 400) +
    shape('paper', 'M300 30L90 172h36v208h348V172h36Z') +
    line('night', 'M300 30L90 172h36v208h348V172h36ZM126 262h348M270 262v118M330 172v90', 5) +
    disc('clay', 204, 214, 22) +
    disc('moss', 402, 214, 22) +
    disc('dusk', 300, 112, 22) +
    disc('rust', 198, 320, 22) +
    disc('leaf', 372, 320, 22) +
    times(3, (i) => ring('dusk', 300, 112, 32 + i * 10, 2)) +
    line('clay', 'M204 236v26M226 214h104', 2.5) +
    line('moss', 'M402 236v60', 2.5) +
    box('night', 424, 306, 34, 52, 6) +
    box('sun', 434, 316, 14, 16, 3) +
    disc('paper', 204, 214, 8) +
    disc('paper', 402, 214, 8) +
    disc('paper', 300, 112, 8) +
    disc('paper', 198, 320, 8) +
    disc('paper', 372, 320, 8) +
    box('rust', 0, 380, 600, 20),

  'power-by-the-hour': () =>
    box('night', 0, 0, 600, 400) +
    disc('dusk', 300, 200, 178) +
    times(24, (hour) => {
      const price = 0.5 + 0.32 * Math.sin(((hour - 1) / 24) * 4 * Math.PI) + (hour > 16 && hour < 22 ? 0.32 : 0)
      const height = Math.round(26 + Math.max(0.08, price) * 78)
      return `<g transform="rotate(${hour * 15} 300 200)">${box(height > 84 ? 'clay' : height > 58 ? 'sun' : 'leaf', 293, 126 - height, 14, height, 5)}</g>`
    }) +
    disc('paper', 300, 200, 66) +
    line('night', 'M300 200V154M300 200l34 20', 6) +
    disc('clay', 300, 200, 7) +
    line('dusk', 'M300 142v8M300 250v8M242 200h8M350 200h8', 3),

  'pollen-at-the-window': () =>
    box('paper', 0, 0, 600, 400) +
    box('sky', 150, 40, 300, 292) +
    disc('glow', 372, 106, 36) +
    shape('leaf', 'M150 262c60-44 120-38 170-8s90 10 130-8v86H150Z') +
    bush('moss', 220, 206, 30) +
    line('rust', 'M220 226v60', 6) +
    line('sand', 'M300 40v292M150 186h150', 9) +
    line('sand', 'M150 40h300v292H150Z', 14) +
    shape('mist', 'M300 40l120 34v292l-120-34Z') +
    line('sand', 'M300 40l120 34v292l-120-34Z', 10) +
    box('clay', 116, 332, 368, 16, 4) +
    line('mist', 'M104 24h392', 6) +
    shape('glow', 'M106 28h72c8 90-8 180-54 270-18-60-24-150-18-270Z') +
    scatter(30, { x: 190, y: 56, width: 380, height: 260 }, (x, y, i) => disc('sun', x, y, 2.6 + (i % 3) * 1.5)) +
    box('sand', 0, 384, 600, 16),
}

/** The picture of the contents page and of what has none of its own: the slope that the magazine is named after. */
export const slope = () =>
  box('glow', 0, 0, 600, 400) +
  disc('sun', 418, 128, 74) +
  times(4, (i) => ring('sun', 418, 128, 92 + i * 20, 2.6 - i * 0.5)) +
  shape('mist', 'M0 250C140 170 260 200 360 240S520 220 600 190V400H0Z') +
  shape('leaf', 'M0 330C120 220 300 210 600 330V400H0Z') +
  shape('moss', 'M0 372C200 300 380 320 600 376V400H0Z') +
  shape('paper', 'M208 268h92v62h-92Z') +
  shape('clay', 'M196 270l58-52 58 52Z') +
  panel(262, 230, 34, 34, { across: 2, down: 2 }, 8) +
  box('dusk', 222, 286, 20, 22) +
  box('dusk', 262, 286, 22, 44)
