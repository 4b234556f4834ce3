/** What a process that measures is told, and how it answers. */
import * as z from "zod/mini";

export const SingleEndpoint = z.object({
  mode: z.literal("single"),
  host: z.string(),
  port: z.number(),
  user: z.string(),
  password: z.string(),
});
export type SingleEndpoint = z.infer<typeof SingleEndpoint>;

/** Measures once it is told where Redis is, sends the figures, and ends. */
export function measureWhenTold(measure: (endpoint: SingleEndpoint) => Promise<unknown>): void {
  process.once("message", (message) => {
    measure(SingleEndpoint.parse(message)).then(
      (figures) => process.send?.(figures, () => process.exit()),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}
