import { synthesizedStages, type Resource } from "./support/synthesized-stage";
import type { Json } from "./support/json";

const everywhere = /^(0\.0\.0\.0\/0|::\/0)$/;

describe.each(synthesizedStages)("stage $name", ({ synthesized }) => {
  const rules = (type: "Ingress" | "Egress"): Record<string, Json>[] => [
    ...synthesized.resources(`AWS::EC2::SecurityGroup${type}`).map(({ Properties }) => Properties),
    ...synthesized
      .resources("AWS::EC2::SecurityGroup")
      .flatMap(({ Properties }) => Properties[`SecurityGroup${type}`] ?? []),
  ];
  const addressOf = (rule: Record<string, Json>) => String(rule.CidrIp ?? rule.CidrIpv6);

  it("has no way in or out: no gateway, no NAT, no public address", () => {
    for (const type of ["AWS::EC2::InternetGateway", "AWS::EC2::NatGateway", "AWS::EC2::EIP", "AWS::EC2::Route"])
      expect(synthesized.resources(type)).toEqual([]);
    for (const { Properties } of synthesized.resources("AWS::EC2::Subnet"))
      expect(Properties.MapPublicIpOnLaunch).toBe(false);
  });

  it("admits to no security group anything but another one", () => {
    expect(rules("Ingress").filter((rule) => rule.SourceSecurityGroupId === undefined)).toEqual([]);
    expect(rules("Ingress").length).toBeGreaterThan(0);
  });

  it("lets no security group send to everywhere", () => {
    expect(rules("Egress").filter((rule) => everywhere.test(addressOf(rule)))).toEqual([]);
    // A group without any rule for sending may, by EC2's default, send to everywhere.
    const limited = (group: Resource) =>
      group.Properties.SecurityGroupEgress !== undefined ||
      synthesized
        .resources("AWS::EC2::SecurityGroupEgress")
        .some((rule) => synthesized.behind(rule.Properties.GroupId, rule.stack).id === group.id);
    expect(synthesized.resources("AWS::EC2::SecurityGroup").filter((group) => !limited(group))).toEqual([]);
  });

  it("lies in the zones of the config, without asking AWS for them", () => {
    const zones = synthesized.resources("AWS::EC2::Subnet").map(({ Properties }) => Properties.AvailabilityZone);
    expect(zones).toEqual(synthesized.config.availabilityZones);
  });

  it("closes the default security group", () => {
    expect(synthesized.resources("Custom::VpcRestrictDefaultSG")).toHaveLength(1);
  });
});
