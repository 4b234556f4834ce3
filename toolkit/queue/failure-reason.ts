import { shown } from "../shown";

const mostCauses = 3;

/**
 * What went wrong, without the words for it, which may hold an address, a value or a secret: the name of the error, its code if
 * it has one, and the same of what caused it.
 */
export function failureReason(error: unknown): string {
  const names: string[] = [];
  let cause = error;
  for (let depth = 0; depth <= mostCauses && isError(cause); depth++) {
    const code = "code" in cause ? cause.code : undefined;
    names.push(typeof code === "string" || typeof code === "number" ? `${cause.name} ${code}` : cause.name);
    cause = cause.cause;
  }
  return names.length === 0 ? `a thrown ${typeof error}` : names.join(", caused by ");
}

/** @throws TypeError for what is neither text nor an error */
export function reasonText(reason: unknown): string {
  if (typeof reason === "string") return reason;
  if (isError(reason)) return failureReason(reason);
  throw new TypeError(`reason is ${shown(reason)}: give text, or an error`);
}

/** Also of another realm, such as a test's. */
function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}
