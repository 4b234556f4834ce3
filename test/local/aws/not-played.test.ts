import { rmSync } from "node:fs";
import { notPlayed } from "../../../local/aws/not-played";
import { readAssembly } from "../../../local/aws/template";
import { writeAssembly } from "./assembly-fixture";

it("names CloudFront and the firewall before an API: this machine answers without them", () => {
  const folder = writeAssembly({
    functions: {},
    resources: { Edge: { Type: "AWS::CloudFront::Distribution" }, Acl: { Type: "AWS::WAFv2::WebACL" } },
  });
  try {
    expect(notPlayed(readAssembly(folder))).toEqual(["CloudFront distribution: Edge", "firewall: Acl"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
