import { basename } from "node:path";
import { type Command, CommanderError, createCommand, Option } from "commander";
import { type Assets, readAssets } from "./assets.ts";
import { ChoiceError, type Choices, requireDirectory, requireOneOf, withCalled } from "./choices.ts";
import { install, nextSteps } from "./commands.ts";
import { type PackageManager, packageManagers } from "./package-files.ts";
import { makeProject, writeProject } from "./project.ts";
import { ask } from "./prompts.ts";

/** What `--yes` takes for what is not said. */
const defaults = { directory: "my-agent", sdk: "vercel-ai" };

interface Flags {
  sdk?: string;
  pattern: string[];
  packageManager?: PackageManager;
  install?: boolean;
  yes?: boolean;
}

/**
 * Makes a project.
 *
 * @param args the command line's arguments, without node and the script
 * @returns the exit code
 */
export async function main(args: string[]): Promise<number> {
  const assets = readAssets();
  const command = createProgram(assets);
  try {
    command.parse(args, { from: "user" });
    const choices = await choose(assets, command.args[0], command.opts<Flags>());
    const project = makeProject(assets, choices);
    writeProject(choices.directory, project);
    announce(assets, choices, String(project.get("README.md")));
    return choices.install ? install(choices) : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode; // it has said why
    console.error(`error: ${error instanceof Error ? error.message : error}`);
    return error instanceof ChoiceError ? 2 : 1;
  }
}

function createProgram({ sdks, patterns, version }: Assets): Command {
  const lines = (things: [name: string, what: string][]) =>
    things.map(([name, what]) => `  ${name.padEnd(26)}${what}`).join("\n");
  return createCommand("create-durable-agent")
    .description(
      "Makes a project of its own with a durable agent on Restate: an agent with two tools, a mock model, and a test that " +
        "kills it; or, with --pattern, patterns of several agents. It asks for what is not said, when there is a terminal.",
    )
    .argument("[directory]", "the folder to make, which must not exist or be empty")
    .option("--template, --sdk <name>", "the agent SDK")
    .option(
      "--pattern <names>",
      "copy patterns instead of the template: one, several with commas, or all",
      (names: string, others: string[]) => [...others, ...names.split(",").map((name) => name.trim())],
      [],
    )
    .addOption(
      new Option("--package-manager <name>", "who installs; the one that runs this, unless set").choices(
        packageManagers,
      ),
    )
    .option("--install", "install right away")
    .option("--no-install", "leave that to you (without a terminal, that is so unless said otherwise)")
    .option("-y, --yes", `ask nothing; where nothing is said, take ${defaults.directory} and --sdk ${defaults.sdk}`)
    .version(version)
    .addHelpText("after", `\nSDKs:\n${lines(sdks.map(({ name, title }) => [name, title]))}`)
    .addHelpText("after", `\nPatterns:\n${lines(patterns.map(({ name, summary }) => [name, summary]))}`)
    .exitOverride();
}

/**
 * What is said, what is asked for, and what is taken for granted.
 *
 * @throws ChoiceError that names what is wrong or missing, and what there is
 */
async function choose(assets: Assets, argument: string | undefined, flags: Flags): Promise<Choices> {
  const sdks = assets.sdks.map(({ name }) => name);
  const patterns = [...assets.patterns.map(({ name }) => name), "all"];
  const said = {
    ...(argument !== undefined && { directory: requireDirectory(argument) }),
    ...(flags.sdk !== undefined && { sdk: requireOneOf("SDK", sdks, flags.sdk) }),
    ...(flags.install !== undefined && { install: flags.install }),
  };
  const agent = packageManagers.find((name) => process.env.npm_config_user_agent?.startsWith(`${name}/`));
  const packageManager = flags.packageManager ?? agent ?? "npm";
  const rest = { patterns: flags.pattern.map((name) => requireOneOf("pattern", patterns, name)), packageManager };
  const hasTerminal = process.stdin.isTTY && process.stdout.isTTY;
  if (hasTerminal && !flags.yes) return { ...rest, ...(await ask(assets, said, packageManager)) };
  const unsaid = [
    { what: "directory", taken: defaults.directory, say: "<directory>     the folder to make, such as my-agent" },
    { what: "sdk", taken: `--sdk ${defaults.sdk}`, say: `--sdk <name>    ${sdks.join(", ")}` },
  ].filter(({ what }) => !(what in said));
  if (unsaid.length > 0 && !flags.yes) {
    const missing = unsaid.map(({ say }) => `  ${say}\n`).join("");
    throw new ChoiceError(
      `There is no terminal to ask in, and this is missing:\n${missing}Add it, or --yes to take the defaults.`,
    );
  }
  if (unsaid.length > 0) console.log(`Not said, so taken: ${unsaid.map(({ taken }) => taken).join(" ")}`);
  const chosen = { ...defaults, install: false, ...said };
  return { ...rest, ...chosen, directory: requireDirectory(chosen.directory) };
}

function announce(assets: Assets, choices: Choices, readme: string): void {
  const title = assets.sdks.find(({ name }) => name === choices.sdk)?.title;
  const patterns = withCalled(assets, choices.patterns).map(({ name }) => name);
  const what = patterns.join(", ") || "an agent with two tools,";
  console.log(`\n${basename(choices.directory)}: ${what} with ${title}.\n\n${nextSteps(choices, readme)}`);
}
