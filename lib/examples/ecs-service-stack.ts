/**
 * An example, which no stage deploys: a service on ECS that uses a Redis group of Larder, in a network without internet.
 *
 * What it has to do with Redis is `grantConnect` and five variables; the rest is what any such service needs. Take it into your
 * app, with a cache of your own or `RedisCache.fromAttributes`.
 */
import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import type * as ecr from "aws-cdk-lib/aws-ecr";
import * as ecs from "aws-cdk-lib/aws-ecs";
import type * as iam from "aws-cdk-lib/aws-iam";
import type * as kms from "aws-cdk-lib/aws-kms";
import * as logs from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import type { IRedisCache } from "../constructs/redis-access";
import { ServiceEndpoint } from "../constructs/service-endpoint";

export interface EcsServiceStackProps extends StackProps {
  readonly vpc: ec2.IVpc;
  readonly encryptionKey: kms.IKey;
  readonly repository: ecr.IRepository;
  readonly imageTag: string;
  readonly cache: IRedisCache;
  /** The user to sign in as. @default - the one for any client */
  readonly userId?: string;
}

export class EcsServiceStack extends Stack {
  constructor(scope: Construct, id: string, props: EcsServiceStackProps) {
    super(scope, id, props);
    const { vpc, encryptionKey, repository, cache, userId = cache.userId } = props;
    const logGroup = new logs.LogGroup(this, "Log", {
      encryptionKey,
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const taskDefinition = new ecs.FargateTaskDefinition(this, "Task", {
      cpu: 256,
      memoryLimitMiB: 512,
      runtimePlatform: { cpuArchitecture: ecs.CpuArchitecture.ARM64 },
    });
    taskDefinition.addContainer("App", {
      image: ecs.ContainerImage.fromEcrRepository(repository, props.imageTag),
      logging: ecs.LogDrivers.awsLogs({ logGroup, streamPrefix: "app" }),
      readonlyRootFilesystem: true,
      // For connectRedis and iamCredentials of the toolkit.
      environment: {
        REDIS_MODE: cache.mode,
        REDIS_HOST: cache.host,
        REDIS_PORT: cache.port,
        REDIS_USER: userId,
        REDIS_GROUP: cache.groupId,
      },
    });
    const securityGroup = new ec2.SecurityGroup(this, "SecurityGroup", {
      vpc,
      description: "Service on ECS: reaches only what it was granted, and endpoints of AWS",
      allowAllOutbound: false,
    });
    const service = new ecs.FargateService(this, "Service", {
      cluster: new ecs.Cluster(this, "Cluster", { vpc }),
      taskDefinition,
      desiredCount: 2,
      minHealthyPercent: 100,
      circuitBreaker: { rollback: true },
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      securityGroups: [securityGroup],
    });
    cache.grantConnect(service, userId);

    const endpoints = this.waysToImageAndLog(props, securityGroup, taskDefinition.obtainExecutionRole(), logGroup);
    // The first task starts when it can fetch its image, write its log and sign in.
    service.node.addDependency(...endpoints, taskDefinition.taskRole, taskDefinition.obtainExecutionRole());
  }

  private waysToImageAndLog(
    { vpc, repository }: EcsServiceStackProps,
    user: ec2.SecurityGroup,
    userRole: iam.IRole,
    logGroup: logs.ILogGroup,
  ): Construct[] {
    const shared = { vpc, zones: vpc.isolatedSubnets.length, user, userRole, userName: "service on ECS" };
    const { repositoryArn } = repository;
    const images = {
      actions: ["ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer"],
      resources: ["*"], // a token is one for all
    };
    const { ECR, ECR_DOCKER, CLOUDWATCH_LOGS } = ec2.InterfaceVpcEndpointAwsService;
    const pull = { actions: ["ecr:BatchGetImage", ...images.actions.slice(1)], resources: [repositoryArn] };
    const write = { actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [logGroup.logGroupArn] };
    // Layers of images lie in S3. Its addresses are many, and this network leads nowhere else.
    user.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), "S3, through its endpoint");
    return [
      new ServiceEndpoint(this, "EcrApi", { ...shared, service: ECR, serviceName: "ECR", passes: images }),
      new ServiceEndpoint(this, "EcrDocker", {
        ...shared,
        service: ECR_DOCKER,
        serviceName: "images of ECR",
        passes: pull,
      }),
      new ServiceEndpoint(this, "Logs", { ...shared, service: CLOUDWATCH_LOGS, serviceName: "logs", passes: write }),
      new ec2.GatewayVpcEndpoint(this, "S3", { vpc, service: ec2.GatewayVpcEndpointAwsService.S3 }),
    ];
  }
}
