/** The import directions of docs/architecture.md. Each comment says what to do instead. */
const forbid = (name, comment, from, to) => ({ name, severity: "error", comment, from, to });

module.exports = {
  forbidden: [
    forbid("no-cycles", "Move what both need into a third file.", {}, { circular: true }),
    forbid(
      "no-orphans",
      "Import it or delete it.",
      { orphan: true, pathNot: ["\\.d\\.ts$", "^(bin/app|lambdas/[^/]+/handler)\\.ts$", "^test/", "\\.(cjs|mjs)$"] },
      {},
    ),
    forbid(
      "bin-builds-from-lib",
      "bin composes stacks; what it needs of the application is in lambdas/contract.",
      { path: "^bin/" },
      { path: "^(lambdas|toolkit|local|test)/" },
    ),
    forbid(
      "lib-shares-only-the-contract",
      "Put what infrastructure and application share into lambdas/contract.",
      { path: "^lib/" },
      { path: "^(bin|toolkit|local|test|lambdas/(?!contract/))" },
    ),
    forbid(
      "constructs-know-no-config",
      "Pass it as a prop, so that the construct can be taken as it is.",
      { path: "^lib/constructs/" },
      { path: "^lib/(config|stacks)" },
    ),
    forbid(
      "application-knows-no-infrastructure",
      "Put what both need into lambdas/contract.",
      { path: "^lambdas/" },
      { path: "^(bin|lib|local|test)/|aws-cdk-lib|constructs" },
    ),
    forbid(
      "contract-imports-only-zod",
      "The contract is bundled everywhere: keep it to schemas and constants.",
      { path: "^lambdas/contract/" },
      { pathNot: "^(lambdas/contract/|node_modules/zod/)" },
    ),
    forbid(
      "no-function-imports-another",
      "Move what both need to shop, platform or contract.",
      { path: "^lambdas/(?!contract|platform|shop)([^/]+)/" },
      { path: "^lambdas/(?!contract/|platform/|shop/|$1/)" },
    ),
    forbid(
      "shop-is-below-the-functions",
      "The domain knows no function; pass what it needs.",
      { path: "^lambdas/shop/" },
      { path: "^lambdas/(?!contract/|platform/|shop/)" },
    ),
    forbid(
      "platform-is-below-the-domain",
      "Platform knows no film; move it to shop.",
      { path: "^lambdas/platform/" },
      { path: "^lambdas/(?!contract/|platform/)" },
    ),
    forbid(
      "toolkit-stands-alone",
      "The toolkit is published: it knows no Lambda, HTTP, CDK or SQL.",
      { path: "^toolkit/" },
      { path: "^(bin|lib|lambdas|local|test)/|aws-lambda-powertools|aws-cdk-lib|node_modules/pg/" },
    ),
    forbid(
      "only-toolkit-opens-redis",
      "Connect with connectRedis.",
      { path: "^(lambdas|lib|bin)/" },
      { path: "node_modules/ioredis/", dependencyTypesNot: ["type-only"] },
    ),
    forbid(
      "only-platform-opens-postgres",
      "Take a Database from platform/database.",
      { path: "^lambdas/(?!platform/)" },
      { path: "node_modules/pg/", dependencyTypesNot: ["type-only"] },
    ),
    forbid(
      "local-reads-the-synthesized-app",
      "Read cdk.out, so that what runs locally is what is deployed.",
      { path: "^local/" },
      { path: "^(bin|lib|lambdas|toolkit|test)/" },
    ),
    forbid("nothing-imports-tests", "Move it out of test/.", { pathNot: "^(test|bench)/" }, { path: "^test/" }),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      extensions: [".ts", ".mjs", ".cjs", ".js", ".json"],
      conditionNames: ["import", "require", "node", "default", "types"],
      exportsFields: ["exports"],
    },
  },
};
