import { blocksOf, type Page } from "../page.ts";

/** What shells are called after a fence; `sh` alone is what is run. */
const shells =
  /^(sh|bash|zsh|ksh|fish|shell|shellsession|shell-session|sh-session|console|terminal|powershell|pwsh|ps1?|cmd|bat|batch|dos)$/i;

/** What a command begins with. */
const looksLikeCommand =
  /^\s*(\$ |(export \w+=.*|\w+=\S* )?(npm|npx|pnpm|yarn|bun|node|curl|git|kill|docker|kubectl|helm|restate|cd|mkdir|export|sudo|systemctl)\s)/m;

/**
 * Finds commands that a reader would type and that nothing would run.
 *
 * @returns one line for each, with page and line
 */
export function unexecuted(page: Page): string[] {
  const { file, blocks } = page;
  const files = blocksOf(page, "code");
  return blocks.flatMap((block) => {
    const at = (why: string) => [`${file}:${block.line}: ${why}`];
    if (block.kind === "commands") {
      if (!/^\s*[^\s#]/m.test(block.script)) return at("this sh block has no command");
      return /^\s*[$>%] /m.test(block.script) ? at("leave out the prompt") : [];
    }
    // What is taken from a file is a file, and the test of that file runs it.
    if (block.kind !== "fence" || files.some(({ line, endLine }) => line < block.line && block.line < endLine))
      return [];
    const [language = ""] = block.language.split(/[\s{:,]/);
    if (shells.test(language)) return at(`a block of ${block.language} is not run: write sh, and nothing after it`);
    const isHidden = ["", "indented"].includes(language) && looksLikeCommand.test(block.text);
    return isHidden || language === "html" ? at("it is not run: put commands between fences of sh") : [];
  });
}
