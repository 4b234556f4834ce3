import { logger } from "../../lambdas/platform/logger";
import { addressOf, connected } from "../support/redis-clients";
import { until } from "../support/until";

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
    const errors: Error[] = [];
    const credentials = { username: "larder", password: () => secret };
    connected({ ...addressOf("single"), credentials, onError: (error) => errors.push(error) });
    const refusal = await until("the sign-in is refused", () =>
      errors.find(({ message }) => message.includes("WRONGPASS")),
    );

    expect(JSON.stringify(refusal)).toContain(secret);
    expect(logged(refusal)).toContain("WRONGPASS");
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
