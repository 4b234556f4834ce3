import { CustomResource, Duration, Fn, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as kms from "aws-cdk-lib/aws-kms";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";

export interface EdgeKeyProps {
  /** The number of the key; with the next one a new key is made, and the one before goes on being accepted. */
  readonly generation: number;
  /** Answers with a secret's hash: lambdas/edge-key. */
  readonly hasher: lambda.IFunction;
  readonly hasherRole: iam.IRole;
  readonly encryptionKey: kms.IKey;
}

/**
 * What CloudFront proves itself with to the functions: a secret that AWS makes and only CloudFront is given, when CloudFormation
 * configures it. No template has it, and no environment: functions get its hash.
 */
export class EdgeKey extends Construct {
  /** A reference that CloudFormation replaces by the secret: for CloudFront's configuration, and nothing else. */
  readonly value: string;
  /** Of all that are accepted, parted by commas. */
  readonly hashes: string;

  constructor(scope: Construct, id: string, { generation, hasher, hasherRole: role, encryptionKey }: EdgeKeyProps) {
    super(scope, id);
    // The secret's own grant would write the role into the policy of the key, whose stack comes before.
    role.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ["kms:Decrypt"],
        resources: [encryptionKey.keyArn],
        conditions: { StringEquals: { "kms:ViaService": `secretsmanager.${Stack.of(this).region}.amazonaws.com` } },
      }),
    );
    // The functions are updated first, CloudFront after them: meanwhile it sends the one before.
    const accepted = [generation, generation - 1].filter((number) => number > 0);
    const keys = accepted.map((number) => {
      const secret = new secretsmanager.Secret(this, `Key${number}`, {
        description: "CloudFront proves itself with it to the functions of the API",
        encryptionKey,
        generateSecretString: { passwordLength: 64, excludePunctuation: true },
        removalPolicy: RemovalPolicy.DESTROY,
      });
      role.addToPrincipalPolicy(
        new iam.PolicyStatement({ actions: ["secretsmanager:GetSecretValue"], resources: [secret.secretArn] }),
      );
      const hash = new CustomResource(this, `Hash${number}`, {
        resourceType: "Custom::EdgeKeyHash",
        serviceToken: hasher.functionArn,
        serviceTimeout: Duration.minutes(5),
        properties: { SecretArn: secret.secretArn },
      });
      hash.node.addDependency(role);
      return { value: secret.secretValue.unsafeUnwrap(), hash: hash.getAttString("Sha256") };
    });
    const [present] = keys;
    if (present === undefined) throw new Error(`there is no key of generation ${generation}: use 1 or more`);
    this.value = present.value;
    this.hashes = Fn.join(
      ",",
      keys.map(({ hash }) => hash),
    );
  }
}
