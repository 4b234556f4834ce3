import { iamCredentials } from "@larder/toolkit";
import { tokenFindings } from "../../../toolkit/doctor/token";

const signedAt = new Date("2025-01-01T00:00:00Z");
const keys = { accessKeyId: "key", secretAccessKey: "secret" };
const signer = { user: "app", region: "eu-west-1", aws: () => keys, now: () => signedAt };
const token = iamCredentials({ ...signer, group: "films" }).password();
const expected = { user: "app", name: "films", serverless: false, region: "eu-west-1" };
const at = (minutes: number) => signedAt.getTime() + minutes * 60_000;

it("a token that was signed just now for the right thing fits", () => {
  expect(tokenFindings(token, expected, at(10))).toEqual([
    { check: "token", says: "it was signed 10 minutes ago, and fits" },
  ]);
});

it("one that is older than a quarter of an hour has expired", () => {
  expect(tokenFindings(token, expected, at(47))).toMatchObject([
    { fault: "expired-token", says: "it was signed 47 minutes ago, by this clock, and was good for 15" },
  ]);
});

it("one from the future says that clocks differ", () => {
  expect(tokenFindings(token, expected, at(-7))).toMatchObject([{ fault: "clock" }]);
});

it.each([
  ["name", { name: "other" }, 'its name is "films" and should be "other"'],
  ["user", { user: "other" }, 'its user is "app" and should be "other"'],
  ["region", { region: "us-east-1" }, 'its region is "eu-west-1" and should be "us-east-1"'],
  ["kind", { serverless: true }, 'its ResourceType is "" and should be "ServerlessCache"'],
])("one for another %s says which", (_what, other, says) => {
  expect(tokenFindings(token, { ...expected, ...other }, at(1))).toMatchObject([{ fault: "token", says }]);
});

it("what is no token is called none", () => {
  expect(tokenFindings("secret", expected, at(0))).toMatchObject([{ fault: "token" }]);
});
