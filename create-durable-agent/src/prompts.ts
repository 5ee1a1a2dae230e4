import { cancel, confirm, intro, isCancel, outro, select, text } from "@clack/prompts";
import type { Assets } from "./assets.ts";
import { type Choices, directoryProblem } from "./choices.ts";

/** Ctrl-C was pressed. Nothing has been written yet. */
export class CancelledError extends Error {
  override name = "CancelledError";
}

/**
 * Asks for what is not given. Patterns are not asked for: without `--pattern`, there is a template.
 *
 * @throws CancelledError after Ctrl-C
 */
export async function ask(
  { sdks }: Assets,
  given: Partial<Choices>,
  packageManager: Choices["packageManager"],
): Promise<Pick<Choices, "directory" | "sdk" | "install">> {
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
  const install =
    given.install ?? (await answered(confirm({ message: `Install now, with ${packageManager}?`, initialValue: true })));
  outro("That is all.");
  return { directory, sdk, install };
}

async function answered<T>(question: Promise<T>): Promise<Exclude<T, symbol>> {
  const answer = await question;
  if (!isCancel(answer)) return answer as Exclude<T, symbol>;
  cancel("Nothing was made.");
  throw new CancelledError();
}
