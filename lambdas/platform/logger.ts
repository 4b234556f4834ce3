import { Logger } from "@aws-lambda-powertools/logger";

/**
 * JSON lines, with the request's id in each.
 *
 * Of an error only what it says is logged, not what it carries: ioredis hangs the command on it, which may be a sign-in
 * with its token, and pg the client with its options.
 */
export const logger = new Logger({
  jsonReplacerFn: (_key, value) => (value instanceof Error ? described(value) : value),
});

function described(error: Error): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  const code = "code" in error ? error.code : undefined;
  return { name, code, message, stack, cause: cause instanceof Error ? described(cause) : undefined };
}
