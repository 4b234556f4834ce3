/** Tries what a new version must be able to do before callers get it. */
import type { ReleaseFindings } from "#contract/release-check";
import { logger } from "./logger";

/** By what is tried: tries it, and says what is wrong. */
export type ReleaseChecks = Readonly<Record<string, () => Promise<string | undefined>>>;

const usualDeadlineMs = 4_000;

/** Tries them all at once. It doesn't throw: what a check throws is its fault. */
export function checkRelease(checks: ReleaseChecks, deadlineMs = usualDeadlineMs): Promise<ReleaseFindings> {
  return Promise.all(
    Object.entries(checks).map(async ([tried, check]) => {
      const fault = await faultOf(check, deadlineMs);
      if (fault !== undefined) logger.warn("a check of the release failed", { tried, fault });
      return { tried, fault };
    }),
  );
}

async function faultOf(check: () => Promise<string | undefined>, deadlineMs: number): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`it took longer than ${deadlineMs} ms`), deadlineMs);
  });
  try {
    return await Promise.race([check(), late]);
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : "it threw what isn't an error";
  } finally {
    clearTimeout(timer);
  }
}
