import { MockModel as CrashHarnessModel, type MockModelOptions } from "@durable-agents/crash-harness";
import { scriptedAgents } from "./model-answers/index.ts";

/** The mock model that knows the agents of `packages/shared`. */
export class MockModel extends CrashHarnessModel {
  static override start(options: MockModelOptions = {}): Promise<MockModel> {
    return CrashHarnessModel.start({ agents: scriptedAgents, ...options });
  }
}
