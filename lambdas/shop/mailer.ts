/** What the shop needs of whoever sends its mail. */

export interface Mail {
  /** Names it: what is sent again under the same name is the same mail. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface Mailer {
  /**
   * Takes a mail to be sent, as often as it is called: let it be known by its id where that is possible.
   *
   * @throws when nobody knows whether it was taken; it is then handed over again
   */
  send(mail: Mail): Promise<void>;
}
