// @ts-check
import tseslint from "typescript-eslint";

export default tseslint.config(
  // bench/peers has packages of its own, which may not be installed.
  { ignores: ["**/node_modules/", "cdk.out/", ".larder/", "bench/peers/"] },
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // A floating promise in a Lambda is work lost in the freeze.
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/consistent-type-assertions": ["error", { assertionStyle: "never" }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // `as const` is the only assertion; everything else narrows with a schema or a guard.
      "no-restricted-syntax": "off",
    },
  },
  {
    // Constructs exist by being created; a test may say what the compiler can't know.
    files: ["bin/**", "lib/**", "test/**"],
    rules: { "no-new": "off", "@typescript-eslint/no-extraneous-class": "off" },
  },
  {
    files: ["test/**"],
    rules: {
      "@typescript-eslint/consistent-type-assertions": "off",
      "@typescript-eslint/require-await": "off", // a source that answers at once is still a promise
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
);
