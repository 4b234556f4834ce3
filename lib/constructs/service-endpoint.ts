import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as iam from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";

export interface ServiceEndpointProps {
  readonly vpc: ec2.IVpc;
  readonly service: ec2.InterfaceVpcEndpointAwsService;
  /** What people call the service. */
  readonly serviceName: string;
  /** In how many zones; each costs about 7 USD a month. */
  readonly zones: number;
  readonly user: ec2.IConnectable;
  readonly userRole: iam.IRole;
  /** What the user is to it, for people. */
  readonly userName: string;
  /** All that passes it. The user must be allowed so much besides. */
  readonly passes: Pick<iam.PolicyStatementProps, "actions" | "resources" | "conditions">;
}

/** The way from a network without internet to one service of AWS, for one user; the service's usual name leads there. */
export class ServiceEndpoint extends Construct {
  constructor(scope: Construct, id: string, props: ServiceEndpointProps) {
    super(scope, id);
    const { vpc, service, serviceName, zones, user, userRole, userName, passes } = props;
    const securityGroup = new ec2.SecurityGroup(this, "SecurityGroup", {
      vpc,
      description: `Endpoint of ${serviceName}: only its ${userName}`,
      allowAllOutbound: false,
    });
    user.connections.allowTo(securityGroup, ec2.Port.tcp(443), serviceName);

    const endpoint = new ec2.InterfaceVpcEndpoint(this, "Endpoint", {
      vpc,
      service,
      subnets: { subnets: vpc.isolatedSubnets.slice(0, zones) },
      securityGroups: [securityGroup],
      open: false, // or CDK lets the whole network in
    });
    endpoint.addToPolicy(
      new iam.PolicyStatement({
        ...passes,
        principals: [new iam.AnyPrincipal()],
        conditions: { ...passes.conditions, ArnEquals: { "aws:PrincipalArn": userRole.roleArn } },
      }),
    );
  }
}
