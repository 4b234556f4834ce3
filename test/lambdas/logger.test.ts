import { Redis } from "ioredis";
import { once } from "node:events";
import { logger } from "../../lambdas/platform/logger";
import { addressOf } from "../support/redis-clients";

function logged(error: unknown): string {
  let text = "";
  const write = jest.spyOn(process.stderr, "write").mockImplementation((chunk) => ((text += String(chunk)), true));
  logger.error("it failed", { error });
  write.mockRestore();
  return text;
}

describe("the log", () => {
  it("doesn't hold the password of a refused sign-in, which the error carries", async () => {
    const secret = "a token that nobody may read";
    const { host, port } = addressOf("single");
    // As ioredis makes it; connectRedis tells it without the command.
    const client = new Redis({ host, port, username: "larder", password: secret, retryStrategy: () => null });
    const [refusal] = (await once(client, "error")) as unknown[];

    expect(logged(refusal)).toContain("WRONGPASS");
    expect(JSON.stringify(refusal)).toContain(secret);
    expect(logged(refusal)).not.toContain(secret);
    expect(logged(new Error("outer", { cause: refusal }))).not.toContain(secret);
  });

  it("says what an error and its cause said", () => {
    const error = JSON.parse(
      logged(new Error("outer", { cause: Object.assign(new Error("inner"), { code: "E1" }) })),
    ).error;
    expect(error).toMatchObject({
      message: "outer",
      stack: expect.any(String),
      cause: { message: "inner", code: "E1" },
    });
  });
});
