import { OperationsUnavailableError } from "#platform/errors";
import * as z from "zod/mini";

/** What an AWS call answered, or `undefined` for an error that isn't known. */
export type Refusals = (name: string, message: string) => Error | undefined;

/** What a service says that can't serve now, by the name of the error. */
const cantServeNow = /^(Throttling|RequestLimitExceeded|ServiceUnavailable|InternalFailure|InternalError|Timeout)/;

/**
 * The answer of a call to AWS.
 *
 * @param refused makes an error of what AWS has refused, by the name of its error
 * @throws OperationsUnavailableError when none came, or AWS can't serve now
 */
export async function answered<T>(
  call: Promise<T>,
  unavailable: string,
  refused: Refusals = () => undefined,
): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const known = refused(error.name, error.message);
    if (known !== undefined) throw known;
    const { data } = Answered.safeParse(error);
    if (data === undefined) throw error; // not of the call
    const { httpStatusCode = 503 } = data.$metadata;
    if (httpStatusCode >= 500 || cantServeNow.test(error.name))
      throw new OperationsUnavailableError(error, unavailable);
    throw error;
  }
}

/** What the SDK says of every call; without a status there was no answer. */
const Answered = z.object({ $metadata: z.object({ httpStatusCode: z.optional(z.int()) }) });
