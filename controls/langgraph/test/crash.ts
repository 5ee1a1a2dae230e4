import { findSubjects, type RunningSubject } from "@durable-agents/compare";

/**
 * Starts a system of this control, with a model and, if it stores anything, a database of its own.
 *
 * @param name such as `langgraph-async`
 */
export function start(name: string): Promise<RunningSubject> {
  const subject = findSubjects().find(({ info }) => info.name === name);
  if (!subject) throw new Error(`There is no system ${JSON.stringify(name)} in controls/`);
  return subject.start();
}
