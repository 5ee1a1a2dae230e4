import { defineConfig } from "vitest/config";

export default defineConfig({ test: { dir: "test", globalSetup: "test/templates.ts", testTimeout: 60_000 } });
