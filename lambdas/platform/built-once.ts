import { logger } from "./logger";

/**
 * What a function is made of, built once for each environment. Connecting begins in this call, while the function
 * initializes. A failure is told by the first invocation, which builds again, and so on.
 */
export function builtOnce<T>(build: () => T): () => T {
  let built = attempt(build);
  return () => (built ??= build());
}

function attempt<T>(build: () => T): T | undefined {
  try {
    return build();
  } catch (error) {
    logger.error("the function could not be initialized", { error });
    return undefined;
  }
}
