/** The lists of commands that the infrastructure grants for each feature, against what the feature's code holds. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  boardCounted,
  boardRead,
  cached,
  limited,
  limitReset,
  locked,
  lockSeen,
  queued,
  queueTended,
  queueWorked,
  type RedisRights,
  replicated,
  sessionsKept,
  sessionsUsed,
} from "../../../lib/constructs/redis-rights";

/** What the scripts of a feature run, by the text of its folder. */
function commandsOf(feature: string): string[] {
  const folder = join(__dirname, "../../../toolkit", feature);
  const text = readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
  return [...text.matchAll(/\bp?call\('([A-Z]+)'/g)].map(([, command = ""]) => command.toLowerCase());
}

const granted = (...rights: readonly RedisRights[]) => [...new Set(rights.flatMap(({ commands }) => commands))].sort();

const name = "NAME";
const codes = (texts: readonly string[]) => texts.map((text) => `\`${text}\``).join(" ");

it("the page for users of the toolkit says them", () => {
  const page = readFileSync(join(__dirname, "../../../docs/redis-rights.md"), "utf8");
  const rows = Object.entries({
    "`SharedCache`, a collection": cached(name),
    "`RateLimiter`": limited(name),
    "… `reset`": limitReset(name),
    "`Locks`": locked(name),
    "… `read`": lockSeen(name),
    "`SessionStore`": sessionsKept,
    "… `read` and `update` alone": sessionsUsed,
    "`Queue`: `add`": queued(name),
    "… `claim`, `ack`, `nack`, `release`, `extend`, `work`": queueWorked(name),
    "… `stats`, `dead`, `retryDead`": queueTended(name),
    "`Leaderboard`: `standing`, `top`": boardRead(name),
    "… `add`, `rebuild`": boardCounted(name),
    "with `safety`, beside the feature's own": replicated,
  }).map(([feature, { keys, commands }]) => `| ${feature} | ${codes(keys)} | ${codes([...commands].sort())} |`);
  expect(page.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| feature"))).toEqual(rows);
});

describe("the rights of a feature", () => {
  it.each<[feature: string, sent: readonly string[], rights: readonly string[]]>([
    ["cache", ["get", "mget", "unlink"], granted(cached("x"))],
    ["limiter", ["unlink"], granted(limited("x"), limitReset("x"))],
    ["lock", ["subscribe", "unsubscribe"], granted(locked("x"), lockSeen("x"))],
    ["session", [], granted(sessionsKept)],
    ["queue", [], granted(queued("x"), queueTended("x"), queueWorked("x"))],
    ["leaderboard", [], granted(boardRead("x"), boardCounted("x"))],
  ])("are the commands of its scripts and those it sends itself: %s", (feature, sent, rights) => {
    expect(rights).toEqual([...new Set(["eval", "evalsha", ...sent, ...commandsOf(feature)])].sort());
  });
});
