import { rmSync } from "node:fs";
import { Intrinsics, missingPart } from "../../../local/aws/intrinsics";
import { readAssembly } from "../../../local/aws/template";
import { endpoints, writeAssembly } from "./assembly-fixture";

const dir = writeAssembly({
  functions: { Fn: { code: "" } },
  resources: {
    Version: { Type: "AWS::Lambda::Version", Properties: { FunctionName: { Ref: "Fn" } } },
    Alias: { Type: "AWS::Lambda::Alias", Properties: { FunctionName: { Ref: "Fn" }, Name: "live" } },
    Topic: { Type: "AWS::SNS::Topic" },
  },
});
afterAll(() => rmSync(dir, { recursive: true }));

const assembly = readAssembly(dir);
const intrinsics = new Intrinsics(assembly, endpoints, "http://127.0.0.1:3000");
const stack = assembly.stacks.find(({ name }) => name === "api")!;
const resolve = (value: unknown) => intrinsics.resolve(value, stack);

it("reads the stacks in the order of deployment", () => {
  expect(assembly.stacks.map(({ name, region }) => [name, region])).toEqual([
    ["data", "eu-west-1"],
    ["api", "eu-west-1"],
  ]);
});

describe("an intrinsic function", () => {
  it.each([
    [{ Ref: "Fn" }, "api-Fn"],
    [{ "Fn::GetAtt": ["Fn", "Arn"] }, "arn:aws:lambda:eu-west-1:000000000000:function:api-Fn"],
    [{ "Fn::GetAtt": "Fn.Arn" }, "arn:aws:lambda:eu-west-1:000000000000:function:api-Fn"],
    [{ Ref: "Version" }, "arn:aws:lambda:eu-west-1:000000000000:function:api-Fn:1"],
    [{ Ref: "Alias" }, "arn:aws:lambda:eu-west-1:000000000000:function:api-Fn:live"],
    [{ "Fn::GetAtt": ["Version", "Version"] }, "1"],
    [{ "Fn::GetAtt": ["Api", "ApiEndpoint"] }, "http://127.0.0.1:3000"],
    [{ "Fn::ImportValue": "data:RedisHost" }, "redis.local"],
    [{ "Fn::ImportValue": { "Fn::Sub": "data:RedisPort" } }, "7001"],
    [{ "Fn::ImportValue": "data:Secret" }, "arn:aws:secretsmanager:eu-west-1:000000000000:secret:rds!db-data-Database"],
    [{ "Fn::Join": ["-", ["a", { Ref: "AWS::Region" }, 1]] }, "a-eu-west-1-1"],
    [{ "Fn::Join": [",", { "Fn::Split": ["/", "a/b"] }] }, "a,b"],
    [{ "Fn::Select": ["1", { "Fn::Split": ["/", { Ref: "AWS::StackId" }] }] }, "api"],
    [
      { "Fn::Sub": "${AWS::Partition}:${AWS::AccountId}:${Fn}:${Fn.Arn}:${!Fn}" },
      "aws:000000000000:api-Fn:arn:aws:lambda:eu-west-1:000000000000:function:api-Fn:${Fn}",
    ],
    [{ "Fn::Sub": ["${a}.${AWS::URLSuffix}", { a: { Ref: "AWS::StackName" } }] }, "api.amazonaws.com"],
  ])("%j is %s", (value, expected) => {
    expect(resolve(value)).toBe(expected);
  });

  it("is evaluated wherever it stands", () => {
    expect(resolve({ list: [{ Ref: "AWS::Region" }], none: { Ref: "AWS::NoValue" }, count: 3 })).toEqual({
      list: ["eu-west-1"],
      none: undefined,
      count: 3,
    });
  });

  it.each([
    [{ Ref: "Topic" }, "AWS::SNS::Topic api/Topic.Ref"],
    [{ "Fn::GetAtt": ["Topic", "TopicArn"] }, "AWS::SNS::Topic api/Topic.TopicArn"],
    [{ Ref: "Nowhere" }, "api/Nowhere.Ref"],
    [{ "Fn::ImportValue": "other:Value" }, "Fn::ImportValue other:Value"],
    [{ "Fn::FindInMap": ["a", "b", "c"] }, "Fn::FindInMap in api"],
    [{ "Fn::Join": ["", ["see ", { Ref: "Topic" }]] }, "AWS::SNS::Topic api/Topic.Ref"],
  ])("without a counterpart on this machine says so: %j", (value, what) => {
    expect(missingPart(intrinsics.text(value, stack))).toBe(what);
  });

  it("fails where text is wanted and it is none", () => {
    expect(() => intrinsics.text({ "Fn::Split": [",", "a,b"] }, stack)).toThrow("not text");
  });
});
