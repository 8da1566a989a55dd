/** Keys can be used and never read: a handle does its one thing, and there are no bytes to lose. */

export interface MacKey {
  /** 128 bits in hex of HMAC-SHA-256 over the key's id and the fields, each with its length. */
  mac(fields: readonly string[]): string
}

export interface SealingKey {
  readonly id: string
  /** AES-256-GCM. The text is bound to the key's id and to `aad`. */
  seal(plain: string, aad: readonly string[]): string
  /** `undefined` when the text was changed, or sealed for something else. */
  open(sealed: string, aad: readonly string[]): string | undefined
}

/** Seals to activation's public key (HPKE, RFC 9180): whoever seals cannot open. */
export interface Sealer {
  seal(plain: string, aad: readonly string[]): Promise<string>
}

export interface Opener {
  /** `undefined` when the text was changed, or sealed for something else. */
  open(sealed: string, aad: readonly string[]): Promise<string | undefined>
}

/** Keys the web side may use. */
export interface WebKeys {
  /** Authenticates the visitor's cookie. */
  cookie(site: string): MacKey
  /** Makes P. */
  interest(site: string): MacKey
  /** Makes E. `undefined` once the day's key is destroyed, and for days far ahead. */
  event(site: string, day: string): MacKey | undefined
  /** Names partitions. */
  readonly route: MacKey
  /** Turns clients' event ids into dedup ids, for each visitor others. */
  readonly dedup: MacKey
  /** Tokens for links: P sealed to activation. */
  readonly link: Sealer
}

/** Keys the vault may use. */
export interface VaultKeys {
  /** Suppressed addresses, which outlive the contact: over the one field `email_key`. */
  readonly suppression: MacKey
  /** Binds contact, token and consent of a link request; activation verifies it. */
  readonly linkRequest: MacKey
  /** Names for pages that a mail leads to: confirm, preferences, unsubscribe. */
  readonly pages: MacKey
  /** IP addresses in proofs of double opt-in. */
  readonly proof: SealingKey
}

/** Keys that activation may use. */
export interface ActivationKeys {
  readonly link: Opener
  readonly linkRequest: MacKey
  /** Links as they are kept. */
  readonly sealedLink: SealingKey
  /** The vault's, to see whether an address is suppressed. */
  readonly suppression: MacKey
  /** Makes X. Another for each destination. */
  export(destination: string): MacKey
  /** Fingerprints of rows that left. */
  readonly fingerprint: MacKey
}
