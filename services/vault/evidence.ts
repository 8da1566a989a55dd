/** Makes the proof of a grant from what somebody brings forward, or says what is missing. The notice's words come from the configuration, never from them. */

import { sha256 } from '../../infra/control/audit.ts'
import type { SealingKey } from '../../infra/ports/keys.ts'
import type { BautaConfig, Notice } from '../../schemas/config.ts'
import type { ContactPurpose } from '../../schemas/consent.ts'
import type { ContactRef } from '../../schemas/ids.ts'
import type { Proof } from '../../schemas/ledger.ts'

interface Moment {
  readonly at: string
  readonly ip?: string
}

export interface Evidence {
  /** Version of a notice of bauta.yaml. */
  readonly notice: string
  readonly language: string
  readonly formUrl: string
  readonly requested?: Moment
  readonly mailed?: { readonly at: string; readonly messageId?: string }
  readonly confirmed?: Moment
}

export type Gap = { readonly field: keyof Evidence; readonly reason: string }

export function noticeOf(
  { sites }: Pick<BautaConfig, 'sites'>,
  version: string,
): { readonly site: string; readonly notice: Notice } | undefined {
  for (const [site, { notices }] of Object.entries(sites)) {
    const notice = notices.find((each) => each.version === version)
    if (notice) return { site, notice }
  }
  return undefined
}

/** E-mail needs the whole double opt-in, the others the moment in which the person agreed. */
export function gapIn(
  config: Pick<BautaConfig, 'sites'>,
  purpose: ContactPurpose,
  evidence: Evidence,
): Gap | undefined {
  const notice = noticeOf(config, evidence.notice)?.notice
  if (!notice?.purposes.includes(purpose))
    return { field: 'notice', reason: `is no notice of bauta.yaml that covers ${purpose}` }
  if (!Object.hasOwn(notice.text, evidence.language))
    return { field: 'language', reason: 'is none in which this notice was shown' }
  if (!/^https?:\/\/\S+$/.test(evidence.formUrl) || evidence.formUrl.length > 2_048)
    return { field: 'formUrl', reason: 'is no address of a form' }
  if (purpose === 'P5' && !evidence.requested)
    return { field: 'requested', reason: 'is missing: mail needs a double opt-in' }
  if (!evidence.confirmed)
    return { field: 'confirmed', reason: 'is missing: a consent needs the day and time it was given' }
  return undefined
}

/** Call only where there is no gap. IP addresses are sealed to the contact and the step. */
export function proofOf(
  config: Pick<BautaConfig, 'sites'>,
  key: SealingKey,
  contact: ContactRef,
  { notice: version, language, formUrl, requested, mailed, confirmed }: Evidence,
): Proof {
  const text = noticeOf(config, version)?.notice.text[language]
  if (text === undefined) throw new Error('the evidence has a gap')
  const moment = (step: string, { at, ip }: Moment) => ({
    at,
    ip: ip === undefined ? '' : key.seal(ip, proofAad(contact, step)),
  })
  return {
    notice: version,
    noticeHash: sha256(text),
    noticeText: text,
    language,
    formUrl,
    ...(requested ? { requested: moment('requested', requested) } : {}),
    ...(mailed ? { mailed: { at: mailed.at, messageId: mailed.messageId ?? '' } } : {}),
    ...(confirmed ? { confirmed: moment('confirmed', confirmed) } : {}),
  }
}

export function proofAad(contact: ContactRef, step: string): string[] {
  return ['proof', contact, step]
}
