/** The ways out of the network, and keys and secrets. */
import * as z from "zod/mini";
import { type CostRule, hoursPerMonth, propertiesOf } from "./cost-line";

const Endpoint = z.object({
  VpcEndpointType: z._default(z.string(), "Gateway"),
  /** One for each zone. */
  SubnetIds: z._default(z.array(z.unknown()), []),
  ServiceName: z.unknown(),
});

const endpoint: CostRule = (resource, costing) => {
  const { VpcEndpointType, SubnetIds, ServiceName } = propertiesOf(Endpoint, resource);
  if (VpcEndpointType === "Gateway") return [];
  if (VpcEndpointType !== "Interface") return costing.leaveOut(`endpoint of the type ${VpcEndpointType}`);
  const service = typeof ServiceName === "string" ? (ServiceName.split(".").at(-1) ?? "") : resource.logicalId;
  return [
    costing.line(
      "network",
      `endpoint of ${service}, zones: ${SubnetIds.length}`,
      SubnetIds.length * hoursPerMonth,
      "interface endpoint",
    ),
    costing.line("network", `what passes ${service}`, costing.traffic.endpointGB, "interface endpoint data"),
  ];
};

const network: CostRule = (_resource, costing) => [
  costing.line(
    "network",
    "between functions and stores in other zones (2 of 3 calls)",
    (costing.gigabytes(costing.traffic.storeBytesPerRequest) * costing.ofStage.requests * 2) / 3,
    "data between zones",
  ),
];

export const networkRules: Readonly<Record<string, CostRule>> = {
  "AWS::EC2::VPC": network,
  "AWS::EC2::VPCEndpoint": endpoint,
  "AWS::EC2::NatGateway": (_resource, costing) => [
    costing.line("network", "NAT gateway, without what passes it", hoursPerMonth, "nat gateway"),
  ],
  "AWS::KMS::Key": (_resource, costing) => [costing.line("keys and secrets", "key, in its first year", 1, "kms key")],
  "AWS::SecretsManager::Secret": (resource, costing) => [
    costing.line("keys and secrets", resource.logicalId, 1, "secret"),
  ],
};
