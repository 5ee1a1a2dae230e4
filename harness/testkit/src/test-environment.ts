import {
  MockModel,
  type MockModelOptions,
  TestEnvironment,
  type TestEnvironmentOptions,
} from "@durable-agents/crash-harness";
import { scriptedAgents } from "@durable-agents/shared/model-answers";
import { exampleRequest } from "./requests.ts";

/** Starts a mock model that knows the agents of `packages/shared`. */
export const startMockModel = (options: MockModelOptions = {}): Promise<MockModel> =>
  MockModel.start({ agents: scriptedAgents, ...options });

/** Starts a test environment whose mock model knows the agents of `packages/shared`. */
export const startEnvironment = (options: TestEnvironmentOptions): Promise<TestEnvironment> =>
  TestEnvironment.start({
    probe: exampleRequest("claim-eligibility"),
    ...options,
    model: { agents: scriptedAgents, ...options.model },
  });
