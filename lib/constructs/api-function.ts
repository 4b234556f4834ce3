import path from "node:path";
import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import type * as iam from "aws-cdk-lib/aws-iam";
import type * as kms from "aws-cdk-lib/aws-kms";
import * as lambda from "aws-cdk-lib/aws-lambda";
import { NodejsFunction, OutputFormat, SourceMapMode } from "aws-cdk-lib/aws-lambda-nodejs";
import * as logs from "aws-cdk-lib/aws-logs";
import type * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type * as z from "zod/mini";
import type {
  accountsEnv,
  authorizerEnv,
  catalogEnv,
  checkoutEnv,
  coordinationEnv,
  edgeKeyEnv,
  leaderboardsEnv,
  migrateEnv,
  operationsEnv,
  releaseCheckEnv,
  unmatchedEnv,
  workerEnv,
} from "../../lambdas/contract/functions";
import { bundledData, type BundledData } from "./bundled-data";
import { FunctionRole } from "./function-role";
import { RunbookAlarm } from "./runbook-alarm";

/** What each function must be given: a variable that is missing doesn't compile. */
interface FunctionEnvironments {
  readonly catalog: z.input<typeof catalogEnv>;
  readonly accounts: z.input<typeof accountsEnv>;
  readonly checkout: z.input<typeof checkoutEnv>;
  readonly leaderboards: z.input<typeof leaderboardsEnv>;
  readonly authorizer: z.input<typeof authorizerEnv>;
  readonly coordination: z.input<typeof coordinationEnv>;
  readonly worker: z.input<typeof workerEnv>;
  readonly operations: z.input<typeof operationsEnv>;
  readonly unmatched: z.input<typeof unmatchedEnv>;
  readonly migrate: z.input<typeof migrateEnv>;
  readonly "release-check": z.input<typeof releaseCheckEnv>;
  readonly "edge-key": z.input<typeof edgeKeyEnv>;
}

export type FunctionName = keyof FunctionEnvironments;

export interface ApiFunctionProps<Name extends FunctionName> {
  /** The folder below lambdas/ that holds its `handler.ts`. */
  readonly name: Name;
  readonly environment: FunctionEnvironments[Name];
  /** What its callers notice when it fails; becomes the text of its alarm. */
  readonly errorImpact: string;
  readonly memoryMiB: number;
  readonly timeoutSeconds: number;
  /** How many calls it serves at once, kept free for it. @default - what the account has left */
  readonly reservedConcurrency?: number;
  /** Its network, where only what it was granted can be reached. @default - none: it reaches the internet and no store */
  readonly vpc?: ec2.IVpc;
  /** Data to lie beside its bundle. @default - none */
  readonly data?: readonly BundledData[];
  /** Encrypts its log; must admit CloudWatch Logs, as `EncryptionKey` does. */
  readonly encryptionKey: kms.IKey;
  readonly logRetention: logs.RetentionDays;
  /** What becomes of its log with the stack. @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE */
  readonly removalPolicy?: RemovalPolicy;
  readonly alarmTopic: sns.ITopic;
  /** CloudWatch's, for what the function counts itself. @default - it counts nothing */
  readonly metricNamespace?: string;
}

/** What a function is called in its log and its metrics. */
export function serviceOf(name: FunctionName): string {
  return `larder-${name}`;
}

const root = path.join(__dirname, "../..");

/** One function of lambdas/: bundled, with its own role, log and alarm, and in a VPC its own security group. */
export class ApiFunction<Name extends FunctionName> extends Construct {
  readonly function: lambda.Function;
  readonly role: iam.IRole;

  constructor(scope: Construct, id: string, props: ApiFunctionProps<Name>) {
    super(scope, id);
    const { name, vpc } = props;
    const logGroup = new logs.LogGroup(this, "Log", {
      encryptionKey: props.encryptionKey,
      retention: props.logRetention,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });

    this.role = new FunctionRole(this, "Access", { logGroup, inVpc: vpc !== undefined }).role;

    this.function = new NodejsFunction(this, "Function", {
      entry: path.join(root, `lambdas/${name}/handler.ts`),
      projectRoot: root,
      depsLockFilePath: path.join(root, "package-lock.json"),
      description: `Larder: ${name}`,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: props.memoryMiB,
      timeout: Duration.seconds(props.timeoutSeconds),
      reservedConcurrentExecutions: props.reservedConcurrency,
      environment: {
        NODE_OPTIONS: "--enable-source-maps",
        POWERTOOLS_SERVICE_NAME: serviceOf(name), // heads each line of its log
        ...definedOf({ ...props.environment, POWERTOOLS_METRICS_NAMESPACE: props.metricNamespace }),
      },
      role: this.role,
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      tracing: lambda.Tracing.ACTIVE,
      ...(vpc && this.placeIn(vpc, name)),
      bundling: {
        format: OutputFormat.CJS,
        target: "node24",
        minify: true,
        sourceMap: true,
        sourceMapMode: SourceMapMode.DEFAULT,
        sourcesContent: false,
        // The SDK is bundled in the version that was tested; `pg-native` is optional and never installed.
        externalModules: ["pg-native"],
        commandHooks: bundledData(props.data ?? [], Stack.of(this).region),
      },
    });

    new RunbookAlarm(this, "Errors", {
      metric: this.function.metricErrors({ period: Duration.minutes(5) }),
      threshold: 1,
      datapointsToAlarm: 1,
      evaluationPeriods: 1,
      meaning: `The function ${name} failed or timed out (times in 5 minutes): ${props.errorImpact}.`,
      runbookSection: "function-errors",
      topic: props.alarmTopic,
    });
  }

  private placeIn(vpc: ec2.IVpc, name: string) {
    const securityGroup = new ec2.SecurityGroup(this, "SecurityGroup", {
      vpc,
      description: `Function ${name}: reaches only what it was granted`,
      allowAllOutbound: false,
    });
    // So the role goes after the group: with it Lambda removes the interfaces that are still in the group.
    securityGroup.node.addDependency(this.role);
    return {
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      securityGroups: [securityGroup],
    };
  }
}

function definedOf(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const defined: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) if (value !== undefined) defined[name] = value;
  return defined;
}
