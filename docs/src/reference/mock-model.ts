import { join } from "node:path";
import { repositoryRoot } from "../repository.ts";
import { type Declaration, declarationsOf } from "./declarations.ts";
import { callableParts, memberTable, resolveLinks } from "./library-pages.ts";
import { code, fenced, paragraphs } from "./markdown.ts";

/** What a reader needs of the mock model's types, in this order. */
const shown = ["MockModel", "MockModelOptions", "ModelMisbehaviour", "MisbehaviourRule", "ModelAnswer", "RecordedCall"];

/** The part of `reference/mock-model.md` that comes from the TSDoc of the class and of the types that it takes. */
export function mockModelSection(): string {
  const all = declarationsOf(join(repositoryRoot, "harness/testkit/src/index.ts"), shown);
  const links = (name: string) => (shown.includes(name) ? `[${code(name)}](#${name.toLowerCase()})` : code(name));
  const section = ({ name, kind, comment, signature, callable, members }: Declaration) =>
    paragraphs(
      `### ${name}`,
      resolveLinks(comment.text, links),
      ...(callable ? callableParts(callable, links) : []),
      kind === "type" ? fenced("ts", signature) : undefined,
      memberTable(members, links),
    );
  return paragraphs(
    ...shown.map((name) => {
      const found = all.find((declaration) => declaration.name === name);
      if (!found)
        throw new Error(`@durable-agents/testkit does not export ${name}, which reference/mock-model.md shows`);
      return section(found);
    }),
  );
}
