import MarkdownIt from "markdown-it";
import type { Page } from "../page.ts";
import { stepsOf } from "./steps.ts";

/** What shells are called after a fence; `sh` alone is what is run. */
const shells =
  /^(sh|bash|zsh|ksh|fish|shell|shellsession|shell-session|sh-session|console|terminal|powershell|pwsh|ps1?|cmd|bat|batch|dos)$/i;

/** What a command begins with. */
const looksLikeCommand =
  /^\s*(\$ |(export \w+=.*|\w+=\S* )?(npm|npx|pnpm|yarn|bun|node|curl|git|kill|docker|kubectl|helm|restate|cd|mkdir|export|sudo|systemctl)\s)/m;

/**
 * Finds commands that a reader would type and that the test would not run, and blocks that it can't run.
 *
 * @returns one line for each, with page and line
 */
export function unexecuted(page: Page): string[] {
  const { file, source, blocks } = page;
  const problems: { line: number; why: string }[] = [];
  const embeds = blocks.filter((block) => block.kind === "code");
  for (const block of blocks) {
    if (block.kind === "commands" && !/^\s*[^\s#]/m.test(block.script)) {
      problems.push({ line: block.line, why: "this sh block has no command" });
    }
    // What is taken from a file is a file, and the test of that file runs it.
    if (block.kind !== "fence" || embeds.some(({ line, endLine }) => line < block.line && block.line < endLine))
      continue;
    const [language = ""] = block.language.split(/[\s{:,]/);
    if (shells.test(language)) {
      problems.push({
        line: block.line,
        why: `a block of ${block.language} is not run: write sh, and nothing after it`,
      });
    } else if (language === "" && looksLikeCommand.test(block.text)) {
      problems.push({ line: block.line, why: "a block without a language is not run: write sh, or text" });
    }
  }
  for (const { type, map, content } of new MarkdownIt({ html: true }).parse(source, {})) {
    const line = (map?.[0] ?? 0) + 1;
    if (type === "code_block" && looksLikeCommand.test(content)) {
      problems.push({ line, why: "a block that is only indented is not run: put it between fences of sh" });
    }
    if (type === "html_block" && /<pre\b/i.test(content)) {
      problems.push({ line, why: "a block of <pre> is not run: put commands between fences of sh" });
    }
  }
  const found = problems.toSorted((a, b) => a.line - b.line).map(({ line, why }) => `${file}:${line}: ${why}`);
  try {
    stepsOf(page);
  } catch (error) {
    found.push((error as Error).message);
  }
  return found;
}
