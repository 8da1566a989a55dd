/** Mails to one person: over SMTP, or into a folder where a demonstration can read them. */

export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** As RFC 8058 asks: `List-Unsubscribe` and its like. */
  readonly headers: Readonly<Record<string, string>>
}

export interface Mailer {
  /**
   * Handed over when it resolves. Else `mail_refused` where the address is refused for good, `mail_deferred` where this one mail is not taken
   * now, `mail_down` where the server takes none.
   */
  send(mail: Mail): Promise<void>
  close(): Promise<void>
}
