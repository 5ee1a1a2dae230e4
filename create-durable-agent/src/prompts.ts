import { cancel, confirm, intro, isCancel, multiselect, outro, select, text } from "@clack/prompts";
import { type Choices, directoryProblem } from "./choices.ts";
import type { PackageManager, Templates } from "./templates.ts";

/** Somebody has pressed Ctrl-C. Nothing has been written yet. */
export class CancelledError extends Error {
  override name = "CancelledError";
}

/**
 * Asks for what is not given.
 *
 * @throws CancelledError after Ctrl-C
 */
export async function ask(
  { sdks, patterns }: Templates,
  given: Partial<Omit<Choices, "packageManager">>,
  packageManager: PackageManager,
): Promise<Omit<Choices, "packageManager">> {
  intro("create-durable-agent");
  const directory =
    given.directory ??
    (await answered(
      text({
        message: "Which folder?",
        placeholder: "my-agent",
        defaultValue: "my-agent",
        validate: (value) => directoryProblem(value || "my-agent"),
      }),
    ));
  const sdk =
    given.sdk ??
    (await answered(
      select({
        message: "Which SDK?",
        options: sdks.map(({ name, title }) => ({ value: name, label: title, hint: name })),
      }),
    ));
  const chosen =
    given.patterns ??
    (await answered(
      multiselect({
        message: "Which patterns? (space chooses, a takes all, enter goes on)",
        options: patterns.map(({ name, summary }) => ({ value: name, label: name, hint: summary })),
        initialValues: ["router"],
        required: true,
      }),
    ));
  const install =
    given.install ?? (await answered(confirm({ message: `Install now, with ${packageManager}?`, initialValue: true })));
  outro("That is all.");
  // In the order of the list, whatever the order in which they were chosen.
  return {
    directory,
    sdk,
    patterns: patterns.map(({ name }) => name).filter((name) => chosen.includes(name)),
    install,
  };
}

async function answered<T>(question: Promise<T>): Promise<Exclude<T, symbol>> {
  const answer = await question;
  if (!isCancel(answer)) return answer as Exclude<T, symbol>;
  cancel("Nothing was made.");
  throw new CancelledError();
}
