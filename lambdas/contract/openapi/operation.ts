/** How a route is described, beside what `routes.ts` says of it. */
import type * as z from "zod/mini";
import type { ProblemCode } from "../problems";
import type { HeaderName } from "./headers";

export interface Operation {
  /** Names the call in generated clients. */
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  /** What the endpoint validates the request by: these very schemas. */
  readonly request?: {
    readonly path?: z.ZodMiniObject;
    readonly query?: z.ZodMiniObject;
    /** Headers that it needs, in lower case. */
    readonly headers?: z.ZodMiniObject;
    readonly body?: z.ZodMiniType;
  };
  /** Those that aren't errors, by status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Beside those that follow from the route and the request: see `problemsOf`. */
  readonly problems?: readonly ProblemCode[];
}

interface Answer {
  readonly description: string;
  /** One of `namedSchemas`. @default - no body */
  readonly body?: z.ZodMiniType;
  /** Always sent. */
  readonly headers?: readonly HeaderName[];
}
