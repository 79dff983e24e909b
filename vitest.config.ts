import { defineConfig } from "vitest/config";

// What runs in milliseconds; whole stories on the pocket AWS, which need the time of a real recovery; and what these used.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/scenarios/**", "test/permissions/**", "test/chaos/**"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "scenarios",
          include: ["test/scenarios/**/*.test.ts"],
          setupFiles: ["test/support/record-usage.ts"],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "chaos",
          include: ["test/chaos/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
        },
      },
      { test: { name: "permissions", include: ["test/permissions/**/*.test.ts"], testTimeout: 30_000 } },
    ],
  },
});
