const project = (displayName, folders, more = {}) => ({
  displayName,
  testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
  transform: { "^.+\\.(ts|mjs)$": ["@swc/jest", { jsc: { target: "es2024", parser: { syntax: "typescript" } } }] },
  ...more,
});

/** `infra` needs no server, `services` shares a Redis, a Redis cluster and a PostgreSQL, `local` starts the whole application. */
export default {
  projects: [
    project("infra", ["lib"]),
    project("services", ["toolkit", "lambdas"], {
      globalSetup: "<rootDir>/test/support/start-servers.ts",
      globalTeardown: "<rootDir>/test/support/stop-servers.ts",
      setupFilesAfterEnv: ["<rootDir>/test/support/empty-redis.ts"],
    }),
    project("local", ["local"]),
  ],
  reporters: ["default", "<rootDir>/test/support/closing-line-reporter.mjs"],
  testTimeout: 30_000,
  maxWorkers: 2,
};
