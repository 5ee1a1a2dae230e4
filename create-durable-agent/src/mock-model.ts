import { wrapped } from "./lists.ts";
import type { Pattern } from "./templates.ts";

/** The files of `mock-model/` that depend on which patterns are chosen, by path. */
export function mockModelFiles(patterns: Pattern[]): Record<string, string> {
  const script = patterns.flatMap(({ mockModel }) => mockModel.script);
  const imports = patterns.map(({ name, mockModel }) => [`./${name}.ts`, `{ ${mockModel.agents} }`]);
  if (script.length > 0) imports.push(["./with-script.ts", "{ withScript }"], ["./model-answers.json", "script"]);
  const lines = imports
    .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1))
    .map(
      ([file = "", names]) =>
        `import ${names} from "${file}"${file.endsWith(".json") ? ' with { type: "json" }' : ""};`,
    );

  const agents = patterns.map(({ mockModel }) => `...${mockModel.agents}`);
  const list =
    script.length > 0
      ? `${wrapped("const fromTheQuestion: ScriptedAgent[] = [", agents, "];")}

/** Your agents as the mock model plays them: what is in model-answers.json is answered so, the rest is made from the question. */
export const agents = withScript(fromTheQuestion, script);`
      : `/** Your agents as the mock model plays them. Equal questions get equal answers, since they are asked again after a crash. */
${wrapped("export const agents: ScriptedAgent[] = [", agents, "];")}`;
  const index = `import type { ScriptedAgent } from "@durable-agents/crash-harness";\n${lines.join("\n")}\n\n${list}\n`;
  return {
    "mock-model/index.ts": index,
    ...(script.length > 0 && { "mock-model/model-answers.json": `${JSON.stringify(script, null, 2)}\n` }),
  };
}
