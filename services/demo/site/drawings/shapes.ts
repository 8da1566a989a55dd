/** The few shapes that all illustrations are made of. Colours are classes, so that the style sheet can dim them for the night. */

export type Ink =
  | 'paper'
  | 'sand'
  | 'sun'
  | 'glow'
  | 'clay'
  | 'rust'
  | 'leaf'
  | 'moss'
  | 'sky'
  | 'mist'
  | 'dusk'
  | 'night'

export const disc = (ink: Ink, x: number, y: number, r: number) =>
  `<circle class="i-${ink}" cx="${x}" cy="${y}" r="${r}"/>`

export const box = (ink: Ink, x: number, y: number, width: number, height: number, round = 0) =>
  `<rect class="i-${ink}" x="${x}" y="${y}" width="${width}" height="${height}" rx="${round}"/>`

export const shape = (ink: Ink, d: string) => `<path class="i-${ink}" d="${d}"/>`

/** A line of some width, without filling. */
export const line = (ink: Ink, d: string, width = 3) => `<path class="l-${ink}" d="${d}" stroke-width="${width}"/>`

export const ring = (ink: Ink, x: number, y: number, r: number, width = 3) =>
  `<circle class="l-${ink}" cx="${x}" cy="${y}" r="${r}" stroke-width="${width}"/>`

export const moved = (x: number, y: number, parts: string, scale = 1) =>
  `<g transform="translate(${x} ${y}) scale(${scale})">${parts}</g>`

export const times = (count: number, part: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => part(index)).join('')

/** Spread evenly and without pattern over a rectangle, the same each time. */
export const scatter = (
  count: number,
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
  part: (x: number, y: number, index: number) => string,
) =>
  times(count, (index) =>
    part(
      Math.round(x + width * ((index * 0.754_877_67 + 0.5) % 1)),
      Math.round(y + height * ((index * 0.569_840_29 + 0.5) % 1)),
      index,
    ),
  )

/** Fine parallel strokes, as in a woodcut. */
export const hatch = (ink: Ink, x: number, y: number, width: number, height: number, step = 8) =>
  line(
    ink,
    times(Math.floor(height / step), (row) => `M${x} ${y + (row + 0.5) * step}h${width}`),
    1.5,
  )

export const hills = (far: Ink, near: Ink, y = 290) =>
  shape(far, `M0 ${y}C120 ${y - 60} 220 ${y - 50} 330 ${y - 10}S520 ${y - 50} 600 ${y - 40}V400H0Z`) +
  shape(near, `M0 ${y + 50}C150 ${y} 260 ${y + 20} 380 ${y + 45}S540 ${y + 20} 600 ${y + 25}V400H0Z`)

/** A module of so many cells, leaning by `lean` over its height. */
export function panel(
  x: number,
  y: number,
  width: number,
  height: number,
  cells: { across: number; down: number },
  lean = 0,
) {
  const at = (along: number, down: number) => `${x + along * width + down * lean} ${y + down * height}`
  const across = times(cells.across - 1, (i) => `M${at((i + 1) / cells.across, 0)}L${at((i + 1) / cells.across, 1)}`)
  const down = times(cells.down - 1, (i) => `M${at(0, (i + 1) / cells.down)}L${at(1, (i + 1) / cells.down)}`)
  return (
    shape('night', `M${at(0, 0)}L${at(1, 0)}L${at(1, 1)}L${at(0, 1)}Z`) +
    line('sky', `M${at(0, 0)}L${at(1, 0)}L${at(1, 1)}L${at(0, 1)}Z`, 2.5) +
    line('sky', across + down, 1.2)
  )
}

export const window = (x: number, y: number, width: number, height: number, lit: Ink = 'mist') =>
  box('paper', x - 4, y - 4, width + 8, height + 8) +
  box(lit, x, y, width, height) +
  line('paper', `M${x + width / 2} ${y}v${height}M${x} ${y + height * 0.42}h${width}`, 3.5)

export const bush = (ink: Ink, x: number, y: number, r: number) =>
  disc(ink, x, y, r) + disc(ink, x - r * 0.9, y + r * 0.35, r * 0.7) + disc(ink, x + r * 0.9, y + r * 0.3, r * 0.75)

export const drop = (ink: Ink, x: number, y: number, size: number) =>
  shape(
    ink,
    `M${x} ${y - size * 1.4}C${x + size * 0.5} ${y - size * 0.5} ${x + size} ${y - size * 0.1} ${x + size} ${y + size * 0.3}A${size} ${size} 0 0 1 ${x - size} ${y + size * 0.3}C${x - size} ${y - size * 0.1} ${x - size * 0.5} ${y - size * 0.5} ${x} ${y - size * 1.4}Z`,
  )

export const bolt = (ink: Ink, x: number, y: number, scale = 1) =>
  moved(x, y, shape(ink, 'M12 -40L-22 8H-2L-12 40L22 -8H2Z'), scale)
