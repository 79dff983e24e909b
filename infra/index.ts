/** What other CDK apps use. */
export { Backstitch, type BackstitchProps } from "./backstitch.ts";
export { BackstitchStack } from "./backstitch-stack.ts";
export { defineConfig } from "./config.ts";
