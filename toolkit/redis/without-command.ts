/** How servers begin to cite a command that they don't know. */
const citation = /, with args beginning with:.*/s;

/**
 * An error without the command that ioredis hangs on it and servers cite, for messages, events and logs: it may be a sign-in
 * with its password, or hold what was to be stored.
 */
export function withoutCommand(error: unknown): Error {
  if (!isError(error)) return new Error(String(error));
  const message = error.message.replace(citation, "");
  // Where all nodes of a cluster have failed, what the last one said hangs on that error.
  const isOfNodes = "lastNodeError" in error && isError(error.lastNodeError);
  const inner = isOfNodes ? error.lastNodeError : error.cause;
  const cause = isError(inner) ? withoutCommand(inner) : inner;
  if (!("command" in error) && cause === error.cause && message === error.message) return error;
  return Object.assign(new Error(message, { cause }), { name: error.name });
}

function isError(value: unknown): value is Error {
  return typeof value === "object" && value !== null && "message" in value && typeof value.message === "string";
}
