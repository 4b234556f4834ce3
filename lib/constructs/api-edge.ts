import { Duration, Stack } from "aws-cdk-lib";
import * as acm from "aws-cdk-lib/aws-certificatemanager";
import * as cloudfront from "aws-cdk-lib/aws-cloudfront";
import { HttpOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import { Construct } from "constructs";
import { edgeHeaders } from "../../lambdas/contract/edge";
import type { DomainSettings } from "./edge-settings";

export interface ApiEdgeProps {
  readonly apiId: string;
  /** What CloudFront proves itself with to the functions: a reference to a secret. */
  readonly keyValue: string;
  /** @default - CloudFront's own name */
  readonly domain?: DomainSettings;
  /** A web ACL of the scope CLOUDFRONT. @default - none */
  readonly firewallArn?: string;
}

/** Runs in CloudFront, which knows who asks. What a caller sends under that name is replaced. */
const viewerAddressCode = `function handler(event) {
  event.request.headers["${edgeHeaders.viewer}"] = { value: event.viewer.ip };
  return event.request;
}
`;

/** All whose answers CloudFront would keep for ten seconds and give to others, whoever asked. */
const errorStatuses = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];

/** CloudFront in front of the HTTP API. It keeps no answer, and passes on all that callers send but the name that they called. */
export class ApiEdge extends Construct {
  readonly url: string;
  /** The name that a domain's record must lead to. */
  readonly target: string;

  constructor(scope: Construct, id: string, { apiId, keyValue, domain, firewallArn }: ApiEdgeProps) {
    super(scope, id);
    const { region, urlSuffix, stackName } = Stack.of(this);
    const distribution = new cloudfront.Distribution(this, "Distribution", {
      comment: stackName,
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      webAclId: firewallArn,
      ...(domain && {
        domainNames: [domain.name],
        certificate: acm.Certificate.fromCertificateArn(this, "Certificate", domain.certificateArn),
        minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
      }),
      defaultBehavior: {
        origin: new HttpOrigin(`${apiId}.execute-api.${region}.${urlSuffix}`, {
          protocolPolicy: cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
          originSslProtocols: [cloudfront.OriginSslPolicy.TLS_V1_2],
          readTimeout: Duration.seconds(30), // as long as API Gateway lets a function take
          customHeaders: { [edgeHeaders.key]: keyValue },
        }),
        allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
        // Tokens travel in headers: over http they would be sent before anybody could redirect them.
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
        cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
        // API Gateway finds an API by the name that is called, so it must be its own.
        originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        functionAssociations: [
          {
            eventType: cloudfront.FunctionEventType.VIEWER_REQUEST,
            function: new cloudfront.Function(this, "ViewerAddress", {
              comment: "Tells the API who asks",
              code: cloudfront.FunctionCode.fromInline(viewerAddressCode),
              runtime: cloudfront.FunctionRuntime.JS_2_0,
            }),
          },
        ],
      },
      errorResponses: errorStatuses.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) })),
    });
    this.target = distribution.distributionDomainName;
    this.url = `https://${domain?.name ?? this.target}`;
  }
}
