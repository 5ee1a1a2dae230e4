import type { MarkdownRenderer } from "vitepress";
import { type Page, parsePage } from "./page.ts";
import { apiPage, isElsewhere, isInRepository, repositoryUrl, targetOf } from "./repository.ts";
import { followsSdk, forSdk, sdks } from "./sdks.ts";

type Token = ReturnType<MarkdownRenderer["parse"]>[number];

/**
 * What the site does with pages that a forge does not: code, commands and outputs of each SDK are in tabs; diagrams are
 * drawn; links to files of the repository lead there.
 */
export function documentation(markdown: MarkdownRenderer): void {
  markdown.core.ruler.before("normalize", "tabs", (state) => {
    state.src = withTabs(parsePage(state.env.relativePath ?? "", state.src));
  });
  markdown.core.ruler.push("links", ({ tokens, env }) => {
    for (const { children } of tokens) if (children) pointLinks(children, env.relativePath ?? "");
  });
  const { rules } = markdown.renderer;
  const usual = rules.fence;
  rules.fence = (tokens, index, options, env, self) => {
    const { info, content } = tokens[index] as Token;
    // The source stands in the page until it is drawn, and where nothing can be drawn.
    if (info.trim() === "mermaid")
      return `<div class="diagram"><pre v-pre>${markdown.utils.escapeHtml(content)}</pre></div>\n`;
    const code = usual?.(tokens, index, options, env, self) ?? "";
    // The columns of a terminal have to stay; what is longer is text that may wrap.
    const isWide = content.split("\n").some((line) => line.length > 90);
    return isWide ? code.replace('class="language-text', 'class="wraps language-text') : code;
  };
}

/** A page with tabs of vitepress-plugin-tabs: a chosen SDK is chosen everywhere. */
export function withTabs({ blocks, source }: Page): string {
  const lines = source.split("\n");
  const replace = (first: number, last: number, make: (text: string) => string) =>
    lines.splice(first - 1, last - first + 1, make(lines.slice(first - 1, last).join("\n")));
  /** The last line of a fenced block. */
  const endOf = (line: number, text: string) => line + text.split("\n").length;
  // From the end, so that the lines of the others stay where they are.
  for (const block of blocks.toReversed()) {
    if (block.kind === "code" && block.source.includes("*")) replace(block.line, block.endLine, codeTabs);
    else if (block.kind === "commands" || block.kind === "wait") {
      const { output } = block;
      const commands = block.kind === "commands" ? block.script : "";
      if (!followsSdk(commands) && !followsSdk(output?.text ?? "")) continue;
      const first = block.kind === "commands" ? block.line : (output?.line ?? 0);
      replace(first, output ? endOf(output.line, output.text) : endOf(first, commands), (text) =>
        tabs(sdks.map((sdk) => [sdk.title, forSdk(text, sdk)])),
      );
    }
  }
  return lines.join("\n");
}

/** What a forge shows as details, one for each SDK, as tabs. */
const codeTabs = (details: string) =>
  tabs(
    [...details.matchAll(/<summary>(.*?): (<code>.*?<\/code>)<\/summary>\n([\s\S]*?)\n<\/details>/g)].map(
      ([, title = "", file = "", code = ""]) => [title, `${file}\n${code}`],
    ),
  );

/** Names of tabs become ids, which have no spaces. */
const tabs = (all: [title: string, text: string][]) =>
  [":::tabs key:sdk", ...all.map(([title, text]) => `== ${title.replaceAll(" ", "\u00a0")}\n\n${text}\n`), ":::"].join(
    "\n",
  );

/** Points links to where things are on the site, or in the repository; if that is not known, the path is shown. */
function pointLinks(tokens: Token[], page: string): void {
  for (const [index, token] of tokens.entries()) {
    const attribute = token.type === "image" ? "src" : "href";
    const target = token.attrGet(attribute);
    if (!target || isElsewhere(target) || target.startsWith("/")) continue;
    const { path, anchor } = targetOf(page, target);
    if (!isInRepository(path)) throw new Error(`${page}: ${target} is not in the repository`);
    const api = apiPage(path);
    if (path.startsWith("docs/public/")) token.attrSet(attribute, path.slice("docs/public".length));
    else if (api) token.attrSet(attribute, `/${api}`);
    else if (!/^docs\/.*\.md$/.test(path)) {
      const url = repositoryUrl(path, anchor);
      if (url) token.attrSet(attribute, url);
      else showPath(tokens.slice(index), path);
    }
  }
}

/** Makes a link that leads nowhere text, with its path; a text that is the end of the path would say it twice. */
function showPath([open, text, ...others]: Token[], path: string): void {
  const close = others.find(({ type }) => type === "link_close");
  const code = `<code>${path}</code>`;
  const isPath = path.endsWith(text?.content ?? "");
  const show = (token: Token | undefined, content: string) =>
    Object.assign(token ?? {}, { type: "html_inline", content });
  show(open, "");
  if (isPath) show(text, code);
  show(close, isPath ? "" : ` (${code})`);
}
