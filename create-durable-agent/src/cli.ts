import { basename } from "node:path";
import { type Command, CommanderError, createCommand, Option } from "commander";
import { getUserAgent } from "package-manager-detector";
import {
  ChoiceError,
  type Choices,
  list,
  requireDirectory,
  requirePatterns,
  requireSdk,
  withFoundations,
} from "./choices.ts";
import { install } from "./install.ts";
import { nextSteps } from "./next-steps.ts";
import { isPackageManager } from "./package-files.ts";
import { makeProject } from "./project.ts";
import { ask, CancelledError } from "./prompts.ts";
import { type PackageManager, packageManagers, readTemplates, type Templates } from "./templates.ts";
import { writeProject } from "./write.ts";

/** What `--yes` takes for what is not said: one folder, one SDK, and the smallest pattern. */
export const defaults = { directory: "my-agent", sdk: "vercel-ai", pattern: "router" };

interface Flags {
  sdk?: string;
  pattern?: string[];
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
  const templates = readTemplates();
  const command = createProgram(templates);
  try {
    command.parse(args, { from: "user" });
    const choices = await choose(templates, command.args[0], command.opts<Flags>());
    const project = makeProject(templates, choices);
    writeProject(choices.directory, project);
    announce(templates, choices);
    return choices.install ? await install(choices) : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode; // it has said why
    if (error instanceof CancelledError) return 130;
    console.error(`error: ${error instanceof Error ? error.message : error}`);
    return error instanceof ChoiceError ? 2 : 1;
  }
}

function createProgram(templates: Templates): Command {
  const { sdks, patterns, version } = templates;
  const patternLines = patterns.map(({ name, summary }) => `  ${name.padEnd(26)}${summary}`).join("\n");
  const sdkLines = sdks.map(({ name, title }) => `  ${name.padEnd(26)}${title}`).join("\n");
  return createCommand("create-durable-agent")
    .description(
      "Makes a project of its own with durable agents on Restate: the SDK and the patterns that you choose, a mock model, and " +
        "a test that kills it. It asks for what is not said, when there is a terminal.",
    )
    .argument("[directory]", "the folder to make, which must not exist or be empty")
    .option("--sdk <name>", "the agent SDK")
    .option("--pattern <name...>", "one or several patterns, or all")
    .addOption(
      new Option("--package-manager <name>", "who installs; the one that runs this, unless set").choices(
        packageManagers,
      ),
    )
    .option("--install", "install right away")
    .option("--no-install", "leave that to you (without a terminal, that is so unless said otherwise)")
    .option(
      "-y, --yes",
      `ask nothing; where nothing is said, take ${defaults.directory}, --sdk ${defaults.sdk} and --pattern ${defaults.pattern}`,
    )
    .version(version)
    .addHelpText("after", `\nSDKs:\n${sdkLines}\n\nPatterns:\n${patternLines}`)
    .exitOverride();
}

/** What is said, what is asked for, and what is taken for granted. */
async function choose(templates: Templates, argument: string | undefined, flags: Flags): Promise<Choices> {
  // `--pattern router my-agent` takes both for patterns, since a pattern may be followed by others.
  const { directory, pattern } = sortOut(templates, argument, flags.pattern);
  const given = {
    ...(directory !== undefined && { directory: requireDirectory(directory) }),
    ...(flags.sdk !== undefined && { sdk: requireSdk(templates, flags.sdk) }),
    ...(pattern && { patterns: requirePatterns(templates, pattern) }),
    ...(flags.install !== undefined && { install: flags.install }),
  };
  const packageManager = flags.packageManager ?? runningPackageManager();
  if (flags.yes) return { ...takeDefaults(templates, given), packageManager };
  if (process.stdin.isTTY && process.stdout.isTTY)
    return { ...(await ask(templates, given, packageManager)), packageManager };
  return { ...requireAll(templates, given), packageManager };
}

type Given = Partial<Omit<Choices, "packageManager">>;

function takeDefaults(templates: Templates, given: Given): Omit<Choices, "packageManager"> {
  const taken = [
    given.directory === undefined && defaults.directory,
    given.sdk === undefined && `--sdk ${defaults.sdk}`,
    given.patterns === undefined && `--pattern ${defaults.pattern}`,
  ].filter((said) => said !== false);
  if (taken.length > 0) console.log(`Not said, so taken: ${taken.join(" ")}`);
  return {
    directory: given.directory ?? requireDirectory(defaults.directory),
    sdk: given.sdk ?? requireSdk(templates, defaults.sdk),
    patterns: given.patterns ?? [defaults.pattern],
    install: given.install ?? false,
  };
}

/** @throws ChoiceError that names all flags which are missing, and what there is */
function requireAll({ sdks, patterns }: Templates, given: Given): Omit<Choices, "packageManager"> {
  const missing = [
    given.directory === undefined && "  <directory>            the folder to make, such as my-agent",
    given.sdk === undefined && `  --sdk <name>           ${list(sdks)}`,
    given.patterns === undefined && `  --pattern <name...>    ${list(patterns)}, or all`,
  ].filter((line) => line !== false);
  if (given.directory !== undefined && given.sdk !== undefined && given.patterns !== undefined) {
    return { directory: given.directory, sdk: given.sdk, patterns: given.patterns, install: given.install ?? false };
  }
  throw new ChoiceError(
    `There is no terminal to ask in, and this is missing:\n${missing.join("\n")}\nAdd it, or --yes to take the defaults.`,
  );
}

/** Takes a directory that commander took for a pattern, since it follows one. */
function sortOut({ patterns }: Templates, directory: string | undefined, pattern: string[] | undefined) {
  const isPattern = (name: string) => name === "all" || name.includes(",") || patterns.some((it) => it.name === name);
  const last = pattern?.at(-1);
  if (directory !== undefined || !pattern || pattern.length < 2 || last === undefined || isPattern(last)) {
    return { directory, pattern };
  }
  return { directory: last, pattern: pattern.slice(0, -1) };
}

function runningPackageManager(): PackageManager {
  const name = getUserAgent() ?? "npm";
  return isPackageManager(name) ? name : "npm";
}

function announce(templates: Templates, choices: Choices): void {
  const { sdks } = templates;
  const patterns = withFoundations(templates, choices.patterns);
  const sdk = sdks.find(({ name }) => name === choices.sdk);
  console.log(`\n${basename(choices.directory)}: ${patterns.map(({ name }) => name).join(", ")} with ${sdk?.title}.`);
  for (const { name } of patterns.filter(({ name }) => !choices.patterns.includes(name))) {
    const users = patterns.filter(({ buildsOn }) => buildsOn.includes(name)).map((user) => user.name);
    console.log(`${name} came along: ${users.join(" and ")} calls its services.`);
  }
  console.log(
    `\n${nextSteps(
      choices,
      patterns.filter(({ name }) => choices.patterns.includes(name)),
    )}`,
  );
}
