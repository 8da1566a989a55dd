/** The text of a notice as the configuration has it: what it is about, then a line for each purpose. What is shown is what consent is proved by. */

import type { Purpose } from '../../../schemas/consent.ts'

export interface PurposeText {
  readonly purpose: Purpose
  readonly label: string
  readonly text: string
}

export function readNotice(text: string): { intro: string; purposes: PurposeText[] } {
  const intro: string[] = []
  const purposes: PurposeText[] = []
  for (const line of text.trim().split('\n')) {
    const [, purpose, label = '', rest = ''] = /^(P[1-6]) ([^:]+): (.+)$/.exec(line) ?? []
    if (purpose) purposes.push({ purpose: purpose as Purpose, label, text: rest })
    else intro.push(line)
  }
  return { intro: intro.join(' '), purposes }
}
