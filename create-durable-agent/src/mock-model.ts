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
  const list = "export const agents: ScriptedAgent[] = ";
  const index = `import type { ScriptedAgent } from "@durable-agents/crash-harness";
${lines.join("\n")}

/** Your agents as the mock model plays them.${
    script.length > 0
      ? " What is in model-answers.json is answered so; the rest is made from the question."
      : " Answers are made from the question, so that equal questions get equal ones."
  } */
${script.length > 0 ? wrapped(`${list}withScript([`, agents, "], script);") : wrapped(`${list}[`, agents, "];")}
`;
  return {
    "mock-model/index.ts": index,
    ...(script.length > 0 && { "mock-model/model-answers.json": `${JSON.stringify(script, null, 2)}\n` }),
  };
}
