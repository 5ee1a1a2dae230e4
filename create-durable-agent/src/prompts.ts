import { cancel, confirm, group, intro, outro, select, text } from "@clack/prompts";
import { CommanderError } from "commander";
import type { Assets } from "./assets.ts";
import { type Choices, directoryProblem } from "./choices.ts";

/**
 * Asks for what is not given. Patterns are not asked for: without `--pattern`, there is a template.
 *
 * @throws CommanderError after Ctrl-C; nothing has been written then
 */
export async function ask(
  { sdks }: Assets,
  given: Partial<Choices>,
  packageManager: Choices["packageManager"],
): Promise<Pick<Choices, "directory" | "sdk" | "install">> {
  intro("create-durable-agent");
  const answers = await group(
    {
      directory: async () =>
        given.directory ??
        text({
          message: "Which folder?",
          placeholder: "my-agent",
          defaultValue: "my-agent",
          validate: (value) => directoryProblem(value || "my-agent"),
        }),
      sdk: async () =>
        given.sdk ??
        select({
          message: "Which SDK?",
          options: sdks.map(({ name, title }) => ({ value: name, label: title, hint: name })),
        }),
      install: async () =>
        given.install ?? confirm({ message: `Install now, with ${packageManager}?`, initialValue: true }),
    },
    {
      onCancel: () => {
        cancel("Nothing was made.");
        throw new CommanderError(130, "cancelled", "Nothing was made.");
      },
    },
  );
  outro("That is all.");
  return answers;
}
