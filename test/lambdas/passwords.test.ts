import { createHook } from "node:async_hooks";
import { scryptSync } from "node:crypto";
import { hashPassword, isOutdated, passwordMatches } from "../../lambdas/shop/passwords";

/** As an earlier build would have written it. */
function hashOf(password: string, ln: number, r: number, p: number): string {
  const salt = Buffer.from("a salt of 16 byt");
  const hash = scryptSync(password, salt, 32, { N: 2 ** ln, r, p });
  return `$scrypt$ln=${ln},r=${r},p=${p}$${salt.toString("base64")}$${hash.toString("base64")}`;
}

describe("a password", () => {
  it("matches its own hash and no other password does", async () => {
    const hash = await hashPassword("correct horse");
    expect(await passwordMatches("correct horse", hash)).toBe(true);
    for (const other of ["correct horsf", "Correct horse", "correct horse ", ""])
      expect(await passwordMatches(other, hash)).toBe(false);
  });

  it("has another hash each time, and isn't in it", async () => {
    const hashes = await Promise.all([hashPassword("correct horse"), hashPassword("correct horse")]);
    expect(hashes[0]).not.toBe(hashes[1]);
    expect(hashes.join()).not.toContain("correct horse");
  });

  it("is the same in every encoding of its letters", async () => {
    const composed = "caf\u00e9 au lait";
    const decomposed = "cafe\u0301 au lait";
    expect(await passwordMatches(decomposed, await hashPassword(composed))).toBe(true);
  });

  it("matches a hash of other parameters, which is known to be outdated", async () => {
    const old = hashOf("correct horse", 12, 8, 1);
    expect(await passwordMatches("correct horse", old)).toBe(true);
    expect(await passwordMatches("wrong horse", old)).toBe(false);
    expect([isOutdated(old), isOutdated(await hashPassword("correct horse"))]).toEqual([true, false]);
  });

  it("matches nothing where there is no hash, whatever it is", async () => {
    for (const password of ["", "correct horse"]) expect(await passwordMatches(password, undefined)).toBe(false);
  });

  it("against a damaged hash is an error that doesn't show the hash", async () => {
    const damaged = (await hashPassword("correct horse")).replace("scrypt", "crypt");
    await expect(passwordMatches("correct horse", damaged)).rejects.toThrow(/^a password's hash is not one/);
  });
});

describe("many passwords at once", () => {
  it("are hashed two at a time, and each of them in the end", async () => {
    const hash = await hashPassword("correct horse");
    const underWay = new Set<number>();
    let most = 0;
    const hook = createHook({
      init(id, type) {
        if (type === "SCRYPTREQUEST") most = Math.max(most, underWay.add(id).size);
      },
      before: (id) => void underWay.delete(id),
    }).enable();
    const passwords = Array.from({ length: 8 }, (_, at) => (at % 2 === 0 ? "correct horse" : "wrong horse"));
    const matches = await Promise.all(passwords.map((password) => passwordMatches(password, hash)));
    hook.disable();
    expect(matches).toEqual(passwords.map((password) => password === "correct horse"));
    expect(most).toBe(2);
  });
});
