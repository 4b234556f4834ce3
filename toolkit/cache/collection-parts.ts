import { RedisUnavailableError } from "../redis/unavailable";
import { withoutCommand } from "../redis/without-command";
import { Bypasses } from "./bypasses";
import type { CheckedOptions, CollectionContext } from "./collection-options";
import { Loader } from "./loader";
import { ProcessView } from "./process-view";
import { StoredValues } from "./stored-values";

/** What the operations of one collection share. */
export interface CollectionParts<T> {
  readonly context: CollectionContext;
  readonly options: CheckedOptions<T>;
  readonly view: ProcessView<T>;
  readonly stored: StoredValues<T>;
  readonly loader: Loader<T>;
  readonly bypasses: Bypasses<T>;
}

export function collectionParts<T>(context: CollectionContext, options: CheckedOptions<T>): CollectionParts<T> {
  const view = new ProcessView<T>(context);
  const stored = new StoredValues(context, options, view);
  const loader = new Loader(context, options);
  return { context, options, view, stored, loader, bypasses: new Bypasses(context, loader) };
}

/**
 * Tells of a command that brought no answer. A reply that is an error, such as OOM from a full Redis, is one too: it must
 * not fail a reader.
 */
export function reportUnavailable({ name, emit }: CollectionContext, operation: string, error: unknown): void {
  const reason = error instanceof RedisUnavailableError ? error.reason : "failed";
  emit({ type: "unavailable", collection: name, operation, reason, error: withoutCommand(error) });
}
