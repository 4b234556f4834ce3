import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as iam from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";

export interface SecretsEndpointProps {
  readonly vpc: ec2.IVpc;
  /** In how many zones; each costs about 7 USD a month. */
  readonly zones: number;
  readonly secretArn: string;
  readonly reader: ec2.IConnectable;
  readonly readerRole: iam.IRole;
}

/** The way from a network without internet to one secret, for one reader. */
export class SecretsEndpoint extends Construct {
  constructor(scope: Construct, id: string, { vpc, zones, secretArn, reader, readerRole }: SecretsEndpointProps) {
    super(scope, id);
    const securityGroup = new ec2.SecurityGroup(this, "SecurityGroup", {
      vpc,
      description: "Endpoint of Secrets Manager: only its reader",
      allowAllOutbound: false,
    });
    reader.connections.allowTo(securityGroup, ec2.Port.tcp(443), "Secrets Manager");

    const endpoint = new ec2.InterfaceVpcEndpoint(this, "Endpoint", {
      vpc,
      service: ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
      subnets: { subnets: vpc.isolatedSubnets.slice(0, zones) },
      securityGroups: [securityGroup],
      open: false, // or CDK lets the whole network in
    });
    endpoint.addToPolicy(
      new iam.PolicyStatement({
        principals: [new iam.AnyPrincipal()],
        actions: ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
        resources: [secretArn],
        conditions: { ArnEquals: { "aws:PrincipalArn": readerRole.roleArn } },
      }),
    );
  }
}
