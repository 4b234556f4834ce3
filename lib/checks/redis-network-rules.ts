/** Where a replication group stands, and who can reach it. */
import * as z from "zod/mini";
import { mistake, type RedisMistake, shown } from "./redis-mistake";
import type { TemplateResource, Templates } from "./templates";

const Ingress = z.object({ CidrIp: z.optional(z.unknown()), CidrIpv6: z.optional(z.unknown()) });
const everybody: readonly unknown[] = ["0.0.0.0/0", "::/0"];
const defaultPort = 6379;

export function* checkNetwork(group: TemplateResource, templates: Templates): Generator<RedisMistake> {
  const { CacheSubnetGroupName: subnets, Port: port, SecurityGroupIds: securityGroups } = group.properties;
  if (subnets === undefined)
    yield mistake(
      "subnets",
      "CacheSubnetGroupName",
      `CacheSubnetGroupName is ${shown(subnets)}: name a group of isolated subnets, or the nodes stand in the account's default network`,
    );
  if ((port ?? defaultPort) === defaultPort)
    yield mistake(
      "port",
      "Port",
      `Port is ${shown(port)}, which everybody tries first: use another, or acknowledge it with a reason`,
    );
  for (const reference of Array.isArray(securityGroups) ? securityGroups : []) {
    const securityGroup = templates.behind(reference, group.templatePath);
    if (securityGroup === undefined) continue;
    for (const source of sourcesOf(securityGroup, templates).filter((from) => everybody.includes(from)))
      yield mistake(
        "open-to-all",
        "SecurityGroupIds",
        `the security group ${securityGroup.logicalId} lets ${shown(source)} in: let clients in by their security groups, as grantConnect does`,
      );
  }
}

/** Where a security group lets callers come from, whether it says so itself or another resource does. */
function sourcesOf(securityGroup: TemplateResource, templates: Templates): unknown[] {
  const own = z.array(Ingress).safeParse(securityGroup.properties.SecurityGroupIngress).data ?? [];
  const others = templates.resources
    .filter(
      ({ type, properties, templatePath }) =>
        type === "AWS::EC2::SecurityGroupIngress" &&
        templates.behind(properties.GroupId, templatePath) === securityGroup,
    )
    .map(({ properties }) => Ingress.parse(properties));
  return [...own, ...others].flatMap(({ CidrIp, CidrIpv6 }) => [CidrIp, CidrIpv6]);
}
