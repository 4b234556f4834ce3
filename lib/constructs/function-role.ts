import * as iam from "aws-cdk-lib/aws-iam";
import type * as logs from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";

export interface FunctionRoleProps {
  readonly logGroup: logs.ILogGroup;
  readonly inVpc: boolean;
}

/** The role of one function: it writes its own log, and in a VPC lets Lambda make its network interface. Grants add the rest. */
export class FunctionRole extends Construct {
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, { logGroup, inVpc }: FunctionRoleProps) {
    super(scope, id);
    this.role = new iam.Role(this, "Role", { assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com") });
    this.role.addToPolicy(
      new iam.PolicyStatement({
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [logGroup.logGroupArn],
      }),
    );
    if (inVpc) this.letLambdaMakeInterfaces();
  }

  private letLambdaMakeInterfaces(): void {
    // Interfaces have no name before they exist, so these can't be narrowed to some of them.
    const all = { resources: ["*"], actions: interfaceActions };
    this.role.addToPolicy(new iam.PolicyStatement(all));
    // Lambda itself asks without this key; the function's code, or whoever has its credentials, asks with it.
    this.role.addToPolicy(
      new iam.PolicyStatement({
        ...all,
        effect: iam.Effect.DENY,
        conditions: { Null: { "lambda:SourceFunctionArn": "false" } },
      }),
    );
  }
}

const interfaceActions = [
  "ec2:CreateNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:DeleteNetworkInterface",
  "ec2:AssignPrivateIpAddresses",
  "ec2:UnassignPrivateIpAddresses",
];
