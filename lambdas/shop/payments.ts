/** What the shop needs of a payment provider. */
export interface Charge {
  /** Names the payment: of charges with the same name one is made, and all are answered the same. */
  readonly paymentId: string;
  readonly cents: number;
}

export type ChargeOutcome = "paid" | "declined";

export interface Payments {
  /**
   * Charges the customer.
   *
   * @param signal ends the wait for an answer; the charge may be made all the same
   * @throws CheckoutUnavailableError when the provider gave no answer: charge again with the same name to learn what became of it
   */
  charge(charge: Charge, signal: AbortSignal): Promise<ChargeOutcome>;
}
