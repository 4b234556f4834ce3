import { SignatureV4 } from "@smithy/signature-v4";
import type { SourceData } from "@smithy/types";
import fc from "fast-check";
import { createHash, createHmac } from "node:crypto";
import { connectRedis, iamCredentials, presign } from "@larder/toolkit";

const now = new Date("2025-01-01T00:00:00Z");
const keys = { accessKeyId: "fakeAccessKeyId", secretAccessKey: "fakeSecretKey" };

/** The independent signer's hash, on Node's crypto. */
class Sha256 {
  readonly #hash;
  constructor(secret?: SourceData) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret as string);
  }
  update(data: SourceData): void {
    this.#hash.update(data as string);
  }
  reset(): void {
    throw new Error("not needed");
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

describe("a token for ElastiCache", () => {
  // The known answers of AWS' own sample application.
  const options = { user: "my-user-id", group: "my-replication-group-id", region: "eu-west-1", now: () => now };

  it("has the signature that AWS published", () => {
    const { username, password } = iamCredentials({ ...options, aws: () => keys });
    expect(username).toBe("my-user-id");
    expect(password()).toBe(
      "my-replication-group-id/?Action=connect&User=my-user-id&X-Amz-Algorithm=AWS4-HMAC-SHA256" +
        "&X-Amz-Credential=fakeAccessKeyId%2F20250101%2Feu-west-1%2Felasticache%2Faws4_request" +
        "&X-Amz-Date=20250101T000000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host" +
        "&X-Amz-Signature=9e361603d85874bce06114c6644725ed113e3b11ae6fa92efdf10c6bcf5de8d7",
    );
  });

  it("has the signature that AWS published for session credentials", () => {
    const aws = () => ({ ...keys, sessionToken: "fakeSessionToken" });
    expect(iamCredentials({ ...options, aws }).password()).toMatch(
      /&X-Amz-Signature=bbce2bd61bd78461297ecb92e7001ddbeab2d85906c3cbedad6c9b81fb3466dc$/,
    );
  });

  it("is signed for the group's name in lower case, as ElastiCache keeps it", () => {
    const mixed = iamCredentials({ ...options, group: "My-Replication-Group-Id", aws: () => keys });
    expect(mixed.password()).toBe(iamCredentials({ ...options, aws: () => keys }).password());
  });
});

describe("a token for a serverless cache", () => {
  const options = { user: "my-user-id", region: "eu-west-1", aws: () => keys, now: () => now };

  // AWS has published no known answer; this one comes from another signer as well.
  it("says so, and has the signature that another signer makes", async () => {
    const token = iamCredentials({ ...options, serverlessCache: "My-Cache" }).password();
    const other = new SignatureV4({ ...options, credentials: keys, service: "elasticache", sha256: Sha256 });
    const request = {
      method: "GET",
      protocol: "https:",
      hostname: "my-cache",
      path: "/",
      headers: { host: "my-cache" },
      query: { Action: "connect", ResourceType: "ServerlessCache", User: "my-user-id" },
    };
    const { query } = await other.presign(request, { expiresIn: 900, signingDate: now });
    expect(token).toMatch(/^my-cache\/\?Action=connect&ResourceType=ServerlessCache&User=my-user-id&X-Amz-Algorithm=/);
    expect(query?.["X-Amz-Signature"]).toBe("31acb910f8e28ce4c94d8a686774e6294fdec2c9039e0b81f868d92a23e1b342");
    expect(token.endsWith("&X-Amz-Signature=31acb910f8e28ce4c94d8a686774e6294fdec2c9039e0b81f868d92a23e1b342")).toBe(
      true,
    );
  });

  it("isn't made for a host name, which ElastiCache would refuse without saying why", () => {
    const host = "master.my-group.abc123.euw1.cache.amazonaws.com";
    expect(() => iamCredentials({ ...options, group: host })).toThrow(`group is "${host}"`);
    expect(() => iamCredentials({ ...options, serverlessCache: "my-cache:6379" })).toThrow(RangeError);
  });
});

describe("what IAM credentials are made from", () => {
  const options = { user: "my-user-id", group: "my-group", region: "eu-west-1", aws: () => keys };

  it.each<[string, object]>([
    ["user is undefined", { user: undefined }],
    ['region is ""', { region: "" }],
    ["serverlessCache is undefined", { group: undefined }],
    ["aws is object: give a function", { aws: keys }],
  ])("is refused at once: %s", (message, wrong) => {
    expect(() => iamCredentials({ ...options, ...wrong })).toThrow(message);
  });

  it.each<[string, () => unknown, string]>([
    ["a promise", () => Promise.reject(new Error("later")), "aws answered a promise: a connect can't wait for one"],
    ["nothing", () => undefined, "aws answered no accessKeyId"],
    ["no key", () => ({ secretAccessKey: "a-secret" }), "aws answered no accessKeyId"],
    ["no secret", () => ({ ...keys, secretAccessKey: "" }), "aws answered no secretAccessKey"],
    ["another kind of token", () => ({ ...keys, sessionToken: 7 }), "aws answered no sessionToken"],
  ])("signs nothing with %s", (_what, aws, message) => {
    const { password } = iamCredentials({ ...options, aws: aws as typeof options.aws });
    expect(password).toThrow(message);
    expect(password).not.toThrow("a-secret");
  });

  it("may be objects that keep their keys hidden, as those of the AWS SDK 2 do", () => {
    class Hidden {
      readonly accessKeyId = keys.accessKeyId;
      get secretAccessKey() {
        return keys.secretAccessKey;
      }
    }
    expect(iamCredentials({ ...options, aws: () => new Hidden() }).password()).toContain("X-Amz-Signature=");
  });

  it("is sent over TLS only", () => {
    const credentials = iamCredentials(options);
    expect(() => connectRedis({ mode: "single", host: "localhost", port: 6379, credentials })).toThrow("set tls: true");
  });
});

describe("a token for RDS", () => {
  it("is the one that another signer makes, whatever the names hold", async () => {
    const text = fc.string({ minLength: 1, unit: "grapheme" });
    await fc.assert(
      fc.asyncProperty(text, text, fc.option(text, { nil: undefined }), async (user, secretAccessKey, sessionToken) => {
        const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey, sessionToken };
        const host = "db.example.eu-west-1.rds.amazonaws.com:5432";
        const token = presign({
          service: "rds-db",
          region: "eu-west-1",
          host,
          query: { Action: "connect", DBUser: user },
          credentials,
          now,
        });
        const other = new SignatureV4({
          service: "rds-db",
          region: "eu-west-1",
          credentials,
          sha256: Sha256,
          applyChecksum: false,
        });
        const request = {
          method: "GET",
          protocol: "https:",
          hostname: host,
          path: "/",
          headers: { host },
          query: { Action: "connect", DBUser: user },
        };
        const signed = await other.presign(request, { expiresIn: 900, signingDate: now });
        expect(new URLSearchParams(token.split("?")[1]).get("X-Amz-Signature")).toBe(signed.query?.["X-Amz-Signature"]);
      }),
      { numRuns: 50, examples: [["a user!'()*", "secret", "to/ken+=="]] },
    );
  });
});
