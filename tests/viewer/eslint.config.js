// What ESLint says of the page's modules and of their tests; tsc finds undefined names.
import { createRequire } from "node:module";

// The tools may be installed elsewhere: the tests name a file in their folder.
const js = createRequire(process.env.MRNET_NODE_TOOLS ?? import.meta.url)("@eslint/js");

export default [
  js.configs.recommended,
  {
    rules: {
      complexity: ["error", 12],
      eqeqeq: ["error", "always", { null: "ignore" }],
      "max-lines": ["error", { max: 500, skipBlankLines: true, skipComments: true }],
      "no-restricted-properties": ["error", { property: "innerHTML", message: "Data enters the page as text." }],
      "no-shadow": "error",
      "no-undef": "off",
      "no-var": "error",
      "prefer-const": "error",
    },
  },
];
