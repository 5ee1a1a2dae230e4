import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

// `npm test` runs the project "quick", `npm run test:all` the others. What is in "slow", and why, stands in CONTRIBUTING.md.
// `*.rounds.test.ts` is in both: what must hold in whatever order steps end is tried 5 times in the one, 50 in the other.
// A test waits for what comes, however slow the machine is: its time limit only ends what hangs.
const timeouts = { testTimeout: 300_000, hookTimeout: 300_000, teardownTimeout: 120_000 };

/** It keeps a core busy, and comes last. */
const STARVES_OTHERS = "harness/compare/test/busy-machine.slow.test.ts";

/** What takes minutes is started first, also where it never ran before. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) =>
      Number(/(conformance\.rounds|mutations\.slow|projects\.slow)\.test\.ts$/.test(moduleId));
    return (await super.sort(files)).toSorted((a, b) => isLong(b) - isLong(a));
  }
}

export default defineConfig({
  test: {
    // Most tests wait for processes of their own. What they import is imported once for each worker, so a test leaves
    // the environment, and what it spies on, as it was.
    maxWorkers: 6,
    isolate: false,
    maxConcurrency: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...timeouts,
          name: "quick",
          provide: { rounds: 5, slow: false },
          include: ["**/*.test.ts"],
          exclude: [
            "**/*.slow.test.ts",
            "**/node_modules/**",
            "**/dist/**",
            "create-durable-agent/assets/**",
            "create-durable-agent/template-*/**",
            "docs/guides/files/**",
          ],
        },
      },
      {
        test: {
          ...timeouts,
          name: "slow",
          testTimeout: 900_000,
          // They ask registries, browsers and package managers: in CI, what fails is tried once more, and reported so.
          retry: process.env.CI ? 1 : 0,
          provide: { rounds: 50, slow: true },
          include: ["**/*.slow.test.ts", "**/*.rounds.test.ts"],
          exclude: [STARVES_OTHERS, "**/node_modules/**", "**/dist/**"],
        },
      },
      {
        test: {
          ...timeouts,
          name: "alone",
          testTimeout: 900_000,
          include: [STARVES_OTHERS],
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
