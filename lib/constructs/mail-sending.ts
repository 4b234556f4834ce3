import { Stack } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as iam from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { ServiceEndpoint } from "./service-endpoint";

export interface MailSendingProps {
  readonly vpc: ec2.IVpc;
  /** The address that mail may be sent from, and no other. */
  readonly from: string;
  /** In how many zones SES can be reached; each costs about 7 USD a month. */
  readonly endpointZones: number;
  readonly sender: ec2.IConnectable;
  readonly senderRole: iam.IRole;
}

/** Lets one function send mail through SES from one address: the way there, and the right to. */
export class MailSending extends Construct {
  constructor(scope: Construct, id: string, { vpc, from, endpointZones, sender, senderRole }: MailSendingProps) {
    super(scope, id);
    const sending = {
      actions: ["ses:SendEmail"],
      // The address limits it, not these: beside the identity of the sender (its address or domain) SES asks for the recipient's, as
      // long as the account is in its sandbox, and for the configuration set that an identity may bring along.
      resources: ["identity", "configuration-set"].map((resource) =>
        Stack.of(this).formatArn({ service: "ses", resource, resourceName: "*" }),
      ),
      conditions: { StringEquals: { "ses:FromAddress": from } },
    };
    senderRole.addToPrincipalPolicy(new iam.PolicyStatement(sending));
    new ServiceEndpoint(this, "Endpoint", {
      vpc,
      service: ec2.InterfaceVpcEndpointAwsService.EMAIL,
      serviceName: "SES",
      zones: endpointZones,
      user: sender,
      userRole: senderRole,
      userName: "sender",
      passes: sending,
    });
  }
}
