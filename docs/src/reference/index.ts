import { commandPage } from "./command-page.ts";
import { contractPage } from "./contract-page.ts";
import { findLibraries, libraryPages } from "./library-pages.ts";
import { generatedFrom, paragraphs, sentence } from "./markdown.ts";

/**
 * The pages of the reference that are made from code, by their paths in `docs/`. Equal code makes equal pages: there are no
 * dates, versions of this machine or absolute paths in them.
 */
export async function referencePages(): Promise<Map<string, string>> {
  // The commands run in processes of their own; the libraries are read meanwhile.
  const commands = commandPage();
  const libraries = findLibraries();
  const pages = libraryPages(libraries);
  pages.set("reference/index.md", indexPage(libraries));
  pages.set("reference/contracts.md", contractPage());
  pages.set("reference/cli.md", await commands);
  return pages;
}

function indexPage(libraries: ReturnType<typeof findLibraries>): string {
  const lines = [
    "- [Contracts](contracts.md): every service and handler, what goes in and comes out, and a curl for each.",
    "- [Commands](cli.md): every command with its options, its exit codes, and the environment variables.",
    "- [The mock model](mock-model.md): what it speaks, what it answers, and how tests make it wait and misbehave.",
  ];
  const libraryLines = libraries.map(
    ({ folder, name, description }) => `- [${name}](api/${folder}.md): ${sentence(description)}`,
  );
  return `${paragraphs(
    generatedFrom("the libraries' package.json"),
    "# Reference",
    "What there is, by name. All of it is made from the code, or checked by running it.",
    lines.join("\n"),
    "The libraries, with all that they export:",
    libraryLines.join("\n"),
  )}\n`;
}
